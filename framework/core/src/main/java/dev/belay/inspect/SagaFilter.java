package dev.belay.inspect;

import java.util.List;
import java.util.stream.Stream;

/**
 * Which sagas are meant: those that meet every condition. Immutable.
 *
 * <p>A filter on state, definition, id, key, tenant or parent is answered from an index. Every other condition is looked for in the
 * newest sagas first, and a page says how far it came; see {@link Page#searchedBackTo}.
 *
 * @param conditions what they must be; none lets all through
 * @param oldestFirst whether the oldest come first, else the newest
 */
public record SagaFilter(List<Condition> conditions, boolean oldestFirst) {
    private static final int MOST_CONDITIONS = 30;

    /** Keeps its own list. */
    public SagaFilter {
        conditions = List.copyOf(conditions);
        if (conditions.size() > MOST_CONDITIONS) {
            throw new IllegalArgumentException("A filter has at most " + MOST_CONDITIONS + " conditions, got "
                    + conditions.size() + ". Ask for less at once.");
        }
    }

    /** Every saga, the newest first. */
    public static SagaFilter all() {
        return new SagaFilter(List.of(), false);
    }

    /** The sagas that meet {@code conditions}, the newest first. */
    public static SagaFilter where(Condition... conditions) {
        return new SagaFilter(List.of(conditions), false);
    }

    /** Those of them that meet {@code condition} too. */
    public SagaFilter and(Condition condition) {
        return new SagaFilter(
                Stream.concat(conditions.stream(), Stream.of(condition)).toList(), oldestFirst);
    }

    /** The same sagas, the oldest first. */
    public SagaFilter fromTheOldest() {
        return new SagaFilter(conditions, true);
    }
}
