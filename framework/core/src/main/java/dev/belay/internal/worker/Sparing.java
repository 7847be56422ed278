package dev.belay.internal.worker;

import java.time.Duration;

/**
 * When to look again at what may be dear to look at: at any time while it is cheap, else only after a rest of some seconds at the most,
 * so long that looking takes a small part of the time.
 */
final class Sparing {
    private static final long CHEAP = Duration.ofMillis(20).toNanos();
    private static final long LONGEST_REST = Duration.ofSeconds(5).toNanos();
    private static final long REST_FOR_EACH_NANO = 50;

    private long restsUntil = System.nanoTime();

    boolean isDue(long now) {
        return now - restsUntil >= 0;
    }

    /** The look lasted from the one to the other. */
    void took(long from, long until) {
        long time = until - from;
        restsUntil = time <= CHEAP ? until : until + Math.min(LONGEST_REST, time * REST_FOR_EACH_NANO);
    }
}
