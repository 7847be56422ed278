package dev.belay.dashboard.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.dashboard.BuiltInUsers;
import dev.belay.dashboard.Dashboard;
import dev.belay.dashboard.Role;
import dev.belay.dashboard.Showcase;
import dev.belay.inspect.AuditEntry;
import dev.belay.inspect.AuditFilter;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** People who sign in on the dashboard's own page, and those who try to. */
class SignInTest {
    private static final Pattern TOKEN = Pattern.compile("name=\"csrf\" value=\"([^\"]+)\"");
    private static final String PASSWORD = "three green parrots";

    private static Showcase shop;
    private static Wire wire;
    private static BuiltInUsers users;

    @BeforeAll
    static void open() throws Exception {
        shop = new Showcase(0, Dashboard.Builder::builtInUsers);
        wire = new Wire("127.0.0.1", URI.create(shop.url()).getPort());
        users = BuiltInUsers.on(shop.pool(), "belay");
        users.create("root", PASSWORD, Role.ADMIN);
    }

    @AfterAll
    static void close() throws Exception {
        shop.close();
    }

    @AfterEach
    void forget() {
        clockAhead("0 seconds");
        sql("delete from belay.dashboard_attempt");
    }

    private static void sql(String statement) {
        try (Connection connection = shop.pool().getConnection();
                Statement execute = connection.createStatement()) {
            execute.execute(statement);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static String read(String query) {
        try (Connection connection = shop.pool().getConnection();
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            rows.next();
            return String.valueOf(rows.getString(1));
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static void clockAhead(String interval) {
        sql("create or replace function belay.now() returns timestamptz language sql stable parallel safe"
                + " as $$ select pg_catalog.clock_timestamp() + interval '" + interval + "' $$");
    }

    /** A browser: it keeps cookies, and takes the token of the page it has open. */
    private static final class Browser {
        private Optional<String> session = Optional.empty();
        private Optional<String> nonce = Optional.empty();

        Wire.Response get(String path) {
            return take(wire.send(cookies(Wire.Request.get(path))));
        }

        Wire.Response post(String page, String path, String form) {
            Matcher matcher = TOKEN.matcher(get(page).body());
            String token = matcher.find() ? matcher.group(1) : "";
            return take(wire.send(cookies(Wire.Request.post(path, "csrf=" + token + "&" + form))));
        }

        Wire.Response signIn(String name, String password) {
            return post("/sign-in", "/sign-in", "name=" + encoded(name) + "&password=" + encoded(password));
        }

        private Wire.Request cookies(Wire.Request request) {
            List<String> all = new ArrayList<>();
            session.ifPresent(value -> all.add("belay-session=" + value));
            nonce.ifPresent(value -> all.add("belay-csrf=" + value));
            return all.isEmpty() ? request : request.with("Cookie", String.join("; ", all));
        }

        private Wire.Response take(Wire.Response response) {
            response.cookie("belay-session")
                    .ifPresent(value -> session = Optional.of(value).filter(v -> !v.isEmpty()));
            response.cookie("belay-csrf")
                    .ifPresent(value -> nonce = Optional.of(value).filter(v -> !v.isEmpty()));
            return response;
        }

        boolean isIn() {
            return get("/queues").status() == 200;
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static Browser signedIn(String name) {
        Browser browser = new Browser();
        assertThat(browser.signIn(name, PASSWORD).status()).isEqualTo(303);
        assertThat(browser.isIn()).isTrue();
        return browser;
    }

    @Test
    void whoeverKnowsThePasswordIsSignedIn() {
        users.create("ada", PASSWORD, Role.VIEWER);
        Browser browser = new Browser();

        Wire.Response wrong = browser.signIn("ada", PASSWORD + "!");
        Wire.Response right = browser.signIn(" ADA ", PASSWORD);

        assertThat(wrong.status()).isEqualTo(401);
        assertThat(wrong.body()).contains("do not belong together").doesNotContain(PASSWORD);
        assertThat(right.status()).isEqualTo(303);
        assertThat(right.header("Location")).contains("/");
        assertThat(browser.get("/queues").body()).contains("ada");
        assertThat(browser.get("/settings/users").status()).isEqualTo(403);
    }

    @Test
    void theCookieIsForThisBrowserAlone() {
        Wire.Response response = new Browser().signIn("root", PASSWORD);
        String cookie = response.all("Set-Cookie").stream()
                .filter(set -> set.startsWith("belay-session="))
                .findFirst()
                .orElseThrow();

        assertThat(cookie).contains("HttpOnly", "SameSite=Strict", "Path=/").doesNotContainIgnoringCase("domain");
        assertThat(response.cookie("belay-session").orElseThrow()).hasSize(43);
        assertThat(read("select string_agg(encode(token_hash, 'escape'), ' ') from belay.dashboard_session"))
                .doesNotContain(response.cookie("belay-session").orElseThrow());
        assertThat(read("select min(octet_length(token_hash)) from belay.dashboard_session"))
                .isEqualTo("32");
    }

    @Test
    void overTlsTheCookieBelongsToTheHost() throws Exception {
        try (Showcase other =
                new Showcase(0, settings -> settings.builtInUsers().overTls())) {
            Wire there = new Wire("127.0.0.1", URI.create(other.url()).getPort());

            Wire.Response page = there.send(Wire.Request.get("/sign-in"));

            assertThat(page.header("Strict-Transport-Security")).isPresent();
            assertThat(page.all("Set-Cookie"))
                    .isNotEmpty()
                    .allMatch(cookie -> cookie.startsWith("__Host-") && cookie.contains("Secure"));
        }
    }

    @Test
    void passwordsAreKeptAsHashesThatCostMuch() {
        String kept = read("select password from belay.dashboard_user where name = 'root'");

        assertThat(kept).startsWith("pbkdf2-sha256$").doesNotContain(PASSWORD);
        assertThat(Integer.parseInt(kept.split("\\$")[1])).isGreaterThanOrEqualTo(600_000);
        users.create("same-1", PASSWORD, Role.VIEWER);
        users.create("same-2", PASSWORD, Role.VIEWER);
        assertThat(read("select count(distinct password) from belay.dashboard_user where name like 'same-%'"))
                .isEqualTo("2");
    }

    @Test
    void aSessionThatSomebodyElseMadeUpIsNotTakenUp() {
        Browser browser = new Browser();
        browser.session = Optional.of("A".repeat(43));

        assertThat(browser.isIn()).isFalse();
        browser.signIn("root", PASSWORD);

        assertThat(browser.session).isPresent().get().isNotEqualTo("A".repeat(43));
    }

    @Test
    void signingInAnewEndsTheSessionBefore() {
        Browser browser = signedIn("root");
        Browser copy = new Browser();
        copy.session = browser.session;
        assertThat(copy.isIn()).isTrue();

        browser.signIn("root", PASSWORD);

        assertThat(browser.isIn()).isTrue();
        assertThat(copy.isIn()).isFalse();
    }

    @Test
    void signingOutEndsTheSessionItself() {
        Browser browser = signedIn("root");
        Browser copy = new Browser();
        copy.session = browser.session;

        Wire.Response response = browser.post("/queues", "/sign-out", "");

        assertThat(response.status()).isEqualTo(303);
        assertThat(browser.session).isEmpty();
        assertThat(copy.isIn()).isFalse();
    }

    @Test
    void aSessionEndsWithoutAClickForHalfAnHourAndAfterHalfADay() {
        Browser idle = signedIn("root");
        clockAhead("29 minutes");
        assertThat(idle.isIn()).isTrue();
        clockAhead("58 minutes");
        assertThat(idle.isIn()).isTrue();
        clockAhead("89 minutes");
        assertThat(idle.isIn()).isFalse();

        clockAhead("0 minutes");
        Browser busy = signedIn("root");
        for (int minutes = 25; minutes < 720; minutes += 25) {
            clockAhead(minutes + " minutes");
            assertThat(busy.isIn()).as(minutes + " minutes").isTrue();
        }
        clockAhead("721 minutes");
        assertThat(busy.isIn()).isFalse();
    }

    @Test
    void pagesThatKeepThemselvesUpToDateDoNotKeepASessionAlive() {
        Browser browser = signedIn("root");
        clockAhead("29 minutes");
        Wire.Request byItself = browser.cookies(Wire.Request.get("/queues")).with("X-Belay-Live", "true");
        assertThat(wire.send(byItself).status()).isEqualTo(200);
        Wire.Request stream = browser.cookies(Wire.Request.get("/live")).with("Accept", "text/event-stream");
        assertThat(wire.send(stream).status()).isEqualTo(200);
        clockAhead("31 minutes");

        assertThat(browser.isIn()).isFalse();
    }

    @Test
    void aUseIsNotedOnceAMinuteAtMost() {
        Browser browser = signedIn("root");
        String before = read("select max(seen_at) from belay.dashboard_session");

        browser.get("/queues");
        String soon = read("select max(seen_at) from belay.dashboard_session");
        clockAhead("2 minutes");
        browser.get("/queues");

        assertThat(soon).isEqualTo(before);
        assertThat(read("select max(seen_at) from belay.dashboard_session")).isNotEqualTo(before);
    }

    @Test
    void whoeverIsDisabledIsOutAtOnce() {
        users.create("eve", PASSWORD, Role.OPERATOR);
        Browser eve = signedIn("eve");
        Browser root = signedIn("root");

        Wire.Response done = root.post("/settings/users/eve/disable", "/settings/users/eve/disable", "");

        assertThat(done.status()).isEqualTo(303);
        assertThat(eve.isIn()).isFalse();
        assertThat(new Browser().signIn("eve", PASSWORD).status()).isEqualTo(401);
        root.post("/settings/users/eve/enable", "/settings/users/eve/enable", "");
        assertThat(eve.isIn()).as("the old session").isFalse();
        assertThat(new Browser().signIn("eve", PASSWORD).status()).isEqualTo(303);
    }

    @Test
    void anotherRoleCountsFromTheNextClick() {
        users.create("bob", PASSWORD, Role.ADMIN);
        Browser bob = signedIn("bob");
        assertThat(bob.get("/settings/users").status()).isEqualTo(200);

        signedIn("root").post("/settings/users/bob/role", "/settings/users/bob/role", "role=viewer");

        assertThat(bob.get("/settings/users").status()).isEqualTo(403);
        assertThat(bob.isIn()).isTrue();
    }

    @Test
    void signingOutEverywhereEndsAllSessions() {
        users.create("many", PASSWORD, Role.VIEWER);
        Browser first = signedIn("many");
        Browser second = signedIn("many");
        Browser other = signedIn("root");

        first.post("/settings/password", "/settings/sign-out-everywhere", "");

        assertThat(first.isIn()).isFalse();
        assertThat(second.isIn()).isFalse();
        assertThat(other.isIn()).isTrue();
    }

    @Test
    void aPasswordThatCountsOnceIsForChoosingAnother() {
        String once = users.create("newcomer", Role.VIEWER);
        Browser browser = new Browser();

        Wire.Response in = browser.signIn("newcomer", once);

        assertThat(in.header("Location")).contains("/settings/password");
        Wire.Response elsewhere = browser.get("/queues");
        assertThat(elsewhere.status()).isEqualTo(303);
        assertThat(elsewhere.header("Location")).contains("/settings/password");
        assertThat(browser.get("/api/queues").status()).isEqualTo(403);
        assertThat(styles(browser)).isEqualTo(200);
        assertThat(change(browser, once, "short").status()).isEqualTo(422);
        assertThat(change(browser, "not the password", "a password of my own").status())
                .isEqualTo(422);
        Optional<String> before = browser.session;
        assertThat(change(browser, once, "a password of my own").status()).isEqualTo(303);
        assertThat(browser.session).isNotEqualTo(before);
        assertThat(browser.isIn()).isTrue();
        assertThat(new Browser().signIn("newcomer", once).status()).isEqualTo(401);
    }

    private static int styles(Browser browser) {
        Matcher style = Pattern.compile("href=\"(/assets/[^\"]+/belay.css)\"")
                .matcher(browser.get("/settings/password").body());
        assertThat(style.find()).isTrue();
        return browser.get(style.group(1)).status();
    }

    private static Wire.Response change(Browser browser, String password, String next) {
        return browser.post(
                "/settings/password",
                "/settings/password",
                "password=" + encoded(password) + "&next=" + encoded(next) + "&again=" + encoded(next));
    }

    @Test
    void anAdminAddsPeopleAndNeverTakesAwayTheLastAdmin() {
        Browser root = signedIn("root");
        sql("update belay.dashboard_user set role = 'viewer' where name <> 'root'");

        String zoe = "name=Zoe&role=operator&request=" + UUID.randomUUID();
        Wire.Response added = root.post("/settings/users/add", "/settings/users/add", zoe);
        Wire.Response twice = root.post("/settings/users/add", "/settings/users/add", zoe);
        Wire.Response again = root.post(
                "/settings/users/add", "/settings/users/add", "name=zoe&role=operator&request=" + UUID.randomUUID());
        Wire.Response odd = root.post(
                "/settings/users/add",
                "/settings/users/add",
                "name=" + encoded("<b>") + "&role=admin&request=" + UUID.randomUUID());
        Wire.Response last = root.post("/settings/users/root/disable", "/settings/users/root/disable", "");
        Wire.Response demoted = root.post("/settings/users/root/role", "/settings/users/root/role", "role=viewer");

        assertThat(added.status()).isEqualTo(200);
        Matcher password =
                Pattern.compile("<pre class=\"mono\">([a-z0-9-]{23})</pre>").matcher(added.body());
        assertThat(password.find()).isTrue();
        assertThat(twice.body()).contains(password.group(1));
        assertThat(new Browser().signIn("zoe", password.group(1)).header("Location"))
                .contains("/settings/password");
        assertThat(again.status()).isEqualTo(409);
        assertThat(odd.status()).isEqualTo(422);
        assertThat(last.status()).isEqualTo(409);
        assertThat(demoted.status()).isEqualTo(409);
        assertThat(root.get("/settings/users").status()).isEqualTo(200);
    }

    @Test
    void tenFailuresInFiveMinutesAreEnoughForAName() {
        users.create("target", PASSWORD, Role.VIEWER);
        for (int i = 0; i < 10; i++) {
            assertThat(new Browser().signIn("target", "guess number " + i).status())
                    .isEqualTo(401);
            sql("delete from belay.dashboard_attempt where about not in (select about from belay.dashboard_attempt"
                    + " where about = sha256('name target'::bytea))");
        }

        Wire.Response refused = new Browser().signIn("TARGET", PASSWORD);

        assertThat(refused.status()).isEqualTo(429);
        assertThat(Integer.parseInt(refused.header("Retry-After").orElseThrow()))
                .isBetween(200, 300);
        assertThat(refused.body()).contains("Try again in 5 minutes");
        assertThat(new Browser().signIn("root", PASSWORD).status()).isEqualTo(303);
        clockAhead("301 seconds");
        assertThat(new Browser().signIn("target", PASSWORD).status()).isEqualTo(303);
    }

    @Test
    void tenFailuresInFiveMinutesAreEnoughForAnAddress() throws Exception {
        for (int i = 0; i < 10; i++) {
            assertThat(new Browser().signIn("nobody-" + i, "whatever it is").status())
                    .isEqualTo(401);
        }

        assertThat(new Browser().signIn("root", PASSWORD).status()).isEqualTo(429);
        // What is counted is in the database: another process, or this one begun anew, counts on.
        assertThat(Integer.parseInt(read("select count(*) from belay.dashboard_attempt")))
                .isEqualTo(20);
        clockAhead("301 seconds");
        assertThat(new Browser().signIn("root", PASSWORD).status()).isEqualTo(303);
        assertThat(read("select count(*) from belay.dashboard_attempt")).isEqualTo("0");
    }

    @Test
    void whatHappenedIsAuditedAndNoPasswordWithIt() {
        users.create("audited", PASSWORD, Role.VIEWER);
        Browser browser = new Browser();
        browser.signIn("audited", "canary-4711-wrong");
        browser.signIn("canary-4712-typed-as-name", "whatever it is");
        browser.signIn("audited", PASSWORD);
        browser.post("/queues", "/sign-out", "");

        List<AuditEntry> entries = shop.belay()
                .inspect()
                .audit(AuditFilter.all(), Optional.empty(), 200)
                .items();

        assertThat(entries)
                .extracting(entry -> entry.actor() + " " + entry.action())
                .contains(
                        "audited sign-in refused",
                        "somebody unknown sign-in refused",
                        "audited signed in",
                        "audited signed out");
        assertThat(entries.toString()).doesNotContain("canary", PASSWORD);
        assertThat(read("select string_agg(a::text, '') from belay.dashboard_attempt a"))
                .doesNotContain("canary");
    }

    @Test
    void signingInLeadsBackToPagesOfOursOnly() {
        for (String elsewhere : List.of(
                "https://evil.example",
                "//evil.example",
                "/\\evil.example",
                "\\\\evil.example",
                "/\t/evil.example",
                "/\n/evil.example",
                "javascript:alert(1)",
                "evil",
                "/ /evil.example")) {
            Browser browser = new Browser();
            Wire.Response response = browser.post(
                    "/sign-in", "/sign-in", "name=root&password=" + encoded(PASSWORD) + "&back=" + encoded(elsewhere));
            assertThat(response.header("Location")).as(elsewhere).contains("/");
        }
        Wire.Response asked = new Browser().get("/queues?x=1");
        assertThat(asked.header("Location")).contains("/sign-in?back=%2Fqueues%3Fx%3D1");
        Wire.Response back = new Browser()
                .post("/sign-in", "/sign-in", "name=root&password=" + encoded(PASSWORD) + "&back=%2Fqueues%3Fx%3D1");
        assertThat(back.header("Location")).contains("/queues?x=1");
    }

    @Test
    void aFormOfTheSessionBeforeCountsNoMore() {
        Browser browser = signedIn("root");
        Matcher matcher = TOKEN.matcher(browser.get("/queues").body());
        assertThat(matcher.find()).isTrue();
        browser.signIn("root", PASSWORD);
        browser.get("/queues");

        Wire.Response response = wire.send(browser.cookies(Wire.Request.post("/sign-out", "csrf=" + matcher.group(1))));

        assertThat(response.status()).isEqualTo(403);
        assertThat(browser.isIn()).isTrue();
    }

    @Test
    void theAuditKeepsWhatIsDoneWithoutADashboard() {
        users.create("grace", Role.OPERATOR);
        users.resetPassword("grace");

        assertThat(read("select string_agg(action || ': ' || reason, '; ' order by id) from belay.operation"
                        + " where actor = 'console' and reason like 'grace%'"))
                .isEqualTo("added a person: grace as operator; reset a password: grace");
    }

    @Test
    void peopleAreCreatedByWordsThatSayWhatIsWrong() {
        assertThatThrownBy(() -> users.create("x y", PASSWORD, Role.ADMIN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("A name has");
        assertThatThrownBy(() -> users.create("shorty", "short", Role.ADMIN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("12 to 200");
        assertThatThrownBy(() -> users.create("root", PASSWORD, Role.ADMIN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("already");
    }
}
