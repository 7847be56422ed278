package dev.belay;

import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Something that happened to a saga and that others may want to know. It is recorded in the transaction in which it happens, so it
 * is told if and only if that commits, and each receiver is told at least once.
 *
 * @param id the same for each delivery of the same event, to each receiver
 * @param type what happened
 * @param saga the saga
 * @param definition the name of its definition
 * @param step the step it is about, if it is about one
 * @param level 0, and one more each time the same thing is escalated
 * @param at when it was recorded, by the database's clock
 * @param details what else is known, as a JSON object
 */
public record SagaEvent(
        long id,
        Type type,
        UUID saga,
        String definition,
        Optional<String> step,
        int level,
        Instant at,
        Optional<String> details) {

    /** What can happen. */
    public enum Type {
        /** The saga reached its end. */
        COMPLETED,
        /** Everything that had to be undone is undone. */
        COMPENSATED,
        /** An operator closed the saga. */
        RESOLVED,
        /** The saga waits for an operator's decision. */
        SUSPENDED,
        /** The saga waits for somebody's approval. */
        NEEDS_APPROVAL,
        /** An undo has failed for good; the saga waits for an operator. */
        COMPENSATION_FAILED,
        /** A worker that had lost its job reported an effect after it was undone, or found not to exist. */
        LATE_EFFECT,
        /** The saga's deadline is over, but it has passed its pivot and goes on. */
        DEADLINE_PASSED;

        /** The ends of a saga, of which each saga has at most one. */
        public static Set<Type> ends() {
            return EnumSet.of(COMPLETED, COMPENSATED, RESOLVED);
        }
    }
}
