package dev.belay.dashboard.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.dashboard.internal.web.Method;
import dev.belay.dashboard.internal.web.Route;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What another site can make a browser send changes nothing, whichever route it is sent to. */
class CrossSiteTest {
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

    private static List<Route> changing() {
        return guarded.routes().stream()
                .filter(route -> route.method() == Method.POST)
                .toList();
    }

    /** All rows of everything that decisions change, as one number; looks at payloads are noted, and change nothing. */
    private static String stateOfThings() {
        try (var connection = guarded.shop.pool().getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("""
                        select concat_ws(' ',
                          (select md5(string_agg(o::text, '' order by o.id)) from belay.operation o where o.action <> 'read payload'),
                          (select md5(string_agg(s.id || s.state || s.epoch, '' order by s.id)) from belay.saga s),
                          (select md5(string_agg(u::text, '' order by u.name)) from belay.dashboard_user u),
                          (select count(*) from belay.dashboard_session),
                          (select count(*) from belay.dashboard_attempt),
                          (select md5(string_agg(v::text, '' order by v.id)) from belay.dashboard_view v),
                          (select count(*) from belay.bulk),
                          (select md5(string_agg(c::text, '')) from belay.control c))""")) {
            rows.next();
            return rows.getString(1);
        } catch (java.sql.SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static Wire.Request honest(Route route, Guarded.Token token) {
        String path = Guarded.path(route, Guarded.variables(saga));
        Wire.Request request = route.isApi()
                ? Wire.Request.json(path, "{}")
                        .with("X-Belay-Request", UUID.randomUUID().toString())
                : Wire.Request.post(
                                path,
                                "csrf=" + token.token() + "&request=" + UUID.randomUUID() + "&reason=x&role=admin")
                        .with("Cookie", token.cookie());
        return request.with(Guarded.WHO, "admin");
    }

    @Test
    void everyChangingRouteRefusesWhatComesFromElsewhere() {
        Guarded.Token token = guarded.token(Optional.of("admin"));
        Guarded.Token others = guarded.token(Optional.of("viewer"));
        Guarded.Token nobodys = guarded.token(Optional.empty());
        String before = stateOfThings();
        SoftAssertions soft = new SoftAssertions();
        for (Route route : changing()) {
            Map<String, Wire.Request> forged = new LinkedHashMap<>();
            Wire.Request honest = honest(route, token);
            for (String site : List.of("cross-site", "same-site", "none", "SAME-ORIGIN", "")) {
                forged.put("site " + site, honest.with("Sec-Fetch-Site", site));
            }
            for (String origin : List.of(
                    "https://evil.example",
                    "null",
                    "http://127.0.0.1",
                    "http://127.0.0.1:" + guarded.wire.port() + ".evil.example",
                    "http://user@127.0.0.1:" + guarded.wire.port(),
                    "file://",
                    "ftp://127.0.0.1:" + guarded.wire.port(),
                    "")) {
                forged.put("origin " + origin, honest.with("Origin", origin));
            }
            forged.put(
                    "two origins",
                    honest.with("Origin", "http://127.0.0.1:" + guarded.wire.port())
                            .with("Origin", "https://evil.example"));
            forged.put("two sites", honest.with("Sec-Fetch-Site", "same-origin").with("Sec-Fetch-Site", "cross-site"));
            String path = honest.target();
            if (route.isApi()) {
                forged.put("no header", Wire.Request.json(path, "{}").with(Guarded.WHO, "admin"));
            } else {
                forged.put("no token", form(path, "reason=x").with("Cookie", token.cookie()));
                forged.put("empty token", form(path, "csrf=").with("Cookie", token.cookie()));
                forged.put("wrong token", form(path, "csrf=" + "A".repeat(43)).with("Cookie", token.cookie()));
                forged.put("no cookie", form(path, "csrf=" + token.token()));
                forged.put(
                        "another's token", form(path, "csrf=" + others.token()).with("Cookie", others.cookie()));
                forged.put(
                        "nobody's token", form(path, "csrf=" + nobodys.token()).with("Cookie", nobodys.cookie()));
                forged.put(
                        "token of another cookie",
                        form(path, "csrf=" + token.token()).with("Cookie", others.cookie()));
                forged.put(
                        "token in the address",
                        form(path + "?csrf=" + token.token(), "reason=x").with("Cookie", token.cookie()));
            }
            forged.forEach((what, request) -> soft.assertThat(
                            guarded.wire.send(request).status())
                    .as(route.pattern() + " with " + what)
                    .isEqualTo(403));
            for (String type :
                    List.of("text/plain", "multipart/form-data", "application/xml", "application/jsonp", "")) {
                Wire.Request typed = new Wire.Request(
                        "POST",
                        path,
                        honest.headers().stream()
                                .map(header -> header.startsWith("Content-Type:") ? "Content-Type: " + type : header)
                                .toList(),
                        honest.body());
                soft.assertThat(guarded.wire.send(typed).status())
                        .as(route.pattern() + " of type " + type)
                        .isEqualTo(415);
            }
        }
        soft.assertAll();
        assertThat(stateOfThings()).isEqualTo(before);
    }

    private static Wire.Request form(String path, String form) {
        return Wire.Request.post(path, form).with(Guarded.WHO, "admin");
    }

    @Test
    void readingChangesNothing() {
        Guarded.Token token = guarded.token(Optional.of("admin"));
        String before = stateOfThings();
        for (Route route : changing()) {
            for (String method : List.of("GET", "HEAD")) {
                Wire.Request honest = honest(route, token);
                Wire.Request read = new Wire.Request(
                        method,
                        honest.target() + "?"
                                + new String(honest.body(), java.nio.charset.StandardCharsets.UTF_8)
                                        .replaceAll("[{}]", ""),
                        honest.headers().stream()
                                .filter(header -> !header.startsWith("Content-Type"))
                                .toList(),
                        new byte[0]);
                assertThat(guarded.wire.send(read).status())
                        .as(method + " " + route.pattern())
                        .isIn(200, 404, 405, 409, 422);
            }
        }
        assertThat(stateOfThings()).isEqualTo(before);
    }

    @Test
    void ownPagesAreNotRefused() {
        Guarded.Token token = guarded.token(Optional.of("admin"));
        Wire.Request honest = form(
                        "/queues/default/resume", "csrf=" + token.token() + "&reason=x&request=" + UUID.randomUUID())
                .with("Cookie", token.cookie())
                .with("Sec-Fetch-Site", "same-origin")
                .with("Origin", "http://127.0.0.1:" + guarded.wire.port());

        assertThat(guarded.wire.send(honest).status()).isEqualTo(303);
    }
}
