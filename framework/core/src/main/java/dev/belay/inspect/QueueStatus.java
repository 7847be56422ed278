package dev.belay.inspect;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A queue with its jobs.
 *
 * @param ready how many could run now
 * @param claimed how many workers hold
 * @param waiting how many wait: for a time, a signal, a child, …
 * @param held how many are held by a pause of their saga
 * @param parked how many wait for an operator
 * @param oldest how long the oldest of the ready ones has been due
 * @param limit how many may run at once, if that is limited
 */
public record QueueStatus(
        String name,
        long ready,
        long claimed,
        long waiting,
        long held,
        long parked,
        Optional<Duration> oldest,
        boolean paused,
        OptionalInt limit) {}
