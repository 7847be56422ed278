package dev.belay;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/**
 * What a purge took away.
 *
 * @param sagas the sagas
 * @param journalEntries their journal entries that were deleted row by row; those of whole days are not counted
 * @param keys the start keys that are free now
 * @param decisions the audited decisions
 * @param days the days, by UTC, whose tables were dropped as a whole
 */
public record Purged(long sagas, long journalEntries, long keys, long decisions, List<LocalDate> days) {
    /** Nothing. */
    public static final Purged NOTHING = new Purged(0, 0, 0, 0, List.of());

    /** Keeps its own list of days. */
    public Purged {
        days = List.copyOf(days);
    }

    /** This and {@code other} together. */
    public Purged and(Purged other) {
        List<LocalDate> all = new ArrayList<>(days);
        all.addAll(other.days);
        return new Purged(
                sagas + other.sagas,
                journalEntries + other.journalEntries,
                keys + other.keys,
                decisions + other.decisions,
                all);
    }
}
