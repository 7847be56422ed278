package dev.belay.dashboard.internal.query;

import java.util.List;

/**
 * A term taken apart, before anybody asks what it means.
 *
 * @param negated whether a minus stands before it
 * @param key the parts of its key, of which the first is the key itself; empty for a text alone
 * @param values what stands behind it, without quotes
 */
record Word(boolean negated, List<String> key, Op op, List<Value> values) {
    Word {
        key = List.copyOf(key);
        values = List.copyOf(values);
    }

    /** What was written, and whether in quotes. */
    record Value(String text, boolean quoted) {}
}
