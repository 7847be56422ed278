package dev.belay.dashboard.security;

import dev.belay.dashboard.Dashboard;
import dev.belay.dashboard.Principal;
import dev.belay.dashboard.Role;
import dev.belay.dashboard.Showcase;
import dev.belay.dashboard.internal.web.FrontServlet;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.Scope;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A shop whose dashboard believes a header about who asks; over it come requests as they are written. */
final class Guarded implements AutoCloseable {
    /** Who asks: a role's word, with a definition after a colon for somebody who sees only that. */
    static final String WHO = "X-Test-Who";

    private static final Pattern TOKEN = Pattern.compile("name=\"csrf\" value=\"([^\"]+)\"");
    private static final Pattern VARIABLE = Pattern.compile("\\{([^}]*)}");

    final Showcase shop;
    final Wire wire;

    Guarded(UnaryOperator<Dashboard.Builder> settings) throws Exception {
        this.shop = new Showcase(0, settings);
        this.wire = new Wire("127.0.0.1", URI.create(shop.url()).getPort());
    }

    /** A filled one for everybody of {@link #WHO}, with people who can sign in. */
    static Guarded filled() throws Exception {
        Guarded guarded =
                new Guarded(settings -> settings.authenticator(Guarded::who).builtInUsers());
        guarded.shop.fill();
        return guarded;
    }

    /** A saga that has failed and waits for an operator. */
    String stuck() {
        var saga = shop.startRefund("order-99");
        saga.awaitSettled(Duration.ofSeconds(30));
        return saga.id().toString();
    }

    static Optional<Principal> who(HttpServletRequest request) {
        return Optional.ofNullable(request.getHeader(WHO)).map(Guarded::principal);
    }

    private static Principal principal(String who) {
        String[] parts = who.split(":", 2);
        Principal principal = Principal.of("a-" + parts[0], Role.valueOf(parts[0].toUpperCase(Locale.ROOT)));
        return parts.length == 1
                ? principal
                : principal.within(new Scope(Optional.empty(), Optional.of(Set.of(parts[1]))));
    }

    List<Route> routes() {
        return ((FrontServlet) shop.dashboard().servlet()).router().routes();
    }

    /** A token for forms, with the cookie it belongs to. */
    record Token(String token, String cookie) {}

    /** A token for somebody; for nobody if {@code who} is empty. */
    Token token(Optional<String> who, String... cookies) {
        Wire.Request request = Wire.Request.get(who.isEmpty() && cookies.length == 0 ? "/sign-in" : "/no-such-page");
        if (who.isPresent()) {
            request = request.with(WHO, who.get());
        }
        for (String cookie : cookies) {
            request = request.with("Cookie", cookie);
        }
        Wire.Response page = wire.send(request);
        Matcher matcher = TOKEN.matcher(page.body());
        if (!matcher.find()) {
            throw new AssertionError("no form in: " + page);
        }
        return new Token(
                matcher.group(1), "belay-csrf=" + page.cookie("belay-csrf").orElseThrow());
    }

    /** The path of a route for a saga. */
    static String path(Route route, Map<String, String> variables) {
        return VARIABLE.matcher(route.pattern()).replaceAll(match -> {
            String value = variables.get(match.group(1));
            if (value == null) {
                throw new AssertionError("The route " + route.pattern() + " has a part {" + match.group(1)
                        + "} that these tests do not know. Add a plausible value to Guarded.variables.");
            }
            return Matcher.quoteReplacement(value);
        });
    }

    /** Plausible values for the parts of paths that vary. A new name in a route needs one here. */
    static Map<String, String> variables(String saga) {
        return Map.ofEntries(
                Map.entry("id", saga),
                Map.entry("saga", saga),
                Map.entry("bulk", "00000000-0000-4000-8000-000000000001"),
                Map.entry("view", "00000000-0000-4000-8000-000000000002"),
                Map.entry("branch", "0"),
                Map.entry("seq", "3"),
                Map.entry("step", "charge-card"),
                Map.entry("name", "mails"),
                Map.entry("queue", "mails"),
                Map.entry("definition", "refund"),
                Map.entry("fingerprint", "0123456789abcdef"),
                Map.entry("incarnation", "1"),
                Map.entry("worker", "1"),
                Map.entry("user", "somebody"),
                Map.entry("act", "retry"),
                Map.entry("action", "retry"),
                Map.entry("what", "input"),
                Map.entry("attempt", "1"),
                Map.entry("file", "journal.json"),
                Map.entry("format", "json"),
                Map.entry("mark", "000000000000"));
    }

    @Override
    public void close() throws Exception {
        shop.close();
    }
}
