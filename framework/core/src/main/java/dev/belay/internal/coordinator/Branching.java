package dev.belay.internal.coordinator;

import dev.belay.JournalEntry.Result;
import dev.belay.SagaState;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.BranchTable;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Branches of a saga whose row the transaction has locked: how they begin, end and join, going forward and being undone. The step
 * that began branches rests in its own branch until no job of theirs is left.
 */
final class Branching {
    private final Tables tables;
    private final States states;

    Branching(Tables tables, States states) {
        this.tables = tables;
        this.states = states;
    }

    /** Begins branches. That they began is recorded with their numbers, so that they are undone even if nothing else is known. */
    SagaRow begin(Handle handle, SagaRow saga, JobRow job, Wish.Fork fork) {
        int first = saga.branches() + 1;
        int last = saga.branches() + fork.steps().size();
        SagaRow grown = states.write(handle, saga.withBranches(fork.steps().size()));
        tables.journal()
                .add(handle, JournalRow.wait(job.place(), job.attempt(), Awaited.JOIN, first, String.valueOf(last)));
        tables.jobs().rest(handle, job, Awaited.JOIN, null, grown);
        tables.branches()
                .begin(
                        handle,
                        grown,
                        new BranchTable.Beginning(job, first, fork.steps(), fork.inputs(), fork.atOnce()));
        return grown;
    }

    /** Ends a branch: its job goes, the next item has its turn, and the group joins if this was the last. */
    SagaRow leave(Handle handle, SagaRow saga, JobRow job) {
        tables.jobs().delete(handle, job);
        int parent = parentOf(job);
        giveTurns(handle, saga, parent);
        return join(handle, saga, parent).orElse(saga);
    }

    /** A parked item holds no turn. */
    void giveTurnsBeside(Handle handle, SagaRow saga, JobRow job) {
        Integer parent = job.parent();
        if (parent != null) {
            giveTurns(handle, saga, parent);
        }
    }

    /** An item that an operator lets run again waits for its turn like the others. */
    void takeTurn(Handle handle, SagaRow saga, JobRow job) {
        if (job.parent() != null) {
            tables.jobs().rest(handle, job, Awaited.TURN, null, saga);
            giveTurnsBeside(handle, saga, job);
        }
    }

    /** The same for a branch that may have ended, wait or be parked meanwhile. */
    void takeTurnIfReady(Handle handle, SagaRow saga, int branch) {
        tables.jobs()
                .lock(handle, saga.id(), branch)
                .filter(job -> job.state() == JobRow.State.READY)
                .ifPresent(job -> takeTurn(handle, saga, job));
    }

    /** Gives the turns of a group that nobody of it holds any more; the group's saga is locked. */
    void giveLostTurns(Handle handle, SagaRow saga, int parent) {
        giveTurns(handle, saga, parent);
    }

    private void giveTurns(Handle handle, SagaRow saga, int parent) {
        tables.jobs()
                .find(handle, saga.id(), parent)
                .ifPresent(group -> tables.branches().giveTurns(handle, saga.id(), parent, atOnce(saga, group.step())));
    }

    private int atOnce(SagaRow saga, String step) {
        Plan plan = states.plan(saga);
        return plan.form(step) == Plan.Form.FAN_OUT
                ? plan.step(step).map(Plan.PlannedStep::atOnce).orElse(1)
                : Integer.MAX_VALUE;
    }

    private static int parentOf(JobRow job) {
        Integer parent = job.parent();
        if (parent == null) {
            throw new IllegalStateException("The trunk of a saga joins nothing: " + job);
        }
        return parent;
    }

    /**
     * Wakes the step that waits for a group, if the group is through. If what is left of it is parked, the saga may have come to rest.
     * Empty if there is nothing to do.
     */
    Optional<SagaRow> join(Handle handle, SagaRow saga, int parent) {
        JobRow group = tables.jobs()
                .lock(handle, saga.id(), parent)
                .filter(job -> Awaited.JOIN.equals(job.awaits()))
                .orElse(null);
        if (group == null) {
            return Optional.empty();
        }
        if (tables.branches().hasOpen(handle, saga.id(), parent)) {
            return Optional.of(states.restIfStuck(handle, saga));
        }
        boolean forward = saga.state() == SagaState.RUNNING && !group.undoing();
        boolean backward = saga.state() == SagaState.COMPENSATING && group.undoing();
        if (forward || backward) {
            tables.branches().wake(handle, saga.id(), parent);
        }
        return Optional.empty();
    }

    /**
     * Begins to undo the branches of a group; the job, which stands at the group's step by then, rests until they are done. False if
     * none of them has anything to undo.
     */
    boolean beginUndoing(Handle handle, SagaRow saga, JobRow job, UndoPlan.Branches range) {
        Map<Integer, List<JournalRow>> rows = new LinkedHashMap<>();
        for (JournalRow row : tables.journal().outline(handle, saga.id(), range.first(), range.last())) {
            rows.computeIfAbsent(row.place().branch(), branch -> new ArrayList<>())
                    .add(row);
        }
        Plan plan = states.plan(saga);
        List<BranchTable.Undoing> undoings = new ArrayList<>();
        rows.forEach((branch, journal) ->
                UndoPlan.of(plan, journal).next().ifPresent(item -> undoings.add(undoing(branch, item, journal))));
        if (undoings.isEmpty()) {
            return false;
        }
        tables.jobs().rest(handle, job, Awaited.JOIN, null, saga);
        tables.branches().beginUndoing(handle, saga, job.branch(), undoings, atOnce(saga, job.step()));
        return true;
    }

    private static BranchTable.Undoing undoing(int branch, UndoPlan.Item item, List<JournalRow> journal) {
        int attempts = journal.stream()
                .filter(row -> row.place().undoing())
                .mapToInt(JournalRow::n)
                .max()
                .orElse(0);
        return new BranchTable.Undoing(branch, item.seq(), item.run(), item.number(), item.step(), attempts);
    }

    /** Places a job at what is undone next. */
    JobRow placeAt(Handle handle, SagaRow saga, JobRow job, UndoPlan.Item item, @Nullable Long owner) {
        JobRow.State state = owner == null ? JobRow.State.READY : JobRow.State.CLAIMED;
        boolean claimCounts = owner == null && item.branches() == null;
        Move.Target target = new Move.Target(
                state,
                true,
                item.seq(),
                item.run(),
                item.number(),
                item.step(),
                claimCounts ? job.attempt() : job.attempt() + 1,
                0,
                Duration.ZERO);
        return tables.jobs().place(handle, job, target, owner, saga);
    }

    static JournalRow undone(JobRow at, Result outcome) {
        return JournalRow.attempt(
                at.place(), at.attempt(), at.item(), outcome, at.owner() == null ? 0 : at.owner(), at.fence(), 0);
    }
}
