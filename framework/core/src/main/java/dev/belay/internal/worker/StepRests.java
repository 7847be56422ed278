package dev.belay.internal.worker;

import dev.belay.internal.journal.JournalRow;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Ends a step's code in its midst, so that it rests without a thread and runs again later: what it has recorded by then is replayed.
 * Whoever catches it in between changes nothing about that.
 */
final class StepRests extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String awaits;
    private final transient @Nullable Duration atMost;
    private final transient @Nullable JournalRow row;

    /** As of {@link dev.belay.internal.coordinator.Wish.Rest}. */
    StepRests(String message, String awaits, @Nullable Duration atMost, @Nullable JournalRow row) {
        super(message, null, false, false);
        this.awaits = awaits;
        this.atMost = atMost;
        this.row = row;
    }

    String awaits() {
        return awaits;
    }

    @Nullable
    Duration atMost() {
        return atMost;
    }

    @Nullable
    JournalRow row() {
        return row;
    }
}
