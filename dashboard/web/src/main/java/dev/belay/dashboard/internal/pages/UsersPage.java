package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.Role;
import dev.belay.dashboard.internal.signin.Accounts;
import dev.belay.dashboard.internal.signin.Passwords;
import dev.belay.dashboard.internal.store.UserTable;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Frame;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The people who sign in here, for those who let them in. */
public final class UsersPage implements Section {
    private static final Access ACCESS = Access.of(Permission.SETTINGS_WRITE);
    private static final Duration REMEMBERED = Duration.ofMinutes(1);
    private static final List<Route.Parameter> NEW_PERSON = List.of(
            Route.must("name", "string", "by which they sign in"),
            Route.must("role", "string", "viewer, operator, approver or admin"),
            Route.may("password", "string", "for their first sign-in; one is made if it is missing"),
            Route.must("request", "uuid", "the same when the form is sent twice"));

    private final Parts parts;
    private final Accounts accounts;
    private final Map<String, Added> added = new HashMap<>();

    /** For one dashboard. */
    public UsersPage(Parts parts, SignInParts with) {
        this.parts = parts;
        this.accounts = with.accounts();
    }

    /** Everybody. */
    public record Everybody(List<Accounts.Account> people, String self) {}

    /**
     * Somebody to be added.
     *
     * @param request the same when the form is sent twice
     */
    public record Adding(
            String name, String role, List<Role> roles, int shortest, Optional<String> refused, UUID request) {}

    /** Somebody who is to be changed. */
    public record Changing(UserTable.Row user, Act act, List<Role> roles) {
        /** Where its form goes. */
        public String path() {
            return "/settings/users/" + Frame.encoded(user.name()) + "/" + act.word;
        }
    }

    private record Added(Instant at, Answer answer) {}

    /** A password, which is shown this once. */
    public record Password(String name, String password, boolean added) {}

    /** What can be done about somebody. */
    public enum Act {
        /** Another role. */
        ROLE("role", "Change the role of"),
        /** Another password. */
        RESET("reset", "Give a new password to"),
        /** No sign-in any more. */
        DISABLE("disable", "Disable"),
        /** Sign-in again. */
        ENABLE("enable", "Enable"),
        /** The end of all sessions. */
        SIGN_OUT("sign-out", "Sign out everywhere:");

        /** Its name in addresses. */
        public final String word;
        /** Its name on pages. */
        public final String title;

        Act(String word, String title) {
            this.word = word;
            this.title = title;
        }
    }

    @Override
    public List<Route> routes() {
        List<Route> routes = new ArrayList<>(List.of(
                Route.get(
                        "/settings/users",
                        ACCESS,
                        "The people who sign in here.",
                        List.of(),
                        call -> Answer.page(
                                "users",
                                new Everybody(everybody(call), call.principal().name()))),
                Route.get(
                        "/settings/users/add",
                        ACCESS,
                        "Where people are added.",
                        List.of(),
                        call -> {
                            demandAll(call);
                            return adding(200, "", Role.VIEWER.word(), Optional.empty());
                        }),
                Route.post("/settings/users/add", ACCESS, "Adds somebody.", NEW_PERSON, this::addOnce)));
        for (Act act : Act.values()) {
            String pattern = "/settings/users/{user}/" + act.word;
            routes.add(Route.get(
                    pattern,
                    ACCESS,
                    "What this would do: " + act.title + " somebody.",
                    List.of(),
                    call -> Answer.page("user-change", new Changing(user(call), act, List.of(Role.values())))));
            routes.add(Route.post(
                    pattern,
                    ACCESS,
                    act.title + " somebody.",
                    act == Act.ROLE
                            ? List.of(Route.must("role", "string", "viewer, operator, approver or admin"))
                            : List.of(),
                    call -> act == Act.RESET ? reset(call) : answer(change(call, act))));
        }
        return routes;
    }

    private static Answer adding(int status, String name, String role, Optional<String> refused) {
        return new Answer.Page(
                status, "user-add", new Adding(
                        name, role, List.of(Role.values()), Passwords.SHORTEST, refused, UUID.randomUUID()));
    }

    /** Whoever sees only some of the sagas would let themselves see the others by a person who does: those here see all. */
    private static void demandAll(Call call) {
        if (!call.principal().scope().equals(Scope.everything())) {
            throw new Refused(
                    403,
                    "People who sign in here see every saga, so only whoever sees every saga lets them in; "
                            + call.principal().name() + " sees some.");
        }
    }

    private UserTable.Row user(Call call) {
        demandAll(call);
        return accounts.find(call.variable("user"))
                .orElseThrow(() -> Refused.notFound("There is nobody of that name."));
    }

    /** Everybody who signs in here. */
    public List<Accounts.Account> everybody(Call call) {
        demandAll(call);
        return accounts.all();
    }

    /** Adds the person that the call describes; returns their name as it is kept. */
    public String add(Call call, String password) {
        demandAll(call);
        Role role = role(call);
        String name = accounts.add(call.text("name").orElse(""), password, true, role);
        audit(call, "added a person", name + " as " + role.word());
        return name;
    }

    /** A form that is sent twice is answered alike: the second answer is the one that is shown, and it has the password. */
    private synchronized Answer addOnce(Call call) {
        Instant now = Instant.now();
        added.values().removeIf(one -> one.at().isBefore(now.minus(REMEMBERED)));
        String request = call.requestId() + " " + call.principal().name();
        Added before = added.get(request);
        if (before != null) {
            return before.answer();
        }
        Answer answer = add(call);
        added.put(request, new Added(now, answer));
        return answer;
    }

    private Answer add(Call call) {
        String typed = call.text("name").orElse("");
        Optional<String> given = call.text("password");
        String password = given.orElseGet(Passwords::generated);
        Role role = role(call);
        try {
            String name = add(call, password);
            return Answer.page("user-password", new Password(name, given.isPresent() ? "" : password, true));
        } catch (Refused e) {
            return adding(e.status(), typed, role.word(), Optional.of(e.words()));
        }
    }

    private static Role role(Call call) {
        String word = call.need("role");
        return Arrays.stream(Role.values())
                .filter(role -> role.word().equals(word))
                .findFirst()
                .orElseThrow(() -> Refused.unprocessable("A role is viewer, operator, approver or admin."));
    }

    private static Answer answer(Decision.Done done) {
        return Answer.done(done.path(), done.words(), "/audit");
    }

    private Answer reset(Call call) {
        String password = Passwords.generated();
        return Answer.page("user-password", new Password(setPassword(call, password), password, false));
    }

    /** Gives the person that the path names another password, for one sign-in; returns their name. */
    public String setPassword(Call call, String password) {
        String name = user(call).name();
        accounts.setPassword(name, password, true);
        audit(call, "reset a password", name);
        return name;
    }

    /** Changes the person that the path names; a password is set by {@link #setPassword}. */
    public Decision.Done change(Call call, Act act) {
        String name = user(call).name();
        return switch (act) {
            case ROLE -> {
                Role role = role(call);
                accounts.setRole(name, role);
                yield done(call, "changed a role", name + " is " + role.word(), name + " is " + role.word() + " now.");
            }
            case RESET -> throw new IllegalArgumentException("A password is set by setPassword.");
            case DISABLE -> {
                accounts.disable(name);
                yield done(call, "disabled a person", name, name + " cannot sign in any more.");
            }
            case ENABLE -> {
                accounts.enable(name);
                yield done(call, "enabled a person", name, name + " can sign in again.");
            }
            case SIGN_OUT -> {
                int sessions = accounts.signOutEverywhere(name);
                yield done(
                        call,
                        "signed a person out",
                        name,
                        name + " was signed out of " + Words.count(sessions, "browser") + ".");
            }
        };
    }

    private Decision.Done done(Call call, String action, String audited, String words) {
        audit(call, action, audited);
        return new Decision.Done(Optional.empty(), words, "/settings/users");
    }

    private void audit(Call call, String action, String words) {
        parts.belay().audit(call.principal().name(), action, Optional.empty(), words);
    }
}
