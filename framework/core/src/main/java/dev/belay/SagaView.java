package dev.belay;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A saga as it stood at one moment.
 *
 * @param definition the name of its definition
 * @param definitionVersion the version it keeps to
 * @param cause why it was turned or suspended
 * @param cancelRequested whether it will be undone if its pivot fails
 * @param residue whether something was left undone that an operator accepted
 * @param paused whether no step of it begins until it is resumed
 * @param deadline when its time is over; empty if it has all the time there is, or its deadline has passed
 * @param version an opaque token that changes whenever the saga does: hand it to {@link Operator#expecting}
 * @param jobs what is to be done next; empty once it has ended
 * @param parent the saga whose step started this one and waits for it
 * @param forkedFrom the saga whose course this one took up, and at which step; see {@link Belay#fork}
 * @param blockers the sagas below this one that wait for an operator, so that this one cannot go on; at most 100
 */
public record SagaView(
        UUID id,
        String definition,
        int definitionVersion,
        SagaState state,
        Optional<Cause> cause,
        Optional<Failure> failure,
        boolean pivotPassed,
        boolean cancelRequested,
        boolean residue,
        boolean paused,
        Instant startedAt,
        Optional<Instant> deadline,
        Optional<Instant> endedAt,
        String version,
        List<JobView> jobs,
        Optional<UUID> parent,
        Optional<Origin> forkedFrom,
        List<Blocker> blockers) {

    /** A saga, and the place of a step of its own line, counted from 1. */
    public record Origin(UUID saga, int seq) {}

    /** A saga that a step started, directly or through another, and that waits for an operator. */
    public record Blocker(UUID saga, String definition, SagaState state) {}

    /**
     * What is to be done next in one branch of a saga.
     *
     * @param step the step's name
     * @param state READY, CLAIMED, WAITING, PARKED, or HELD by a pause
     * @param undoing whether the step is being undone
     * @param attempt how often the engine began it
     * @param failures how many of these failed
     * @param runAt when it is due
     * @param awaits what it waits for beside its time, as the engine names it: {@code signal:NAME}, {@code approval:STEP}, …
     * @param deadline when its step's time is over, retries and waits included
     * @param worker the {@linkplain Worker#incarnation incarnation} of the worker that has claimed it, if one has
     */
    public record JobView(
            int branch,
            int seq,
            String step,
            String state,
            boolean undoing,
            int attempt,
            int failures,
            Instant runAt,
            Optional<String> awaits,
            Optional<Instant> deadline,
            Optional<Long> worker) {}
}
