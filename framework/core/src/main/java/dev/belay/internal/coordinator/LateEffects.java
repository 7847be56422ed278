package dev.belay.internal.coordinator;

import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaEvent;
import dev.belay.SagaState;
import dev.belay.internal.coordinator.UndoPlan.Item;
import dev.belay.internal.coordinator.UndoPlan.Progress;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;
import java.util.List;
import java.util.Objects;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what workers report that had lost their job, in a saga whose row the transaction has locked. If such a result shows an effect
 * whose undo was done already, or found nothing, that undo is to be done once more, and now knows the output; so is the group of the
 * branch it happened in, up to the trunk. A saga that had ended as undone is opened again.
 */
final class LateEffects {
    /** What the journal calls the row by which an undo is to be done once more. */
    private static final String LATE_EFFECT = "late effect";

    private final Tables tables;
    private final States states;
    private final Undoing undoing;

    LateEffects(Tables tables, States states, Undoing undoing) {
        this.tables = tables;
        this.states = states;
        this.undoing = undoing;
    }

    /** Keeps a late result; told twice, it counts once. */
    void record(Handle handle, SagaRow saga, JournalRow late) {
        boolean isNew = tables.journal().add(handle, late);
        boolean showsEffect = !late.place().undoing() && late.kind() == Kind.LATE && late.outcome() == Result.SUCCEEDED;
        // On the way to a save-point much was undone of a saga that goes forward again.
        boolean mayBeUndone = isUndone(saga.state()) || saga.replans() > 0;
        if (isNew && showsEffect && mayBeUndone) {
            // What a worker is about to record of an undo is recorded before these locks, or not under this epoch.
            List<JobRow> jobs = tables.jobs().lockAll(handle, saga.id());
            Branch branch = branch(handle, saga, jobs, late.place().branch());
            branch.plan().items().stream()
                    .filter(item -> isAbout(late, item))
                    .findFirst()
                    .ifPresent(item -> happened(handle, saga, jobs, branch, item));
        }
    }

    private static boolean isUndone(SagaState state) {
        return state == SagaState.COMPENSATING
                || state == SagaState.COMPENSATED
                || state == SagaState.COMPENSATION_FAILED;
    }

    private static boolean isAbout(JournalRow late, Item item) {
        UndoPlan.Activity activity = item.activity();
        boolean same = activity == null
                ? late.key() == null
                : late.key() != null && late.key().equals(activity.key());
        return same
                && item.seq() == late.place().seq()
                && item.run() == late.place().run();
    }

    /** A branch: its journal, what of it is undone, and its job if it has one. */
    private record Branch(
            int number,
            List<JournalRow> journal,
            UndoPlan plan,
            @Nullable JobRow job) {
        boolean undoesNow(Item item) {
            return job != null
                    && job.state() == JobRow.State.CLAIMED
                    && job.undoing()
                    && job.seq() == item.seq()
                    && job.run() == item.run()
                    && job.item() == item.number();
        }

        /** The number of the last row about the undo of an item. */
        int last(Item item) {
            return journal.stream()
                    .filter(row -> row.place().undoing() && row.kind() != Kind.END)
                    .filter(row -> row.isOf(number, item.seq(), item.run()) && row.item() == item.number())
                    .mapToInt(JournalRow::n)
                    .max()
                    .orElse(0);
        }

        int lastAttempt() {
            return journal.stream()
                    .filter(row -> row.place().undoing())
                    .mapToInt(JournalRow::n)
                    .max()
                    .orElse(0);
        }
    }

    private Branch branch(Handle handle, SagaRow saga, List<JobRow> jobs, int number) {
        List<JournalRow> journal = tables.journal().outline(handle, saga.id(), number, number);
        JobRow job = jobs.stream()
                .filter(candidate -> candidate.branch() == number)
                .findFirst()
                .orElse(null);
        return new Branch(number, journal, UndoPlan.of(states.plan(saga), journal), job);
    }

    private void happened(Handle handle, SagaRow saga, List<JobRow> jobs, Branch branch, Item item) {
        boolean settled = item.progress() == Progress.UNDONE || item.progress() == Progress.EMPTY;
        if (settled) {
            again(handle, saga, item, branch.last(item));
        } else if (branch.undoesNow(item)) {
            again(handle, saga, item, Objects.requireNonNull(branch.job()).attempt());
        }
        boolean matters = settled || item.progress() == Progress.PENDING;
        if (!matters) {
            // An operator accepted it, or is to look at the undo that failed: which will know the output.
            return;
        }
        if (settled) {
            states.telling()
                    .tell(
                            handle,
                            saga,
                            SagaEvent.Type.LATE_EFFECT,
                            item.branch() == 0 ? null : (Integer) item.branch(),
                            item.step(),
                            0,
                            null);
        }
        if (!isUndone(saga.state())) {
            // It is undone with the rest, if the saga is turned back once more.
            return;
        }
        Branch open = settled || saga.state() == SagaState.COMPENSATED ? upToOpen(handle, saga, jobs, branch) : branch;
        if (saga.state() == SagaState.COMPENSATED) {
            openAgain(handle, saga, open, item);
        } else {
            SagaRow disturbed = states.disturb(handle, saga);
            if (saga.state() == SagaState.COMPENSATING
                    && open.job() != null
                    && open.job().state() == JobRow.State.PARKED) {
                undoing.next(handle, disturbed, open.job(), null);
            }
        }
    }

    /** Writes that what is recorded of an undo up to attempt {@code n} is not the end of it. */
    private void again(Handle handle, SagaRow saga, Item item, int n) {
        JournalRow.Place place =
                new JournalRow.Place(saga.id(), item.branch(), item.seq(), item.run(), true, item.step());
        tables.journal()
                .add(
                        handle,
                        JournalRow.decision(place, n, Result.UNKNOWN, LATE_EFFECT, null, null)
                                .at(item.number())
                                .as(Kind.LATE));
    }

    /** The nearest branch around that has a job, or the trunk. The groups on the way are to be undone once more. */
    private Branch upToOpen(Handle handle, SagaRow saga, List<JobRow> jobs, Branch from) {
        Branch at = from;
        while (at.number() != 0 && at.job() == null) {
            int child = at.number();
            int parent = at.journal().stream()
                    .filter(row -> row.kind() == Kind.BRANCH)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException(
                            "The journal of saga " + saga.id() + " does not say how branch " + child + " began."))
                    .n();
            Branch around = branch(handle, saga, jobs, parent);
            around.plan().items().stream()
                    .filter(item -> has(item.branches(), child))
                    .filter(item -> item.progress() == Progress.UNDONE || item.progress() == Progress.EMPTY)
                    .findFirst()
                    .ifPresent(group -> again(handle, saga, group, around.last(group)));
            at = around;
        }
        return at;
    }

    private static boolean has(UndoPlan.@Nullable Branches branches, int number) {
        return branches != null && branches.first() <= number && number <= branches.last();
    }

    private void openAgain(Handle handle, SagaRow saga, Branch trunk, Item item) {
        SagaRow turned = states.become(handle, saga, SagaState.COMPENSATING, saga.cause(), null);
        JobRow job = tables.branches()
                .beginTrunkAnew(handle, turned, states.plan(saga).queue(), item.step(), trunk.lastAttempt());
        undoing.next(handle, turned, job, null);
    }
}
