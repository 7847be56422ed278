package dev.belay.dashboard.internal.query;

import java.time.Instant;

/** What a date or time means: a day, a minute, or one moment, of which {@code from} and {@code until} are the same. */
record Stretch(Instant from, Instant until) {
    static Stretch moment(Instant instant) {
        return new Stretch(instant, instant);
    }

    boolean isMoment() {
        return from.equals(until);
    }
}
