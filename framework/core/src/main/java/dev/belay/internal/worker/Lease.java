package dev.belay.internal.worker;

import java.time.Duration;

/**
 * How long this process may believe that its jobs are its own. Counted from before a heartbeat was sent, on a clock that nobody
 * can set, so that it is over here before it is over in the database.
 */
final class Lease {
    private final Duration length;
    private volatile long validUntil;
    private volatile long withoutGapSince;

    Lease(Duration length) {
        this.length = length;
        long now = System.nanoTime();
        this.validUntil = now;
        this.withoutGapSince = now;
    }

    /** A heartbeat that was sent at {@code sentAt} (nanoTime) has arrived. */
    void renewed(long sentAt) {
        if (sentAt - validUntil > 0) {
            withoutGapSince = sentAt;
        }
        validUntil = sentAt + length.toNanos();
    }

    boolean isValid() {
        return System.nanoTime() - validUntil < 0;
    }

    /** Whether every heartbeat of the last lease arrived: only then are others judged. */
    boolean isSteady() {
        return isValid() && System.nanoTime() - withoutGapSince >= length.toNanos();
    }
}
