package dev.belay;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;

/**
 * How often the same thing happened in a stretch of time: attempts of a step or of an undo, or calls of an activity, that ended
 * alike.
 *
 * @param definition the definition's name, all versions together
 * @param step the step, also where it is undone
 * @param activity the activity that was called; empty for attempts of the step itself
 * @param undoing whether it belongs to undoing
 * @param fingerprint tells one reason of failure from another, see {@link Failure#fingerprint()}; empty for what did not fail
 * @param count how many there were
 * @param total how long they took together
 * @param longest how long the longest took
 * @param spend what the calls cost, see {@link ActivityCall#costs}; empty if none told
 */
public record Statistic(
        String definition,
        String step,
        Optional<String> activity,
        boolean undoing,
        JournalEntry.Result outcome,
        Optional<String> fingerprint,
        long count,
        Duration total,
        Duration longest,
        Optional<BigDecimal> spend) {}
