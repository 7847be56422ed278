package dev.belay.dashboard.internal.picture;

import java.time.Instant;
import java.util.Optional;

/** A {@link Timeline.Segment} by the clock. */
record Span(
        Timeline.Part part,
        State state,
        Instant from,
        Instant to,
        boolean open,
        int number,
        Optional<Long> worker,
        String words,
        String title) {

    boolean isMain() {
        return part != Timeline.Part.ACTIVITY;
    }

    /** Whether a worker was at it: nothing else keeps the axis from being broken. */
    boolean isBusy() {
        return part == Timeline.Part.ATTEMPT || part == Timeline.Part.ACTIVITY;
    }
}
