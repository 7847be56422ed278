package dev.belay.internal.coordinator;

import dev.belay.Cause;
import dev.belay.Failure;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaException;
import dev.belay.internal.journal.FailureKinds;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.Companion;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settles what the group commit cannot: attempts that change a saga's direction, that begin or wait for something, and attempts
 * whose job was changed meanwhile. Each is one transaction over one saga, which locks the saga's row first and its jobs after.
 * Thread-safe.
 */
public final class Coordinator {
    private static final Logger log = LoggerFactory.getLogger(Coordinator.class);

    private final Jdbi jdbi;
    private final Tables tables;
    private final States states;
    private final Branching branching;
    private final Undoing undoing;
    private final Waiting waiting;
    private final Children children;
    private final Definitions definitions;
    private final Locking locking;
    private final HeldBack heldBack;
    private final Outcomes outcomes;
    private final LateEffects late;

    /** A coordinator over the given tables. */
    public Coordinator(Jdbi jdbi, Tables tables, Payloads payloads, Definitions definitions) {
        this.jdbi = jdbi;
        this.tables = tables;
        this.states = new States(tables, payloads, definitions);
        this.branching = new Branching(tables, states);
        this.undoing = new Undoing(tables, states, branching, new SavePoints(tables, states, payloads));
        this.waiting = new Waiting(tables, states.telling());
        this.outcomes = new Outcomes(tables, states);
        this.children = new Children(tables, states, undoing, waiting, outcomes);
        this.definitions = definitions;
        this.locking = new Locking(jdbi, tables);
        this.heldBack = new HeldBack(tables, states);
        this.late = new LateEffects(tables, states, undoing);
    }

    Outcomes outcomes() {
        return outcomes;
    }

    States states() {
        return states;
    }

    /** The semantic locks of sagas. */
    public Locking locking() {
        return locking;
    }

    Branching branching() {
        return branching;
    }

    Undoing undoing() {
        return undoing;
    }

    /** Settles an attempt in a transaction of its own. */
    public Settlement settle(Wish wish, Companion companion) {
        JournalRow row = wish.row();
        Settlement settlement = settle(wish.from(), row, companion, handle -> settle(handle, wish));
        if (row != null && isCounted(wish, row) && !(settlement instanceof Settlement.Lost)) {
            keepSample(row);
        }
        return settlement;
    }

    /** In a transaction of its own, of which the companion is told. */
    private Settlement settle(
            JobRow from,
            @Nullable JournalRow row,
            Companion companion,
            HandleCallback<Settlement, RuntimeException> work) {
        return jdbi.inTransaction(handle -> {
            Settlement settlement = work.withHandle(handle);
            if (companion != Companion.NONE && !(settlement instanceof Settlement.Lost)) {
                Result outcome = row == null || row.kind() != Kind.ATTEMPT ? null : row.outcome();
                JobRow next = settlement instanceof Settlement.GoOn goOn ? goOn.job() : null;
                try {
                    handle.afterCommit(companion.settled(handle.getConnection(), from, outcome, next));
                } catch (SQLException e) {
                    throw new SagaException("What the coordinator decided could not be told: " + e.getMessage(), e);
                }
            }
            return settlement;
        });
    }

    /** After the commit, for it may have to wait for others that write the same. */
    private void keepSample(JournalRow row) {
        FailureKinds.Sample sample = tables.stats().kinds().ifNew(row);
        if (sample == null) {
            return;
        }
        List<FailureKinds.Sample> one = List.of(sample);
        try {
            jdbi.useTransaction(handle -> tables.stats().addSamples(handle.getConnection(), one));
        } catch (SQLException | RuntimeException e) {
            tables.stats().kinds().forget(one);
            log.debug("A sample of a failure could not be written; the next failure of its kind is", e);
        }
    }

    /** What goes on is counted by its worker's lane, however it was settled. */
    private static boolean isCounted(Wish wish, JournalRow row) {
        return row.kind() == Kind.ATTEMPT && !(wish instanceof Wish.Go);
    }

    private Settlement settle(Handle handle, Wish wish) {
        JobRow from = wish.from();
        SagaRow saga = tables.sagas().lock(handle, from.sagaId()).orElse(null);
        if (saga == null) {
            return new Settlement.Lost();
        }
        JobRow job = tables.jobs().lock(handle, saga.id(), from.branch()).orElse(null);
        if (job == null || !isSameClaim(job, from)) {
            return settleLost(handle, wish, saga, job);
        }
        return switch (saga.state()) {
            case RUNNING -> from.undoing() ? recordAndPark(handle, wish, saga, job) : forward(handle, wish, saga, job);
            case COMPENSATING -> {
                record(handle, wish);
                yield from.undoing() ? undo(handle, wish, saga, job) : undoing.settled(handle, saga, job);
            }
            default -> recordAndPark(handle, wish, saga, job);
        };
    }

    private void record(Handle handle, Wish wish) {
        JournalRow row = wish.row();
        if (wish instanceof Wish.Rest rest && rest.attempt() != null) {
            tables.journal().add(handle, rest.attempt());
        }
        if (row == null) {
            return;
        }
        tables.journal().add(handle, row);
        if (isCounted(wish, row)) {
            tables.stats().add(handle, wish.from().planId(), row);
        }
    }

    private Settlement recordAndPark(Handle handle, Wish wish, SagaRow saga, JobRow job) {
        record(handle, wish);
        states.park(handle, saga, job);
        return new Settlement.Done(saga);
    }

    /** A saga as the group commit has turned it back, because of {@code failure}. */
    public static SagaRow turnedBack(SagaRow saga, @Nullable String failure) {
        return States.turnedBack(saga, failure);
    }

    static boolean isSameClaim(JobRow job, JobRow from) {
        return job.state() == JobRow.State.CLAIMED
                && job.seq() == from.seq()
                && job.attempt() == from.attempt()
                && job.undoing() == from.undoing()
                && job.fence() == from.fence()
                && Objects.equals(job.owner(), from.owner());
    }

    /** Either the attempt was committed and only the reply was lost, or the claim was, and the result is a late one. */
    private Settlement settleLost(Handle handle, Wish wish, SagaRow saga, @Nullable JobRow job) {
        boolean ours = job != null
                && job.state() == JobRow.State.CLAIMED
                && job.fence() == wish.from().fence()
                && Objects.equals(job.owner(), wish.from().owner());
        JournalRow attempt = wish.row();
        if (attempt == null) {
            // Under the fence of its claim only what this claim wished can have moved it.
            return ours && job != null ? new Settlement.GoOn(job, saga) : new Settlement.Lost();
        }
        if (attempt.kind() != Kind.ATTEMPT) {
            return new Settlement.Lost();
        }
        boolean committed = tables.journal()
                .sameAttempt(handle, attempt)
                .filter(row -> Objects.equals(row.worker(), attempt.worker())
                        && Objects.equals(row.fence(), attempt.fence())
                        && (row.outcome() == attempt.outcome() || wish instanceof Wish.Retry))
                .isPresent();
        if (!committed) {
            late.record(handle, saga, attempt.as(Kind.LATE));
            return new Settlement.Lost();
        }
        return ours && job != null ? new Settlement.GoOn(job, saga) : new Settlement.Done(saga);
    }

    private Settlement forward(Handle handle, Wish wish, SagaRow saga, JobRow job) {
        if (wish instanceof Wish.Receive receive) {
            return receive(handle, receive, saga, job);
        }
        if (wish instanceof Wish.Retry retry) {
            return retry(handle, retry, saga, job);
        }
        record(handle, wish);
        if (wish instanceof Wish.Go go) {
            return goForward(handle, go.move(), saga, job);
        } else if (wish instanceof Wish.Fork fork) {
            return new Settlement.Done(branching.begin(handle, saga, job, fork));
        } else if (wish instanceof Wish.StartChild start) {
            Plan plan = definitions.plan(start.plan()).plan();
            return new Settlement.Done(children.start(handle, saga, job, start, plan));
        } else if (wish instanceof Wish.Rest rest) {
            Cause asked = saga.asked();
            boolean neverBegan = asked != null && isPivot(saga, job) && !undoing.mayHaveBegun(handle, job);
            return asked != null && neverBegan
                    ? undoing.turn(handle, saga, job, asked, null)
                    : waiting.rest(handle, saga, job, rest);
        }
        JournalRow row = wish.row();
        boolean unknownPivot = (row != null && row.outcome() == Result.UNKNOWN && isPivot(saga, job))
                || outcomes.isPivotUnknown(handle, saga);
        if (undoing.pivotMayPassBeside(handle, saga, job)) {
            // What becomes of the saga is known when the pivot is: this branch waits for that.
            boolean turns = wish instanceof Wish.Compensate;
            return suspend(handle, turns ? saga.askedToCancel() : saga, job, failure(wish));
        }
        Cause asked = unknownPivot ? null : saga.asked();
        if (wish instanceof Wish.Suspend suspend) {
            return asked == null || saga.pivotPassed()
                    ? suspend(handle, saga, job, suspend.failure())
                    : undoing.turn(handle, saga, job, asked, suspend.failure());
        }
        if (wish instanceof Wish.Compensate compensate) {
            if (saga.pivotPassed() || unknownPivot) {
                return suspend(handle, saga, job, compensate.failure());
            }
            return asked == null && compensate.cause() == Cause.STEP_FAILED
                    ? undoing.turnForFailure(handle, saga, job, compensate.failure())
                    : undoing.turn(handle, saga, job, asked == null ? compensate.cause() : asked, compensate.failure());
        }
        throw new IllegalStateException("No undo is run while a saga goes forward: " + wish);
    }

    private static Failure failure(Wish wish) {
        if (wish instanceof Wish.Suspend suspend) {
            return suspend.failure();
        } else if (wish instanceof Wish.Compensate compensate) {
            return compensate.failure();
        }
        throw new IllegalStateException("No undo is run while a saga goes forward: " + wish);
    }

    private Settlement receive(Handle handle, Wish.Receive receive, SagaRow saga, JobRow job) {
        if (!tables.waits().take(handle, saga.id(), receive.message())) {
            return waiting.rest(handle, saga, job, new Wish.Rest(receive.from(), null, receive.awaits(), null));
        }
        record(handle, receive);
        return goForward(handle, receive.move(), saga, job);
    }

    /** Only the database knows whether the step's time is over. */
    private Settlement retry(Handle handle, Wish.Retry retry, SagaRow saga, JobRow job) {
        if (tables.jobs().isTooLate(handle, job, retry.move().target().delay())) {
            return forward(handle, retry.tooLate(), saga, job);
        }
        record(handle, retry);
        return goForward(handle, retry.move(), saga, job);
    }

    private Settlement goForward(Handle handle, Move move, SagaRow saga, JobRow job) {
        boolean passesPivot = move.row().isDone() && move.row().outcome() != Result.PASSED_BY && isPivot(saga, job);
        if (passesPivot && saga.asked() == Cause.TIMED_OUT) {
            states.telling().deadlinePassed(handle, saga);
        }
        SagaRow now = passesPivot ? states.write(handle, saga.pastPivot()) : saga;
        JobRow held = move.row().isDone() ? heldBack.next(handle, now, job).orElse(null) : null;
        if (held != null) {
            return held.state() == JobRow.State.CLAIMED ? new Settlement.GoOn(held, now) : new Settlement.Done(now);
        }
        Move.Ending ending = move.ending();
        if (ending != null) {
            return new Settlement.Done(states.end(handle, now, job.place(), ending.to(), ending.output()));
        }
        if (move.leaves()) {
            return new Settlement.Done(branching.leave(handle, now, job));
        }
        boolean known = move.row().outcome() != Result.UNKNOWN;
        Cause asked = now.asked();
        boolean pivotFailed = isPivot(saga, job) || !undoing.pivotMayPassBeside(handle, now, job);
        if (move.target().state() == JobRow.State.WAITING && asked != null && known && pivotFailed) {
            return undoing.turn(handle, now, job, asked, null);
        }
        JobRow placed = tables.jobs().place(handle, job, move.target(), job.owner(), now);
        return placed.state() == JobRow.State.CLAIMED ? new Settlement.GoOn(placed, now) : new Settlement.Done(now);
    }

    private boolean isPivot(SagaRow saga, JobRow job) {
        return states.isPivot(saga, job.step());
    }

    /** A step waits for an operator; its saga does once nothing else of it can run on. */
    private Settlement suspend(Handle handle, SagaRow saga, JobRow job, Failure failure) {
        Cause why = saga.asked() == Cause.TIMED_OUT ? Cause.TIMED_OUT : Cause.STEP_FAILED;
        SagaRow failing = saga.failing(why, states.json(failure));
        states.park(handle, failing, job);
        branching.giveTurnsBeside(handle, failing, job);
        SagaRow rested = states.restIfStuck(handle, failing);
        return new Settlement.Done(rested.state() == saga.state() ? states.write(handle, failing) : rested);
    }

    private Settlement undo(Handle handle, Wish wish, SagaRow saga, JobRow job) {
        if (wish instanceof Wish.Go go
                && go.move().goesOn()
                && go.move().target().state() == JobRow.State.WAITING) {
            tables.jobs().place(handle, job, go.move().target(), null, saga);
            return new Settlement.Done(saga);
        }
        if (wish instanceof Wish.Rest rest) {
            return waiting.rest(handle, saga, job, rest);
        }
        return undoing.next(handle, saga, job, job.owner());
    }

    /**
     * Brings a job that was claimed under another direction or in a pause to where its saga is by now: its step has not begun, or its
     * former worker died.
     */
    public Settlement turnClaimed(JobRow job, Companion companion) {
        return settle(job, null, companion, handle -> {
            SagaRow saga = tables.sagas().lock(handle, job.sagaId()).orElse(null);
            JobRow now = saga == null
                    ? null
                    : tables.jobs().lock(handle, saga.id(), job.branch()).orElse(null);
            if (saga == null || now == null || !isSameClaim(now, job)) {
                return new Settlement.Lost();
            }
            if (saga.paused()) {
                Move.Target later = Move.Target.same(now, JobRow.State.READY, now.attempt() - 1, Duration.ZERO);
                tables.jobs().place(handle, now, later, null, saga);
                return new Settlement.Done(saga);
            }
            return switch (saga.state()) {
                case COMPENSATING ->
                    now.undoing() ? new Settlement.GoOn(now, saga) : undoing.settled(handle, saga, now);
                case RUNNING -> new Settlement.GoOn(now, saga);
                default -> {
                    states.park(handle, saga, now);
                    yield new Settlement.Done(saga);
                }
            };
        });
    }

    /** Undoes the branches of the group that a claimed job stands at, or goes on if they are undone. */
    public Settlement undoGroup(JobRow job, Companion companion) {
        return settle(job, null, companion, handle -> {
            SagaRow saga = tables.sagas().lock(handle, job.sagaId()).orElse(null);
            JobRow now = saga == null
                    ? null
                    : tables.jobs().lock(handle, saga.id(), job.branch()).orElse(null);
            if (saga == null || now == null || !isSameClaim(now, job)) {
                return new Settlement.Lost();
            }
            return undoing.groupAt(handle, saga, now)
                    .map(range -> undoing.atGroup(handle, saga, now, range))
                    .orElseGet(() -> undoing.next(handle, saga, now, now.owner()));
        });
    }

    /** Turns back the children of the step that a claimed job undoes, each in a transaction of its own; those that turned. */
    public List<UUID> takeBackChildren(JobRow job) {
        List<UUID> begun = jdbi.withHandle(handle -> children.of(handle, job));
        return begun.stream()
                .filter(child -> jdbi.inTransaction(handle -> children.takeBack(handle, child, Cause.PARENT_ABORTED)))
                .toList();
    }

    /** Goes on with undoing if the children of the step that a claimed job undoes are undone; else waits for them. */
    public Settlement undoChildren(JobRow job, Companion companion) {
        return settle(job, null, companion, handle -> {
            SagaRow saga = tables.sagas().lock(handle, job.sagaId()).orElse(null);
            JobRow now = saga == null
                    ? null
                    : tables.jobs().lock(handle, saga.id(), job.branch()).orElse(null);
            return saga == null || now == null || !isSameClaim(now, job)
                    ? new Settlement.Lost()
                    : children.undone(handle, saga, now);
        });
    }

    /** The time of a claimed job's step is over: the child that it waits for is turned back. The step may wait as long again. */
    public void stopChild(JobRow job, UUID child) {
        jdbi.useTransaction(handle -> children.takeBack(handle, child, Cause.TIMED_OUT));
        jdbi.useTransaction(handle -> tables.sagas()
                .lock(handle, job.sagaId())
                .flatMap(saga -> tables.jobs().lock(handle, saga.id(), job.branch()))
                .filter(now -> isSameClaim(now, job))
                .ifPresent(now -> tables.jobs().forgetDeadline(handle, now)));
    }

    /** Gives the turns of a group that were lost: nobody of it runs, and some wait. */
    public void giveLostTurns(UUID saga, int parent) {
        jdbi.useTransaction(handle -> tables.sagas()
                .lock(handle, saga)
                .filter(row -> !row.state().isTerminal())
                .ifPresent(row -> branching.giveLostTurns(handle, row, parent)));
    }

    /** A branch has ended by the group commit: if its group is through, or all that is left of it is parked, its saga goes on. */
    public void join(UUID saga, int parent) {
        boolean through = jdbi.withHandle(handle -> !tables.branches().hasUnparked(handle, saga, parent));
        if (through) {
            jdbi.useTransaction(handle -> tables.sagas()
                    .lock(handle, saga)
                    .filter(row -> !row.state().isTerminal())
                    .ifPresent(row -> branching.join(handle, row, parent)));
        }
    }

    /** Keeps what an attempt returned after its time was over, as a late result. */
    public void recordLateAttempt(JournalRow attempt) {
        keepLate(attempt.as(Kind.LATE));
    }

    /** Keeps what a stale worker's activity returned, as a late result. */
    public void recordLate(JournalRow activity) {
        keepLate(new JournalRow(
                activity.place(),
                Kind.LATE,
                -activity.n(),
                0,
                activity.outcome(),
                activity.worker(),
                activity.fence(),
                null,
                activity.tookMicros(),
                activity.name(),
                activity.key(),
                activity.requestHash(),
                activity.target(),
                activity.input(),
                activity.output(),
                activity.error(),
                activity.spend(),
                activity.called()));
    }

    /** What belongs to a saga that was purged meanwhile is of no use to anybody. */
    private void keepLate(JournalRow row) {
        jdbi.useTransaction(handle -> tables.sagas()
                .lock(handle, row.place().sagaId())
                .ifPresent(saga -> {
                    late.record(handle, saga, row);
                    if (row.called() != null) {
                        tables.spend().addLate(handle, row);
                    }
                }));
    }
}
