package dev.belay.internal.coordinator;

import dev.belay.JournalEntry.Kind;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.queue.JobRow;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Whether a call of a tool may be made, as a step asks a person in the midst of its code. Asked again at each escalation, under the
 * same key.
 *
 * @param question in words
 * @param tool the tool's name
 * @param callId the provider's id of the call
 * @param arguments the arguments, as JSON
 * @param hash of the arguments: what is approved is this call and no other
 */
public record ToolQuestion(String question, String tool, String callId, String arguments, String hash) {

    /** What tells the question from all others of its saga. */
    public static String key(JobRow job, String callId) {
        return job.branch() + "." + job.seq() + "." + job.run() + "." + callId;
    }

    /** How the question of the given key was asked, in the order of asking. */
    public static List<JournalRow> asked(JobRow job, List<JournalRow> journal, String key) {
        return asked(job, journal).stream().filter(row -> key.equals(row.key())).toList();
    }

    /** What the present run of a job's step asked last. */
    public static Optional<JournalRow> last(JobRow job, List<JournalRow> journal) {
        List<JournalRow> all = asked(job, journal);
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
    }

    private static List<JournalRow> asked(JobRow job, List<JournalRow> journal) {
        return journal.stream()
                .filter(row -> row.kind() == Kind.WAIT
                        && Awaited.TOOL.equals(row.name())
                        && !row.place().undoing()
                        && row.isOf(job.branch(), job.seq(), job.run()))
                .sorted(Comparator.comparingInt(JournalRow::n))
                .toList();
    }
}
