package dev.belay.dashboard.internal.api;

import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A stretch of time that is asked about. */
record Times(Instant from, Instant to) {
    private static final Duration LONGEST = Duration.ofDays(7);

    static List<Route.Parameter> parameters(String usual) {
        return List.of(
                Route.may("from", "string", "From this time on, as ISO 8601 has it; " + usual + " if it is not said."),
                Route.may("to", "string", "Until this time, at most 7 days later; until now if it is not said."));
    }

    static Times of(Call call, Duration usual) {
        Instant now = Instant.now();
        Instant to = instant(call, "to", now);
        Instant from = instant(call, "from", to.minus(usual));
        if (!from.isBefore(to) || Duration.between(from, to).compareTo(LONGEST) > 0) {
            throw Refused.unprocessable(
                    "\"from\" must be before \"to\", at most 7 days, not " + from + " and " + to + ".");
        }
        return new Times(from, to);
    }

    private static Instant instant(Call call, String name, Instant otherwise) {
        try {
            return call.text(name).map(Instant::parse).orElse(otherwise);
        } catch (DateTimeException e) {
            throw Refused.unprocessable("\"" + name + "\" must be a time like 2026-11-20T08:00:00Z.");
        }
    }
}
