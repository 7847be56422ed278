package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.signin.Accounts;
import dev.belay.dashboard.internal.signin.Passwords;
import dev.belay.dashboard.internal.signin.SessionAuthenticator;
import dev.belay.dashboard.internal.signin.SignIns;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import java.util.List;
import java.util.Optional;

/** What people who sign in here can do about themselves: another password, and the end of all their sessions. */
public final class PasswordPage implements Section {
    private final Parts parts;
    private final Accounts accounts;
    private final SignIns signIns;

    PasswordPage(Parts parts, SignInParts with) {
        this.parts = parts;
        this.accounts = with.accounts();
        this.signIns = with.signIns();
    }

    /**
     * The page.
     *
     * @param oneTime whether they have to choose another password before anything else
     */
    public record Model(String name, boolean oneTime, int shortest, Optional<String> refused) {}

    @Override
    public List<Route> routes() {
        return List.of(
                Route.get(
                        "/settings/password",
                        Access.signedIn(),
                        "Where one's password is changed.",
                        List.of(),
                        call -> page(call, 200, Optional.empty())),
                Route.post(
                        "/settings/password",
                        Access.signedIn(),
                        "Changes one's password, and ends one's other sessions.",
                        List.of(
                                Route.must("password", "string", "the present one"),
                                Route.must("next", "string", "the new one"),
                                Route.must("again", "string", "the new one again")),
                        this::change),
                Route.post(
                        "/settings/sign-out-everywhere",
                        Access.signedIn(),
                        "Ends all of one's sessions.",
                        List.of(),
                        this::signOutEverywhere));
    }

    private SignIns.Session session(Call call) {
        return SessionAuthenticator.token(call.request())
                .flatMap(token -> signIns.session(token, false))
                .filter(session -> session.user().equals(call.principal().name()))
                .orElseThrow(() -> Refused.notFound(
                        "You did not sign in on this dashboard, so your password is not kept here. Change it where you"
                                + " signed in."));
    }

    private Answer page(Call call, int status, Optional<String> refused) {
        SignIns.Session session = session(call);
        return new Answer.Page(
                status, "password", new Model(session.user(), session.oneTime(), Passwords.SHORTEST, refused));
    }

    private Answer change(Call call) {
        String name = session(call).user();
        String next = call.text("next").orElse("");
        if (!next.equals(call.text("again").orElse(""))) {
            return page(call, 422, Optional.of("The new password was typed in two ways. Type it twice alike."));
        }
        SignIns.Outcome outcome;
        try {
            outcome = signIns.changePassword(
                    name, call.text("password").orElse(""), next, call.request().getRemoteAddr());
        } catch (Refused e) {
            if (e.status() != 422) {
                throw e;
            }
            return page(call, 422, Optional.of(e.words()));
        }
        if (outcome instanceof SignIns.SignedIn in) {
            parts.belay().audit(name, "changed password", Optional.empty(), SignInPage.from(call));
            return new Answer.Keeping(
                    SessionAuthenticator.COOKIE,
                    Optional.of(in.token()),
                    new Answer.GoTo(
                            "/",
                            Optional.of(new Answer.Toast(
                                    true,
                                    "Your password is changed. Other browsers have to sign in anew.",
                                    Optional.empty()))));
        } else if (outcome instanceof SignIns.Failed) {
            parts.belay().audit(name, "password change refused", Optional.empty(), SignInPage.from(call));
            return page(call, 422, Optional.of("The present password is another one."));
        }
        throw SignInPage.tooMany((SignIns.TooMany) outcome);
    }

    private Answer signOutEverywhere(Call call) {
        String name = session(call).user();
        int sessions = accounts.signOutEverywhere(name);
        parts.belay().audit(name, "signed out everywhere", Optional.empty(), Words.count(sessions, "session"));
        return new Answer.Keeping(SessionAuthenticator.COOKIE, Optional.empty(), Answer.goTo("/sign-in"));
    }
}
