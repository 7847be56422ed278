package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.signin.SessionAuthenticator;
import dev.belay.dashboard.internal.signin.SignIns;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.OwnPath;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import java.util.List;
import java.util.Optional;

/** Where people sign in, and out. */
public final class SignInPage implements Section {
    private static final Route.Parameter BACK = Route.may("back", "string", "the page to go to afterwards");

    private final Parts parts;
    private final SignIns signIns;

    SignInPage(Parts parts, SignInParts with) {
        this.parts = parts;
        this.signIns = with.signIns();
    }

    /** The page. */
    public record Model(String back, String name, Optional<String> refused) {}

    @Override
    public List<Route> routes() {
        return List.of(
                Route.get("/sign-in", Access.anybody(), "Where people sign in.", List.of(BACK), this::show),
                Route.post(
                        "/sign-in",
                        Access.anybody(),
                        "Signs somebody in.",
                        List.of(
                                Route.must("name", "string", "who it is"),
                                Route.must("password", "string", "their password"),
                                BACK),
                        this::signIn),
                Route.post("/sign-out", Access.signedIn(), "Ends the session.", List.of(), this::signOut));
    }

    private Answer show(Call call) {
        return new Answer.Page(200, "sign-in", new Model(back(call), "", Optional.empty()));
    }

    private Answer signIn(Call call) {
        String name = call.text("name").orElse("");
        SignIns.Outcome outcome = signIns.signIn(
                name,
                call.text("password").orElse(""),
                call.request().getRemoteAddr(),
                SessionAuthenticator.token(call.request()));
        if (outcome instanceof SignIns.SignedIn in) {
            parts.belay().audit(in.user(), "signed in", Optional.empty(), from(call));
            return new Answer.Keeping(
                    SessionAuthenticator.COOKIE,
                    Optional.of(in.token()),
                    Answer.goTo(in.oneTime() ? "/settings/password" : back(call)));
        } else if (outcome instanceof SignIns.Failed failed) {
            parts.belay()
                    .audit(failed.user().orElse("somebody unknown"), "sign-in refused", Optional.empty(), from(call));
            return new Answer.Page(
                    401,
                    "sign-in",
                    new Model(
                            back(call),
                            name,
                            Optional.of("This name and password do not belong together. An admin can give you another"
                                    + " password.")));
        }
        throw tooMany((SignIns.TooMany) outcome);
    }

    static Refused tooMany(SignIns.TooMany outcome) {
        return Refused.later(
                429,
                "Ten attempts in five minutes have failed, by this name or from this address. Try again in "
                        + Words.count((outcome.seconds() + 59) / 60, "minute") + ".",
                outcome.seconds());
    }

    private Answer signOut(Call call) {
        Optional<String> token = SessionAuthenticator.token(call.request());
        token.ifPresent(signIns::signOut);
        if (token.isPresent()) {
            parts.belay().audit(call.principal().name(), "signed out", Optional.empty(), from(call));
        }
        return new Answer.Keeping(SessionAuthenticator.COOKIE, Optional.empty(), Answer.goTo("/sign-in"));
    }

    static String from(Call call) {
        return "from " + call.request().getRemoteAddr();
    }

    private static String back(Call call) {
        return call.text("back").filter(OwnPath::is).orElse("/");
    }
}
