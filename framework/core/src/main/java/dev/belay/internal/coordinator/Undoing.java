package dev.belay.internal.coordinator;

import dev.belay.Cause;
import dev.belay.Failure;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaState;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Turns a saga whose row the transaction has locked, and takes its branches back, step by step. What has not begun is dropped; what
 * a worker runs is waited for, in whichever branch; then the trunk is undone from its end, and at each group the branches of it.
 */
final class Undoing {
    private final Tables tables;
    private final States states;
    private final Branching branching;
    private final SavePoints savePoints;

    Undoing(Tables tables, States states, Branching branching, SavePoints savePoints) {
        this.savePoints = savePoints;
        this.tables = tables;
        this.states = states;
        this.branching = branching;
    }

    /** Turns a saga back for a step that failed: to the nearest save-point, if there is one left, else all the way. */
    Settlement turnForFailure(Handle handle, SagaRow saga, JobRow settled, Failure failure) {
        SagaRow aimed = saga.goingBackTo(savePoints.nearest(handle, saga).orElse(null));
        return turn(handle, aimed, settled, Cause.STEP_FAILED, failure);
    }

    /**
     * A saga that goes back to a save-point is to be undone as a whole instead. Its jobs go on undoing; where they would have stopped,
     * they do not. One that is undone as a whole anyway is left as it is.
     */
    SagaRow allTheWay(Handle handle, SagaRow saga, Cause cause) {
        if (saga.undoTo() == null) {
            return saga;
        }
        SagaRow turned = saga.turned(saga.state(), cause, saga.failure()).goingBackTo(null);
        states.write(handle, turned);
        tables.jobs().raiseEpoch(handle, saga.id(), turned.epoch());
        return turned;
    }

    /** Turns a saga back. {@code settled} is a job whose attempt is recorded, if it is a worker that turns it. */
    Settlement turn(Handle handle, SagaRow saga, @Nullable JobRow settled, Cause cause, @Nullable Failure failure) {
        SagaRow turned = states.become(handle, saga, SagaState.COMPENSATING, cause, failure);
        tables.branches().deleteUnclaimed(handle, saga.id());
        if (settled != null) {
            return settled(handle, turned, settled);
        }
        JobRow trunk = trunk(handle, turned);
        return trunk.state() == JobRow.State.CLAIMED
                ? new Settlement.Done(turned)
                : afterDrain(handle, turned, trunk, null);
    }

    /** Whether a job stands at its saga's pivot, which may have taken effect already. */
    boolean mayBePassingPivot(Handle handle, SagaRow saga, JobRow job) {
        return !job.undoing()
                && states.isPivot(saga, job.step())
                && (job.state() == JobRow.State.CLAIMED || mayHaveBegun(handle, job));
    }

    /** Whether an attempt of a job's step may have been begun; one that was claimed and only waited for its turn has not. */
    boolean mayHaveBegun(Handle handle, JobRow job) {
        return job.attempt() > 0 && tables.journal().hasAttempt(handle, job.place());
    }

    /** Whether another branch of the saga stands at the pivot, which may have taken effect already. */
    boolean pivotMayPassBeside(Handle handle, SagaRow saga, JobRow job) {
        return !saga.pivotPassed()
                && states.plan(saga).hasPivotInBranch()
                && tables.jobs().of(handle, saga.id()).stream()
                        .anyMatch(other -> other.branch() != job.branch() && mayBePassingPivot(handle, saga, other));
    }

    private JobRow trunk(Handle handle, SagaRow saga) {
        return tables.jobs()
                .lock(handle, saga.id(), 0)
                .orElseThrow(() -> new IllegalStateException("Saga " + saga.id() + " is open and has no trunk."));
    }

    /** A job of a turned saga has stopped going forward: what it did is recorded, and nobody runs it any more. */
    Settlement settled(Handle handle, SagaRow saga, JobRow job) {
        if (job.branch() == 0) {
            return afterDrain(handle, saga, job, job.owner());
        }
        tables.jobs().delete(handle, job);
        JobRow trunk = trunk(handle, saga);
        return trunk.state() == JobRow.State.CLAIMED || trunk.undoing()
                ? new Settlement.Done(saga)
                : afterDrain(handle, saga, trunk, null);
    }

    /** Begins at the trunk's end, once no branch goes forward any more. */
    private Settlement afterDrain(Handle handle, SagaRow saga, JobRow trunk, @Nullable Long owner) {
        if (tables.branches().hasForward(handle, saga.id(), 0)) {
            tables.jobs().rest(handle, trunk, Awaited.JOIN, null, saga);
            return new Settlement.Done(saga);
        }
        return next(handle, saga, countingOn(handle, saga, trunk, owner), owner);
    }

    /** Attempts of undoing are counted through all the times a saga turns back, so that what was decided before stays before. */
    private JobRow countingOn(Handle handle, SagaRow saga, JobRow trunk, @Nullable Long owner) {
        if (saga.replans() == 0) {
            return trunk;
        }
        int used = tables.journal().outline(handle, saga.id(), 0, 0).stream()
                .filter(row -> row.place().undoing())
                .mapToInt(JournalRow::n)
                .max()
                .orElse(0);
        JobRow.State state = owner == null ? JobRow.State.READY : JobRow.State.CLAIMED;
        Move.Target same = Move.Target.same(trunk, state, Math.max(used, trunk.attempt()), Duration.ZERO);
        return tables.jobs().place(handle, trunk, same, owner, saga);
    }

    /**
     * Sets a job on what is undone next in its branch. {@code owner} keeps it; without one it is left to whoever claims it. A job with
     * nothing left to undo ends its branch, or its saga.
     */
    Settlement next(Handle handle, SagaRow saga, JobRow job, @Nullable Long owner) {
        JobRow at = job;
        while (true) {
            UndoPlan undo = plan(handle, saga, at.branch());
            UndoPlan.Item item = undo.next().orElse(null);
            if (item == null) {
                return undo.hasFailed() ? failed(handle, saga, at) : finished(handle, saga, at);
            }
            at = branching.placeAt(handle, saga, at, item, owner);
            UndoPlan.Branches range = item.branches();
            if (range == null) {
                return at.state() == JobRow.State.CLAIMED ? new Settlement.GoOn(at, saga) : new Settlement.Done(saga);
            }
            if (branching.beginUndoing(handle, saga, at, range)) {
                return new Settlement.Done(saga);
            }
            tables.journal().add(handle, Branching.undone(at, Result.NOTHING_TO_UNDO));
        }
    }

    private UndoPlan plan(Handle handle, SagaRow saga, int branch) {
        return UndoPlan.of(states.plan(saga), tables.journal().outline(handle, saga.id(), branch, branch))
                .backTo(branch == 0 ? saga.undoTo() : null);
    }

    private Settlement failed(Handle handle, SagaRow saga, JobRow job) {
        states.park(handle, saga, job);
        branching.giveTurnsBeside(handle, saga, job);
        return new Settlement.Done(states.restIfStuck(handle, saga));
    }

    private Settlement finished(Handle handle, SagaRow saga, JobRow job) {
        if (job.branch() != 0) {
            return new Settlement.Done(branching.leave(handle, saga, job));
        }
        Integer savePoint = saga.undoTo();
        if (savePoint == null) {
            return new Settlement.Done(states.end(handle, saga, job.place(), SagaState.COMPENSATED, null));
        }
        return tables.sagas().isOverdue(handle, saga.id())
                ? next(handle, allTheWay(handle, saga.due(null), Cause.TIMED_OUT), job, null)
                : savePoints.goForward(handle, saga, job, savePoint);
    }

    /**
     * A job was claimed at a group's step. If branches of it are being undone, it waits for them; if some have still to be, these begin;
     * else that is recorded, and it goes on.
     */
    Settlement atGroup(Handle handle, SagaRow saga, JobRow job, UndoPlan.Branches range) {
        if (tables.branches().hasOpen(handle, saga.id(), job.branch())) {
            tables.jobs().rest(handle, job, Awaited.JOIN, null, saga);
            return new Settlement.Done(states.restIfStuck(handle, saga));
        }
        if (branching.beginUndoing(handle, saga, job, range)) {
            return new Settlement.Done(saga);
        }
        tables.journal().add(handle, Branching.undone(job, Result.SUCCEEDED));
        return next(handle, saga, job, job.owner());
    }

    /** Whether an undo of some of what a parked branch did has failed for good. */
    boolean hasFailed(Handle handle, SagaRow saga, JobRow job, Predicate<UndoPlan.Item> which) {
        return plan(handle, saga, job.branch()).items().stream()
                .anyMatch(item -> item.progress() == UndoPlan.Progress.FAILED && which.test(item));
    }

    /** Writes that what failed in a parked branch counts as undone: by hand, or left as it is. */
    int settleFailed(
            Handle handle, SagaRow saga, JobRow job, Predicate<UndoPlan.Item> which, boolean residue, String action) {
        int n = job.attempt();
        for (UndoPlan.Item item : plan(handle, saga, job.branch()).items()) {
            if (item.progress() == UndoPlan.Progress.FAILED && which.test(item)) {
                JournalRow.Place place =
                        new JournalRow.Place(saga.id(), item.branch(), item.seq(), item.run(), true, item.step());
                Result outcome = residue ? Result.ACCEPTED : Result.SUCCEEDED;
                tables.journal()
                        .add(
                                handle,
                                JournalRow.decision(place, ++n, outcome, action, null, null)
                                        .at(item.number()));
            }
        }
        return n;
    }

    /** The branches that a job is to undo where it stands; empty if it does not stand at a group that is still to be undone. */
    Optional<UndoPlan.Branches> groupAt(Handle handle, SagaRow saga, JobRow job) {
        return plan(handle, saga, job.branch())
                .item(job.branch(), job.seq(), job.run(), job.item())
                .filter(item -> item.progress() == UndoPlan.Progress.PENDING)
                .map(UndoPlan.Item::branches);
    }
}
