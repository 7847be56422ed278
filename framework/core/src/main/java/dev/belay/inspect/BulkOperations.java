package dev.belay.inspect;

import java.util.Map;
import java.util.UUID;

/**
 * Decisions about many sagas at once. Which sagas are meant is settled and stored when one begins; from then on it is carried out
 * saga by saga, each in a transaction of its own together with what came of it, by workers and by whoever calls {@link #carryOn}; so
 * that it survives the process that began it, and no saga has it twice. Thread-safe.
 */
public interface BulkOperations {
    /** How many sagas one operation may have. */
    int MOST = 100_000;

    /**
     * What would be done, counted and not done.
     *
     * @param scope what the caller may see; sagas out of it are never touched
     */
    Forecast forecast(SagaFilter filter, BulkAction action, Scope scope);

    /**
     * Begins one.
     *
     * @param id names it: a second call with the same changes nothing and returns what the first began
     * @throws IllegalArgumentException if there are more sagas than {@link #MOST}, or none, or no reason is given, or if the id was
     *     used before by another actor, for another action or filter, or about sagas out of the scope
     */
    BulkStatus begin(UUID id, SagaFilter filter, BulkAction action, Scope scope, String actor, String reason);

    /**
     * Stops one: what was not done yet is not done. Does nothing if it has ended.
     *
     * @param scope what the caller may see; one about other sagas is unknown
     */
    BulkStatus stop(UUID id, Scope scope, String actor, String reason);

    /**
     * Carries out up to {@code most} of what is left, of all operations; returns how many it did. Many may do so at once. Operations go
     * side by side: of two about the same saga either may come first. A saga that somebody else has locked is come back to.
     */
    int carryOn(int most);

    /**
     * What would be done.
     *
     * @param count how many sagas are meant
     * @param willing how many of them, by state as it is now, would allow it; counted up to the same limit
     * @param byState how many are in which state
     */
    record Forecast(Count count, long willing, Map<String, Long> byState) {
        /** Keeps its own copy. */
        public Forecast {
            byState = Map.copyOf(byState);
        }
    }
}
