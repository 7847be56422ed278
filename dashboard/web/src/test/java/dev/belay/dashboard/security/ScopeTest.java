package dev.belay.dashboard.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.StartOptions;
import dev.belay.dashboard.Showcase;
import dev.belay.dashboard.internal.web.Method;
import dev.belay.dashboard.internal.web.Route;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** For somebody who may see one definition only, the sagas of others are not there, by whatever route they ask. */
class ScopeTest {
    private static final String SCOPED = "admin:refund";

    private static Guarded guarded;
    private static String own;
    private static String others;

    @BeforeAll
    static void open() throws Exception {
        guarded = Guarded.filled();
        own = guarded.stuck();
        var saga = guarded.shop
                .belay()
                .start(
                        guarded.shop.approved,
                        new Showcase.Refund("secret-order", "Secret Customer", BigDecimal.ONE, "none"),
                        StartOptions.key("secret-key"));
        Showcase.awaitStep(saga, "manager");
        others = saga.id().toString();
    }

    @AfterAll
    static void close() throws Exception {
        guarded.close();
    }

    @Test
    void everyRouteThatTakesAnIdAnswersAsIfThereWereNoSuchSaga() {
        Guarded.Token token = guarded.token(Optional.of(SCOPED));
        String before = state();
        SoftAssertions soft = new SoftAssertions();
        for (Route route : guarded.routes()) {
            if (!route.pattern().contains("{id}") && !route.pattern().contains("{saga}")) {
                continue;
            }
            Map<String, String> variables = new HashMap<>(Guarded.variables(others));
            variables.put("step", "manager");
            Wire.Response response = guarded.wire.send(request(route, Guarded.path(route, variables), token));
            String what = route.method() + " " + route.pattern() + ": " + response.status();
            soft.assertThat(response.status()).as(what).isIn(404, 422);
            soft.assertThat(response.body()).as(what).doesNotContain("secret-", "Secret ", "large-refund");
        }
        soft.assertAll();
        assertThat(state()).isEqualTo(before);
    }

    private static Wire.Request request(Route route, String path, Guarded.Token token) {
        Wire.Request request = route.method() == Method.GET
                ? Wire.Request.get(path)
                : route.isApi()
                        ? Wire.Request.json(path, "{\"reason\":\"x\"}")
                                .with("X-Belay-Request", UUID.randomUUID().toString())
                        : Wire.Request.post(
                                        path,
                                        "csrf=" + token.token() + "&reason=x&evidence=x&request=" + UUID.randomUUID())
                                .with("Cookie", token.cookie());
        return request.with(Guarded.WHO, SCOPED);
    }

    @Test
    void noListOrDownloadShowsThem() {
        Guarded.Token token = guarded.token(Optional.of(SCOPED));
        SoftAssertions soft = new SoftAssertions();
        for (Route route : guarded.routes()) {
            if (route.method() == Method.GET && !route.pattern().contains("{")) {
                for (String query : List.of("", "?q=secret-key", "?saga=" + others, "?q=type%3Alarge-refund")) {
                    Wire.Response response = guarded.wire.send(request(route, route.pattern() + query, token));
                    String body = response.body().replace("secret-key\"", "").replace("type:large-refund", "");
                    soft.assertThat(body)
                            .as(route.pattern() + query)
                            .doesNotContain("/sagas/" + others, "secret-order", "Secret Customer");
                }
            }
        }
        soft.assertAll();
        Wire.Response mine = guarded.wire.send(Wire.Request.get("/sagas/" + own).with(Guarded.WHO, SCOPED));
        assertThat(mine.status()).as(mine.body()).isEqualTo(200);
    }

    @Test
    void onlyWhoeverSeesEverythingLetsPeopleIn() {
        String admin = "admin:refund";
        Guarded.Token token = guarded.token(Optional.of(admin));
        for (String path : List.of("/settings/users", "/settings/users/add", "/api/users")) {
            assertThat(guarded.wire
                            .send(Wire.Request.get(path).with(Guarded.WHO, admin))
                            .status())
                    .as(path)
                    .isEqualTo(403);
            assertThat(guarded.wire
                            .send(Wire.Request.get(path).with(Guarded.WHO, "admin"))
                            .status())
                    .as(path)
                    .isEqualTo(200);
        }
        Wire.Response added = guarded.wire.send(Wire.Request.post(
                        "/settings/users/add",
                        "csrf=" + token.token() + "&name=mallory&role=admin&request=" + UUID.randomUUID())
                .with("Cookie", token.cookie())
                .with(Guarded.WHO, admin));
        assertThat(added.body()).contains("only whoever sees every saga");
        assertThat(guarded.wire
                        .send(Wire.Request.get("/api/users").with(Guarded.WHO, "admin"))
                        .body())
                .doesNotContain("mallory");
    }

    private static String state() {
        var view = guarded.shop.belay().saga(UUID.fromString(others)).view();
        return view.state() + " " + view.version();
    }
}
