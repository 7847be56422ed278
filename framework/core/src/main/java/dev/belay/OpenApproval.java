package dev.belay;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Something that waits for a person to approve or reject it, by {@link Operator#approve} or {@link Operator#reject}.
 *
 * @param saga the saga that waits
 * @param definition the name of its definition
 * @param step the approval step
 * @param branch the branch that waits; 0 unless it is one of several
 * @param question what the step asks, as JSON
 * @param since when it was asked first, by the database's clock
 * @param deadline when its time is over; empty if it waits for ever
 * @param level how often it was escalated
 * @param paused whether the saga is paused: a decision is taken, and acts once it is resumed
 */
public record OpenApproval(
        UUID saga,
        String definition,
        String step,
        int branch,
        String question,
        Instant since,
        Optional<Instant> deadline,
        int level,
        boolean paused) {}
