package dev.belay.internal.coordinator;

import dev.belay.Cause;
import dev.belay.Failure;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaState;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.ChildTable;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * Sagas that a step starts and waits for. Parent and child change each other never directly: the child is made in its parent's
 * transaction, ends in its own, which owes the parent a wake-up, and is turned back in its own, asked by the worker that undoes the
 * parent's step.
 */
final class Children {
    /** The failure type of a step whose child had passed its pivot, so that it cannot be undone. */
    private static final String PAST_PIVOT = "CHILD_PAST_PIVOT";
    /** The failure type of a step whose child cannot be undone because its family's root has ended. */
    private static final String ROOT_ENDED = "CHILD_ROOT_ENDED";

    private final Tables tables;
    private final States states;
    private final Undoing undoing;
    private final Waiting waiting;
    private final Outcomes outcomes;

    Children(Tables tables, States states, Undoing undoing, Waiting waiting, Outcomes outcomes) {
        this.outcomes = outcomes;
        this.tables = tables;
        this.states = states;
        this.undoing = undoing;
        this.waiting = waiting;
    }

    /** Starts the child of a locked saga's step, which rests until it has ended. A paused saga starts none: its step begins anew. */
    SagaRow start(Handle handle, SagaRow saga, JobRow job, Wish.StartChild start, Plan plan) {
        if (saga.paused()) {
            Move.Target later = Move.Target.same(job, JobRow.State.READY, job.attempt() - 1, Duration.ZERO);
            tables.jobs().place(handle, job, later, null, saga);
            return saga;
        }
        UUID id = id(saga, job, start.nth());
        String awaits = Awaited.child(id);
        tables.journal().add(handle, JournalRow.wait(job.place(), job.attempt(), awaits, 0, id.toString()));
        tables.children()
                .start(
                        handle,
                        saga,
                        job,
                        new ChildTable.Child(
                                id, start.plan(), plan.queue(), plan.first().name(), start.input(), start.deadline()));
        tables.jobs().rest(handle, job, awaits, null, saga);
        return saga;
    }

    /** The same for the same child of the same run of the same step, whoever works it out. */
    private static UUID id(SagaRow saga, JobRow job, int nth) {
        String text = saga.id() + "/" + job.branch() + "/" + job.seq() + "/" + job.run() + "/" + nth;
        try {
            ByteBuffer hash =
                    ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
            return ChildTable.id(saga.root(), hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JVM has SHA-256", e);
        }
    }

    /** The children that a run of a step has started, latest first. */
    List<UUID> of(Handle handle, JobRow job) {
        return tables.journal().outline(handle, job.sagaId(), job.branch(), job.branch()).stream()
                .filter(row -> row.kind() == Kind.WAIT
                        && !row.place().undoing()
                        && row.isOf(job.branch(), job.seq(), job.run())
                        && row.name() != null
                        && Awaited.isChild(row.name()))
                .sorted(Comparator.comparingInt(JournalRow::n).reversed())
                .map(row -> Awaited.child(String.valueOf(row.name())))
                .toList();
    }

    /**
     * Turns a child back, in a transaction of the child's own: an open one is cancelled, one that completed is opened again and
     * undone. What is past its pivot is left to go on, and what is undone or being undone is left as it is. Says whether it turned.
     */
    boolean takeBack(Handle handle, UUID id, Cause cause) {
        SagaRow child = tables.sagas().lock(handle, id).orElse(null);
        if (child == null || child.pivotPassed()) {
            return false;
        }
        return switch (child.state()) {
            case RUNNING, SUSPENDED -> cancel(handle, child, cause);
            case COMPLETED -> cause == Cause.PARENT_ABORTED && reopen(handle, child);
            case COMPENSATING, COMPENSATION_FAILED -> {
                undoing.allTheWay(handle, child, cause);
                yield false;
            }
            case COMPENSATED, RESOLVED -> false;
        };
    }

    private boolean cancel(Handle handle, SagaRow child, Cause cause) {
        List<JobRow> jobs = tables.jobs().lockAll(handle, child.id());
        boolean passing = child.state() == SagaState.RUNNING
                && jobs.stream().anyMatch(job -> undoing.mayBePassingPivot(handle, child, job));
        if (passing || outcomes.isPivotUnknown(handle, child)) {
            states.write(handle, cause == Cause.TIMED_OUT ? child.askedToTimeOut() : child.askedToCancel());
            return false;
        }
        undoing.turn(handle, child, null, cause, null);
        return true;
    }

    private boolean reopen(Handle handle, SagaRow child) {
        if (!isRootOpen(handle, child)) {
            return false;
        }
        Plan plan = states.plan(child);
        tables.children().reopenTrunk(handle, child, plan.queue(), plan.first().name());
        undoing.turn(handle, child, null, Cause.PARENT_ABORTED, null);
        return true;
    }

    private boolean isRootOpen(Handle handle, SagaRow child) {
        return tables.sagas()
                .find(handle, child.root())
                .map(root -> !root.state().isTerminal())
                .orElse(false);
    }

    /**
     * A locked saga's job undoes a step that started children, and they have been asked to turn back. It waits until they are
     * undone, and goes on.
     */
    Settlement undone(Handle handle, SagaRow saga, JobRow job) {
        List<SagaRow> children = of(handle, job).stream()
                .map(id -> tables.sagas().find(handle, id))
                .flatMap(Optional::stream)
                .toList();
        for (SagaRow child : children) {
            if (!child.state().isTerminal()) {
                return waiting.rest(handle, saga, job, new Wish.Rest(job, null, Awaited.child(child.id()), null));
            }
        }
        for (SagaRow child : children) {
            if (child.state() == SagaState.COMPLETED) {
                return stays(handle, saga, job, child);
            }
        }
        boolean residue = children.stream().anyMatch(child -> child.state() == SagaState.RESOLVED || child.residue());
        tables.journal().add(handle, Branching.undone(job, residue ? Result.ACCEPTED : Result.SUCCEEDED));
        SagaRow after = residue ? states.write(handle, saga.withResidue()) : saga;
        return undoing.next(handle, after, job, job.owner());
    }

    private Settlement stays(Handle handle, SagaRow saga, JobRow job, SagaRow child) {
        if (!child.pivotPassed() && isRootOpen(handle, child)) {
            // It completed after it had been looked at: it is asked once more.
            return waiting.rest(handle, saga, job, new Wish.Rest(job, null, Awaited.child(child.id()), null));
        }
        String definition = states.plan(child).definition();
        Failure failure = child.pivotPassed()
                ? new Failure(
                        job.step(),
                        PAST_PIVOT,
                        "Child saga " + child.id() + " of \"" + definition
                                + "\" has passed its pivot and completed, so it"
                                + " cannot be undone. Undo it by hand and mark it as undone, or accept what it left.",
                        "")
                : new Failure(
                        job.step(),
                        ROOT_ENDED,
                        "Child saga " + child.id() + " of \"" + definition
                                + "\" has completed, and the saga at the top of"
                                + " its family, " + child.root()
                                + ", has ended, so it cannot be undone. Undo it by hand"
                                + " and mark it as undone, or accept what it left.",
                        "");
        tables.journal().add(handle, Branching.undone(job, Result.GAVE_UP).failing(states.json(failure)));
        return undoing.next(handle, saga, job, job.owner());
    }
}
