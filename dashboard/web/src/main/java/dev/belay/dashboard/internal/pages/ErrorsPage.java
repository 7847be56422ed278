package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.FailureGroup;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Why things fail: what failed for the same reason is one line, and can be retried as one. */
public final class ErrorsPage implements Section {
    private static final List<Window> WINDOWS = List.of(
            new Window("1h", "1 hour", Duration.ofHours(1)),
            new Window("24h", "24 hours", Duration.ofHours(24)),
            new Window("7d", "7 days", Duration.ofDays(7)));

    private final Parts parts;

    ErrorsPage(Parts parts) {
        this.parts = parts;
    }

    /** How far back attempts are counted. */
    public record Window(String word, String words, Duration length) {}

    /** What the page shows. */
    public record Model(Window window, List<FailureGroup> groups) {
        /** What can be chosen. */
        public List<Window> windows() {
            return WINDOWS;
        }
    }

    @Override
    public List<Route> routes() {
        return List.of(Route.get(
                "/errors",
                Access.of(Permission.SAGA_VIEW),
                "Why steps fail, and how many sagas wait because of it.",
                List.of(Route.may("window", "string", "How far back: 1h, 24h or 7d.")),
                this::show));
    }

    private Answer show(Call call) {
        String word = call.text("window").orElse("24h");
        Window window = WINDOWS.stream()
                .filter(one -> one.word().equals(word))
                .findFirst()
                .orElseThrow(() ->
                        Refused.unprocessable("\"window\" is 1h, 24h or 7d, not \"" + Words.cut(word, 60) + "\"."));
        Instant now = Instant.now();
        return Answer.page(
                "errors",
                new Model(window, parts.inspector(call).failures(now.minus(window.length()), now.plusSeconds(60))));
    }
}
