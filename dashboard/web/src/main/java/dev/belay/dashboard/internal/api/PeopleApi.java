package dev.belay.dashboard.internal.api;

import static dev.belay.dashboard.internal.web.Route.must;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.pages.Decision;
import dev.belay.dashboard.internal.pages.Parts;
import dev.belay.dashboard.internal.pages.SignInParts;
import dev.belay.dashboard.internal.pages.UsersPage;
import dev.belay.dashboard.internal.pages.UsersPage.Act;
import dev.belay.dashboard.internal.signin.Accounts;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Route;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The people who sign in here, if people do. A password is always whoever calls' own: none is ever in an answer. */
final class PeopleApi {
    private static final String PATH = "/settings/users";
    private static final Route.Parameter ROLE = must("role", "string", "viewer, operator, approver or admin");
    private static final Route.Parameter PASSWORD =
            must("password", "string", "for one sign-in, at which they choose another");

    private final UsersPage users;
    private final Once once;

    PeopleApi(Parts parts, SignInParts with, Once once) {
        this.users = new UsersPage(parts, with);
        this.once = once;
    }

    /**
     * Somebody who signs in here.
     *
     * @param sessions how many browsers they are signed in with
     */
    record PersonJson(
            String name, String role, boolean oneTime, Instant createdAt, Optional<Instant> disabledAt, int sessions) {
        static PersonJson of(Accounts.Account account) {
            return new PersonJson(
                    account.user().name(),
                    account.user().role().word(),
                    account.user().oneTime(),
                    account.user().createdAt(),
                    account.user().disabledAt(),
                    account.sessions());
        }
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                        "/api/users",
                        Permission.SETTINGS_WRITE,
                        "The people who sign in here.",
                        Shape.pageOf(PersonJson.class),
                        List.of(),
                        call -> Paging.whole(users.everybody(call).stream().map(PersonJson::of))),
                post(
                        "/api/users",
                        "Adds somebody.",
                        List.of(must("name", "string", "by which they sign in"), ROLE, PASSWORD),
                        call -> told(users.add(call, call.need("password")) + " can sign in.")),
                post(
                        "/api/users/{user}/reset",
                        "Gives somebody a new password.",
                        List.of(PASSWORD),
                        call -> told(users.setPassword(call, call.need("password")) + " has a new password.")),
                change(Act.ROLE, "Changes the role of somebody.", List.of(ROLE)),
                change(Act.DISABLE, "Disables somebody: they cannot sign in any more.", List.of()),
                change(Act.ENABLE, "Enables somebody again.", List.of()),
                change(Act.SIGN_OUT, "Signs somebody out everywhere.", List.of()));
    }

    private static Decision.Done told(String words) {
        return new Decision.Done(Optional.empty(), words, PATH);
    }

    private Endpoint change(Act act, String summary, List<Route.Parameter> parameters) {
        return post("/api/users/{user}/" + act.word, summary, parameters, call -> users.change(call, act));
    }

    private Endpoint post(
            String pattern, String summary, List<Route.Parameter> parameters, Function<Call, Decision.Done> act) {
        return Endpoint.post(
                pattern,
                Permission.SETTINGS_WRITE,
                summary,
                Shape.of(Decided.class),
                parameters,
                call -> once.decided(call, () -> act.apply(call)));
    }
}
