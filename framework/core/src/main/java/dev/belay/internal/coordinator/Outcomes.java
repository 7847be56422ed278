package dev.belay.internal.coordinator;

import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.StepKind;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;
import java.util.Comparator;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** What the journal says of how a step ended, where nobody may know. */
public final class Outcomes {
    private final Tables tables;
    private final States states;

    Outcomes(Tables tables, States states) {
        this.tables = tables;
        this.states = states;
    }

    /** Whether an attempt that may run at most once was begun in the job's run, and nothing says how it ended. */
    public static boolean isOpen(List<JournalRow> journal, JobRow job) {
        List<JournalRow> rows = ofRun(journal, job);
        int started = rows.stream()
                .filter(row -> row.kind() == Kind.STARTED)
                .mapToInt(JournalRow::n)
                .max()
                .orElse(-1);
        return started >= 0 && rows.stream().noneMatch(row -> settles(row, started));
    }

    private static boolean settles(JournalRow row, int started) {
        if (row.kind() == Kind.DECISION) {
            return row.n() > started;
        }
        if (row.kind() != Kind.ATTEMPT || row.outcome() == Result.LOST || row.outcome() == Result.UNKNOWN) {
            return false;
        }
        // A later attempt that did not begin the code has only looked for its effect.
        return row.n() == started || (row.n() > started && (row.outcome() == Result.REJECTED || row.isDone()));
    }

    /** Whether nobody knows how the run ended that a resting job stands at. */
    static boolean isUnknown(List<JournalRow> journal, JobRow job) {
        if (job.undoing()) {
            return false;
        }
        boolean endedUnknown = ofRun(journal, job).stream()
                .filter(row -> row.kind() == Kind.DECISION || row.kind() == Kind.ATTEMPT)
                .filter(row -> row.outcome() != Result.LOST)
                .max(Comparator.comparingInt(JournalRow::n))
                .filter(row -> row.outcome() == Result.UNKNOWN)
                .isPresent();
        return endedUnknown || isOpen(journal, job);
    }

    private static List<JournalRow> ofRun(List<JournalRow> journal, JobRow job) {
        return journal.stream()
                .filter(row -> !row.place().undoing() && row.isOf(job.branch(), job.seq(), job.run()))
                .toList();
    }

    /** The same, asking the journal. */
    boolean isUnknown(Handle handle, JobRow job) {
        return job.state() == JobRow.State.PARKED
                && !job.undoing()
                && isUnknown(tables.journal().outline(handle, job.sagaId(), job.branch(), job.branch()), job);
    }

    /** Records that calls which were begun, and of which nothing says how they ended, had no effect: they are made again. */
    void closeActivities(Handle handle, JobRow job) {
        List<JournalRow> events =
                ofRun(tables.journal().outline(handle, job.sagaId(), job.branch(), job.branch()), job).stream()
                        .filter(row -> row.kind() == Kind.ACTIVITY)
                        .toList();
        int n = events.stream().mapToInt(JournalRow::n).max().orElse(0);
        for (JournalRow begun : events) {
            String key = begun.key();
            boolean open = begun.outcome() == Result.BEGUN
                    && key != null
                    && events.stream().noneMatch(row -> row.n() > begun.n() && key.equals(row.key()));
            if (open && key != null && begun.name() != null) {
                tables.journal()
                        .add(
                                handle,
                                JournalRow.activity(
                                        job.place(),
                                        ++n,
                                        Result.REJECTED,
                                        0,
                                        0,
                                        0,
                                        begun.name(),
                                        key,
                                        null,
                                        null,
                                        null,
                                        null,
                                        null));
            }
        }
    }

    /** Whether a saga can go neither way, because nobody knows whether it has passed its pivot. */
    boolean isPivotUnknown(Handle handle, SagaRow saga) {
        return !saga.pivotPassed()
                && states.plan(saga).steps().stream().anyMatch(step -> step.kind() == StepKind.PIVOT)
                && tables.jobs().of(handle, saga.id()).stream()
                        .anyMatch(job -> states.isPivot(saga, job.step()) && isUnknown(handle, job));
    }
}
