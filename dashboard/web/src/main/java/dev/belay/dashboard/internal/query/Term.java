package dev.belay.dashboard.internal.query;

import dev.belay.inspect.Condition;
import java.util.List;
import java.util.Optional;

/**
 * One thing a query asks for, and where in its text.
 *
 * @param start where it begins
 * @param end behind its last character
 * @param negated whether a saga must not be it
 * @param key what it is about; empty for a text that is looked for anywhere
 * @param name the key as it is written, with the path behind it; empty without a key
 * @param values what it is compared with, without quotes
 * @param conditions what it means; none if it says how to sort
 */
public record Term(
        int start,
        int end,
        boolean negated,
        Optional<Key> key,
        String name,
        Op op,
        List<String> values,
        List<Condition> conditions) {
    /** Keeps its own lists. */
    public Term {
        values = List.copyOf(values);
        conditions = List.copyOf(conditions);
    }

    boolean is(Key other) {
        return key.equals(Optional.of(other));
    }
}
