package dev.belay;

import java.time.Duration;
import java.util.Optional;

/**
 * How much may happen at once, or in a time, over all workers on the same schema. Limits of the same name are one limit, whichever
 * step or definition says them; each step is let run by what its own definition says.
 *
 * @param name known to all who share it
 * @param permits how many steps run at once; for a rate how many begin in a period
 * @param period for a rate, else empty
 */
public record Limit(String name, int permits, Optional<Duration> period) {

    /** Limits are made by {@link #mutex}, {@link #atMost} and {@link #rate}. */
    public Limit {
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException("A limit needs a name: steps with limits of the same name share them.");
        }
        if (permits < 1) {
            throw new IllegalArgumentException("Limit \"" + name + "\" must permit at least 1, got " + permits + ".");
        }
        if (period.filter(time -> time.isZero() || time.isNegative()).isPresent()) {
            throw new IllegalArgumentException(
                    "The period of limit \"" + name + "\" must be positive, got " + period.get() + ".");
        }
    }

    /** One step at a time. */
    public static Limit mutex(String name) {
        return atMost(name, 1);
    }

    /** At most {@code steps} at a time. */
    public static Limit atMost(String name, int steps) {
        return new Limit(name, steps, Optional.empty());
    }

    /**
     * At most {@code permits} steps begin in any {@code period}, by the database's clock. They begin evenly spaced, three hundredths
     * further apart than the period asks, so that what is on its way for a moment longer is not one too many where it arrives.
     */
    public static Limit rate(String name, int permits, Duration period) {
        return new Limit(name, permits, Optional.of(period));
    }
}
