package dev.belay.dashboard.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.Role;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Method;
import dev.belay.dashboard.internal.web.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every route there is, called by everybody there is. A new route is in it by itself. */
class RoutesTest {
    /** Whoever adds to this says why nobody has to be signed in for it. */
    private static final List<String> OPEN = List.of("GET /assets/{mark}/{name}", "GET /sign-in", "POST /sign-in");

    private static Guarded guarded;
    private static String saga;

    @BeforeAll
    static void open() throws Exception {
        guarded = Guarded.filled();
        saga = guarded.stuck();
    }

    @AfterAll
    static void close() throws Exception {
        guarded.close();
    }

    @Test
    void onlyTheseAreOpenToAnybody() {
        assertThat(guarded.routes().stream()
                        .filter(route -> route.access().open())
                        .map(route -> route.method() + " " + route.pattern()))
                .containsExactlyInAnyOrderElementsOf(OPEN);
    }

    @Test
    void noRouteCanDoWithoutSayingWhoMayUseIt() {
        assertThatThrownBy(() -> Route.get("/somewhere", null, "A page.", List.of(), call -> null))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> new Access(true, Optional.of(Permission.SAGA_VIEW)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whateverChangesSomethingNeedsMoreThanLooking() {
        assertThat(guarded.routes().stream()
                        .filter(route ->
                                route.method() == Method.POST && !route.access().open())
                        .filter(route -> route.access().permission().equals(Optional.of(Permission.SAGA_VIEW)))
                        .map(Route::pattern)
                        .filter(pattern -> !pattern.startsWith("/views") && !pattern.startsWith("/api/views")))
                .isEmpty();
    }

    @TestFactory
    Stream<DynamicTest> everybodyIsAnsweredByTheirRole() {
        List<Optional<Role>> everybody = new ArrayList<>(List.of(Optional.empty()));
        Stream.of(Role.values()).map(Optional::of).forEach(everybody::add);
        // Those who may do less come first, before anything is changed.
        return everybody.stream()
                .map(role -> DynamicTest.dynamicTest(role.map(Role::word).orElse("anonymous"), () -> callAll(role)));
    }

    private static void callAll(Optional<Role> role) {
        SoftAssertions soft = new SoftAssertions();
        Guarded.Token token = guarded.token(role.map(Role::word));
        for (Route route : guarded.routes()) {
            Wire.Response response = call(route, role, token);
            String what = route.method() + " " + route.pattern() + " as "
                    + role.map(Role::word).orElse("nobody") + ": " + response;
            Optional<Permission> needed = route.access().permission();
            if (route.access().open()) {
                soft.assertThat(response.status()).as(what).isNotIn(403, 500);
            } else if (role.isEmpty() && route.method() == Method.GET && !route.isApi()) {
                soft.assertThat(response.status()).as(what).isEqualTo(303);
                soft.assertThat(response.header("Location").orElse("")).as(what).startsWith("/sign-in?back=%2F");
            } else if (role.isEmpty()) {
                soft.assertThat(response.status()).as(what).isEqualTo(401);
            } else if (needed.isPresent() && !role.get().permissions().contains(needed.get())) {
                soft.assertThat(response.status()).as(what).isEqualTo(403);
                soft.assertThat(response.body()).as(what).contains(needed.get().word());
            } else {
                soft.assertThat(response.status()).as(what).isNotIn(401, 403, 405, 415, 500);
            }
        }
        soft.assertAll();
    }

    private static Wire.Response call(Route route, Optional<Role> role, Guarded.Token token) {
        String path = Guarded.path(route, Guarded.variables(saga));
        Wire.Request request;
        if (route.method() == Method.GET) {
            request = Wire.Request.get(path);
        } else if (route.isApi()) {
            request = Wire.Request.json(path, "{}")
                    .with("X-Belay-Request", UUID.randomUUID().toString());
        } else {
            request = Wire.Request.post(path, "csrf=" + token.token() + "&request=" + UUID.randomUUID())
                    .with("Cookie", token.cookie());
        }
        return guarded.wire.send(
                role.isPresent() ? request.with(Guarded.WHO, role.get().word()) : request);
    }

    @Test
    void nobodyLearnsWhichAddressesThereAre() {
        Wire.Response there = guarded.wire.send(Wire.Request.get("/sagas/" + saga));
        Wire.Response not = guarded.wire.send(Wire.Request.get("/no-such-page"));

        assertThat(there.status()).isEqualTo(303);
        assertThat(not.status()).isEqualTo(303);
    }

    @Test
    void onlyGetAndPostAreAnswered() {
        for (String method : List.of("PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND")) {
            Wire.Response response =
                    guarded.wire.send(Wire.Request.get("/").by(method).with(Guarded.WHO, "admin"));
            assertThat(response.status()).as(method).isEqualTo(405);
            assertThat(response.header("Content-Security-Policy")).as(method).isPresent();
        }
    }

    @Test
    void variablesOfThisTestAreThoseOfTheRoutes() {
        Map<String, String> variables = Guarded.variables(saga);
        guarded.routes()
                .forEach(route -> assertThat(Guarded.path(route, variables)).startsWith("/"));
    }
}
