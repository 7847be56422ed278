package dev.belay.internal.coordinator;

import dev.belay.JournalEntry.Kind;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.queue.JobRow;
import java.util.Comparator;
import java.util.List;

/**
 * What an approval step asks a person, as its branch's journal tells. An operator who lets a failed approval run again asks anew: what
 * was decided before does not count then.
 *
 * @param key tells the question from all others of its saga
 * @param asked how often it was asked, the first time and at each escalation
 */
public record Question(String key, List<JournalRow> asked) {

    /** The question of the step that a job stands at, from the journal of its branch. */
    public static Question of(JobRow job, List<JournalRow> journal) {
        List<JournalRow> rows = journal.stream()
                .filter(row -> !row.place().undoing() && row.isOf(job.branch(), job.seq(), job.run()))
                .toList();
        List<JournalRow> decisions =
                rows.stream().filter(row -> row.kind() == Kind.DECISION).toList();
        int since = decisions.stream().mapToInt(JournalRow::n).max().orElse(0);
        List<JournalRow> asked = rows.stream()
                .filter(row -> row.kind() == Kind.WAIT && row.n() > since)
                .sorted(Comparator.comparingInt(JournalRow::n))
                .toList();
        return new Question(job.branch() + "." + job.seq() + "." + job.run() + "." + decisions.size(), asked);
    }
}
