package dev.belay.inspect;

import dev.belay.Cause;
import dev.belay.SagaState;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A saga in a list.
 *
 * @param failure what went wrong, if something did, without its stack trace
 * @param at where an open saga stands; of several branches the one that needs an operator, else the first
 */
public record SagaSummary(
        UUID id,
        String definition,
        int version,
        SagaState state,
        Optional<Cause> cause,
        Optional<FailureBrief> failure,
        Optional<At> at,
        boolean paused,
        boolean residue,
        boolean pivotPassed,
        Instant startedAt,
        Optional<Instant> endedAt,
        Optional<Instant> deadline,
        Optional<String> key,
        Optional<String> tenant,
        Optional<UUID> parent) {

    /**
     * What is to be done next.
     *
     * @param branches how many branches the saga has at the moment, its own line included
     * @param state as in {@link dev.belay.SagaView.JobView#state}
     * @param awaits as in {@link dev.belay.SagaView.JobView#awaits}
     * @param runAt when it is due
     */
    public record At(
            int branches,
            String step,
            String state,
            boolean undoing,
            int attempt,
            int failures,
            Instant runAt,
            Optional<String> awaits) {}

    /** A failure without its stack trace; the message is cut after 500 characters. */
    public record FailureBrief(String step, String type, String message, String fingerprint) {}
}
