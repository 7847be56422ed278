package dev.belay.inspect;

import dev.belay.SagaState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How everything stands at one moment.
 *
 * @param at that moment
 * @param open how many open sagas are in which state
 * @param ready how many jobs could run now
 * @param claimed how many workers hold
 * @param oldest how long the oldest of the ready ones has been due
 * @param workers how many workers are alive
 * @param approvals how many approvals wait for a person
 * @param orphaned how many jobs are held by workers whose lease is over
 * @param overdue how many open sagas or steps are past their deadline
 * @param unknown how many sagas wait because nobody knows whether a step took effect
 * @param failing why sagas wait for an operator, the most frequent reason first, at most 20
 */
public record Overview(
        Instant at,
        Map<SagaState, Long> open,
        long ready,
        long claimed,
        Optional<Duration> oldest,
        int workers,
        long approvals,
        long orphaned,
        long overdue,
        long unknown,
        List<FailureGroup> failing) {
    /** Keeps its own copies. */
    public Overview {
        open = Map.copyOf(open);
        failing = List.copyOf(failing);
    }
}
