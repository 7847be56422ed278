package dev.belay.internal.coordinator;

import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.Retreats;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Effects that steps hold back until their saga, whose row the transaction has locked, has passed its pivot. Each then runs as a step of
 * its own, put between the step that ended and the one that follows; the branch that ended that step runs them one after another.
 */
final class HeldBack {
    private final Tables tables;
    private final States states;

    HeldBack(Tables tables, States states) {
        this.tables = tables;
        this.states = states;
    }

    /** Sets a job whose step has ended on the next effect whose time has come; empty if there is none, or another branch runs it. */
    Optional<JobRow> next(Handle handle, SagaRow saga, JobRow job) {
        Plan plan = states.plan(saga);
        if (!saga.pivotPassed() || !plan.has(Plan.Form.DEFERRED)) {
            return Optional.empty();
        }
        List<JournalRow> held = tables.journal().heldBack(handle, saga.id());
        if (held.isEmpty() || runsElsewhere(handle, saga, job, plan)) {
            return Optional.empty();
        }
        Retreats retreats = Retreats.of(tables.journal().outline(handle, saga.id(), 0, 0));
        return held.stream()
                .filter(row -> !retreats.isUndone(row))
                .min(Comparator.comparingInt(row -> trunkSeq(retreats, row)))
                .map(row -> begin(handle, saga, job, row));
    }

    private boolean runsElsewhere(Handle handle, SagaRow saga, JobRow job, Plan plan) {
        return tables.jobs().lockAll(handle, saga.id()).stream()
                .anyMatch(other -> other.branch() != job.branch() && plan.form(other.step()) == Plan.Form.DEFERRED);
    }

    /** Where on the trunk it was held back: of branches side by side, one comes after the other. */
    private static int trunkSeq(Retreats retreats, JournalRow row) {
        JournalRow.Place place = row.place();
        return place.branch() == 0 ? place.seq() : retreats.trunkSeq(place.branch());
    }

    /** That its time has come is recorded where it runs, with its data, so that it is found no more. */
    private JobRow begin(Handle handle, SagaRow saga, JobRow job, JournalRow held) {
        JournalRow.Place from = held.place();
        String name = String.valueOf(held.name());
        Move.Target target = Move.Target.next(job, name);
        JournalRow.Place place = new JournalRow.Place(saga.id(), job.branch(), target.seq(), 0, false, name);
        String key = from.branch() + "/" + from.seq() + "/" + from.run() + "/" + held.n();
        tables.journal().add(handle, JournalRow.held(place, 0, job.owner(), job.fence(), name, key, held.input()));
        return tables.jobs().place(handle, job, target, job.owner(), saga);
    }
}
