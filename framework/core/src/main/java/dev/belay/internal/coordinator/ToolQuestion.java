package dev.belay.internal.coordinator;

import dev.belay.JournalEntry.Kind;
import dev.belay.internal.journal.EngineRecord;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.queue.JobRow;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Whether a call of a tool may be made, as a step asks a person in the midst of its code. Asked again at each escalation, under the
 * same key. A decision counts until it expires, and no longer.
 *
 * @param question in words
 * @param tool the tool's name
 * @param callId the id of the call, unique in its step's run
 * @param arguments the arguments, as JSON
 * @param hash of the tool's name and the arguments: what is approved is this call and no other
 * @param within how long it may be decided, since it was first asked
 */
public record ToolQuestion(
        String question, String tool, String callId, String arguments, String hash, Optional<Duration> within)
        implements EngineRecord {

    /** What tells the question from all others of its saga. */
    public static String key(JobRow job, String tool, String callId) {
        return job.branch() + "." + job.seq() + "." + job.run() + "." + tool + "." + callId;
    }

    /** How the question of the given key was asked, in the order of asking. */
    public static List<JournalRow> asked(JobRow job, List<JournalRow> journal, String key) {
        return asked(job, journal).stream().filter(row -> key.equals(row.key())).toList();
    }

    /** All that the present run of a job's step has asked, in the order of asking. */
    static List<JournalRow> asked(JobRow job, List<JournalRow> journal) {
        return journal.stream()
                .filter(row -> row.kind() == Kind.WAIT
                        && row.name() != null
                        && Awaited.isTool(row.name())
                        && !row.place().undoing()
                        && row.isOf(job.branch(), job.seq(), job.run()))
                .sorted(Comparator.comparingInt(JournalRow::n))
                .toList();
    }

    /** Whether it is too late to decide what was first asked by {@code first}. */
    public boolean hasExpired(JournalRow first, Instant now) {
        return within.map(time ->
                        !now.isBefore(Objects.requireNonNull(first.recordedAt()).plus(time)))
                .orElse(false);
    }
}
