package dev.belay.dashboard.security;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import dev.belay.dashboard.internal.web.Method;
import dev.belay.dashboard.internal.web.Route;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Requests that no page of ours sends: odd paths, endless parameters, nonsense. They are refused in words, and tell nothing. */
class RequestsTest {
    private static final Pattern TELLTALE = Pattern.compile(
            "dev\\.belay\\.(?!dashboard\\.Showcase)|\\bjava\\.(?:lang|util|sql)\\b|org\\.(?:jdbi|postgresql|eclipse)|tools\\.jackson|\\bat"
                    + " [a-z]+\\.[a-z.]+\\(|(?i:\\bselect\\b.*\\bfrom belay\\b)");
    private static final List<String> HEADERS = List.of(
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "Referrer-Policy",
            "Cross-Origin-Opener-Policy",
            "Cross-Origin-Resource-Policy",
            "Permissions-Policy");
    private static final String CANARY = "canary-secret-90125";

    private static Guarded guarded;
    private static String saga;
    private static final ListAppender<ILoggingEvent> LOG = new ListAppender<>();

    @BeforeAll
    static void open() throws Exception {
        guarded = Guarded.filled();
        saga = guarded.stuck();
        LOG.start();
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).addAppender(LOG);
    }

    @AfterAll
    static void close() throws Exception {
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(LOG);
        guarded.close();
    }

    private static Wire.Response get(String target) {
        return guarded.wire.send(Wire.Request.get(target).with(Guarded.WHO, "admin"));
    }

    @Test
    void pathsMeanWhatTheySayAndNothingElse() {
        for (String target : List.of(
                "/sagas%2F" + saga,
                "/%2e%2e/settings",
                "/assets/%2e%2e/%2e%2e/settings",
                "/sagas/..%2f..%2fsettings",
                "/sagas/%00",
                "/settings%00",
                "/settings;x=1",
                "/settings%3bx",
                "/%73ettings%2Fusers",
                "/%252e%252e/settings",
                "/assets/%252e%252e%252fsettings/x",
                "/%c0%ae%c0%ae/settings",
                "/%c0%afsettings",
                "/%ff",
                "/%u002e",
                "/%zz",
                "/%",
                "/sagas/%5c..%5csettings",
                "/sagas/" + saga + "%0d%0aX-Evil:1",
                "/sagas/" + "a".repeat(3_000))) {
            for (String who : List.of("viewer", "admin")) {
                Wire.Response response =
                        guarded.wire.send(Wire.Request.get(target).with(Guarded.WHO, who));
                assertThat(response.status()).as(target).isIn(400, 404, 414);
                assertThat(response.headers()).as(target).noneMatch(header -> header.startsWith("X-Evil"));
            }
        }
    }

    @Test
    void parametersAreBounded() {
        String many = IntStream.range(0, 5_000).mapToObj(i -> "a" + i + "=1").collect(Collectors.joining("&"));
        Guarded.Token token = guarded.token(Optional.of("admin"));
        String path = "/queues/default/pause";
        Map<String, Wire.Request> odd = new HashMap<>();
        odd.put("huge", form(path, token, "&reason=" + "x".repeat(1_000_000)));
        odd.put("too huge", form(path, token, "&reason=" + "x".repeat(1_300_000)));
        odd.put("thousands", form(path, token, "&" + many));
        odd.put("broken encoding", form(path, token, "&reason=%zz"));
        odd.forEach((what, request) ->
                assertThat(guarded.wire.send(request).status()).as(what).isIn(400, 413, 422));
        for (String json : List.of(
                "[".repeat(50_000),
                "{\"a\":".repeat(5_000),
                "{\"reason\":1,\"reason\":2}",
                "[]",
                "\"text\"",
                "{\"n\":" + "9".repeat(100_000) + "}",
                "{\"reason\":\"\\ud800\"}{}",
                "{")) {
            for (Route route : guarded.routes()) {
                if (route.isApi() && route.method() == Method.POST) {
                    Wire.Response response =
                            guarded.wire.send(Wire.Request.json(Guarded.path(route, Guarded.variables(saga)), json)
                                    .with("X-Belay-Request", UUID.randomUUID().toString())
                                    .with(Guarded.WHO, "admin"));
                    assertThat(response.status())
                            .as(json.substring(0, 1) + route.pattern())
                            .isIn(400, 404, 422);
                }
            }
        }
        assertThat(guarded.shop.belay().queue("default").isPaused()).isFalse();
    }

    private static Wire.Request form(String path, Guarded.Token token, String more) {
        return Wire.Request.post(path, "csrf=" + token.token() + more)
                .with("Cookie", token.cookie())
                .with(Guarded.WHO, "admin");
    }

    @Test
    void everyAnswerCarriesTheSameHeaders() {
        SoftAssertions soft = new SoftAssertions();
        Wire.Response first = get("/");
        String script = Pattern.compile("src=\"(/assets/[^\"]+)\"")
                .matcher(first.body())
                .results()
                .findFirst()
                .orElseThrow()
                .group(1);
        List<Wire.Request> requests = List.of(
                Wire.Request.get(script),
                Wire.Request.get("/live").with(Guarded.WHO, "admin"),
                Wire.Request.get("/no-such-page").with(Guarded.WHO, "admin"),
                Wire.Request.get("/"),
                Wire.Request.get("/sign-in"),
                Wire.Request.get("/settings/users").with(Guarded.WHO, "viewer"),
                Wire.Request.get("/").by("DELETE").with(Guarded.WHO, "admin"),
                Wire.Request.post("/sign-out", "").with(Guarded.WHO, "admin"),
                Wire.Request.post("/sign-in", ""),
                Wire.Request.get("/api/no-such-thing").with(Guarded.WHO, "admin"),
                Wire.Request.get("/api/no-such-thing"));
        for (Wire.Request request : requests) {
            Wire.Response response = guarded.wire.send(request);
            for (String header : HEADERS) {
                soft.assertThat(response.all(header))
                        .as(request.target() + " " + header)
                        .isEqualTo(first.all(header))
                        .hasSize(1);
            }
            soft.assertThat(response.header("Cache-Control"))
                    .as(request.target())
                    .contains(request.target().equals(script) ? "public, max-age=31536000, immutable" : "no-store");
        }
        for (Route route : guarded.routes()) {
            if (route.method() == Method.GET) {
                Wire.Response response = get(Guarded.path(route, Guarded.variables(saga)));
                HEADERS.forEach(header -> soft.assertThat(response.all(header))
                        .as(route.pattern() + " " + header)
                        .isEqualTo(first.all(header)));
            }
        }
        soft.assertThat(first.header("Content-Security-Policy").orElse("")).doesNotContain("unsafe", "*", "http:");
        soft.assertAll();
    }

    @Test
    void nonsenseIsAnsweredInWords() {
        Random random = new Random(20_260_101);
        Guarded.Token token = guarded.token(Optional.of("admin"));
        List<String> scraps = List.of(
                "",
                "0",
                "-1",
                "1e9",
                "99999999999999999999",
                "null",
                "true",
                "%00",
                "%0a",
                "%27",
                "%22",
                "%3Cb%3E",
                "%F0%9F%A6%9C",
                "__proto__",
                "constructor",
                "a".repeat(300),
                saga,
                UUID.randomUUID().toString(),
                "status:failed",
                "status%3A",
                "input.a.b%3A1",
                "%28%28%28",
                "error%3A%22",
                "cost%3E",
                "age%3E1h",
                "%24%7Bjndi%7D",
                "1%3Bdrop",
                "..",
                "-",
                "%25");
        List<String> names = List.of(
                "q",
                "after",
                "tab",
                "reason",
                "version",
                "branch",
                "from",
                "to",
                "actor",
                "action",
                "sort",
                "size",
                "page",
                "request",
                "value",
                "input",
                "saga",
                "id",
                "name",
                "role",
                "back",
                "columns",
                "view",
                "step",
                "kind",
                "definition",
                "fingerprint",
                "at_once",
                "until",
                "n");
        List<Route> routes = guarded.routes().stream()
                .filter(route -> !route.pattern().startsWith("/sign-in"))
                .toList();
        SoftAssertions soft = new SoftAssertions();
        for (int i = 0; i < 900; i++) {
            Route route = routes.get(random.nextInt(routes.size()));
            Map<String, String> variables = new HashMap<>(Guarded.variables(saga));
            if (random.nextBoolean()) {
                variables.replaceAll((name, value) ->
                        random.nextInt(3) > 0 ? value : scraps.get(1 + random.nextInt(scraps.size() - 1)));
            }
            String parameters = IntStream.range(0, random.nextInt(5))
                    .mapToObj(n ->
                            names.get(random.nextInt(names.size())) + "=" + scraps.get(random.nextInt(scraps.size())))
                    .collect(Collectors.joining("&"));
            String path = Guarded.path(route, variables);
            Wire.Request request = route.method() == Method.GET
                    ? Wire.Request.get(path + "?" + parameters).with(Guarded.WHO, "admin")
                    : route.isApi()
                            ? Wire.Request.json(path, "{\"__proto__\":{\"x\":1},\"constructor\":2,\"reason\":\"x\"}")
                                    .with("X-Belay-Request", UUID.randomUUID().toString())
                                    .with(Guarded.WHO, "admin")
                            : form(path, token, "&request=" + UUID.randomUUID() + "&" + parameters);
            Wire.Response response = guarded.wire.send(request);
            String what = request.method() + " " + request.target() + " " + parameters + ": " + response.status();
            soft.assertThat(response.status()).as(what).isLessThan(500);
            if (response.status() >= 400) {
                soft.assertThat(TELLTALE.matcher(response.body())
                                .results()
                                .map(r -> r.group())
                                .toList())
                        .as(what)
                        .isEmpty();
            }
        }
        soft.assertAll();
    }

    @Test
    void secretsStayOutOfErrorsAndLogs() {
        Guarded.Token token = guarded.token(Optional.of("admin"));
        Guarded.Token nobodys = guarded.token(Optional.empty());
        List<Wire.Request> requests = List.of(
                Wire.Request.post("/sign-in", "csrf=" + nobodys.token() + "&name=ada&password=" + CANARY)
                        .with("Cookie", nobodys.cookie()),
                Wire.Request.post("/sign-in", "csrf=x&name=ada&password=" + CANARY),
                Wire.Request.get("/queues").with("Cookie", "belay-session=" + CANARY),
                Wire.Request.get("/queues")
                        .with("Authorization", "Bearer " + CANARY)
                        .with(Guarded.WHO, "admin"),
                form(
                        "/settings/users/add",
                        token,
                        "&request=00000000-0000-4000-8000-000000000003&name=n&role=x&password=" + CANARY),
                form(
                        "/settings/users/add",
                        token,
                        "&request=00000000-0000-4000-8000-000000000004&name=%3Cn&role=viewer&password=" + CANARY),
                form("/settings/password", token, "&password=" + CANARY + "&next=" + CANARY + "&again=x"));
        for (Wire.Request request : requests) {
            Wire.Response response = guarded.wire.send(request);
            assertThat(response.status()).as(request.target()).isNotEqualTo(500);
            assertThat(response.body()).as(request.target()).doesNotContain(CANARY);
            assertThat(String.join("\n", response.headers())).doesNotContain(CANARY);
        }
        assertThat(LOG.list)
                .extracting(event -> event.getFormattedMessage()
                        + (event.getThrowableProxy() == null
                                ? ""
                                : ThrowableProxyUtil.asString(event.getThrowableProxy())))
                .noneMatch(line -> line.contains(CANARY));
    }
}
