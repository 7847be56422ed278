package dev.belay.internal.worker;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * From which time on to look for ready jobs in one queue. While somebody's snapshot is open, each claim would read past all jobs that
 * were claimed since it was taken. So a look from the beginning that has become dear is followed by looks from a little before what was
 * claimed last. What became ready with an older time, because its transaction was long or its claim was given back, is found by the
 * next look from the beginning.
 */
final class Watermark {
    private static final Duration MARGIN = Duration.ofMillis(250);

    private final Sparing fromTheBeginning = new Sparing();
    private final Map<Short, Instant> claimedLast = new HashMap<>();

    /** Where a look begins that is made now; {@link Instant#MIN} is the beginning. */
    Instant since(long now) {
        return fromTheBeginning.isDue(now)
                ? Instant.MIN
                : claimedLast.values().stream()
                        .min(Comparator.naturalOrder())
                        .map(oldest -> oldest.minus(MARGIN))
                        .orElse(Instant.MIN);
    }

    /** A look that began at {@code from}, as {@link #since} said then, has claimed jobs; of each priority the oldest is told. */
    void claimed(long from, long until, Map<Short, Instant> oldest) {
        if (fromTheBeginning.isDue(from)) {
            fromTheBeginning.took(from, until);
            if (!oldest.isEmpty()) {
                claimedLast.clear();
            }
        }
        claimedLast.putAll(oldest);
    }
}
