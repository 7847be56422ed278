package dev.belay.inspect;

import dev.belay.JournalEntry;
import java.util.Optional;
import java.util.Set;

/**
 * Which rows of a saga's journal are meant.
 *
 * @param failedOnly only what did not succeed: failed, gave up, rejected, lost, unknown, late
 * @param kinds only rows of these kinds; empty for all
 * @param step only rows of the step of this name
 * @param payloads whether inputs, outputs and stack traces are read too; else they are left out, and messages are cut
 * @param newestFirst whether the newest come first
 */
public record JournalFilter(
        boolean failedOnly,
        Set<JournalEntry.Kind> kinds,
        Optional<String> step,
        boolean payloads,
        boolean newestFirst) {
    /** Keeps its own set. */
    public JournalFilter {
        kinds = Set.copyOf(kinds);
    }

    /** Everything, with payloads, the oldest first. */
    public static JournalFilter all() {
        return new JournalFilter(false, Set.of(), Optional.empty(), true, false);
    }

    /** Everything, without payloads, the oldest first. */
    public static JournalFilter outline() {
        return new JournalFilter(false, Set.of(), Optional.empty(), false, false);
    }
}
