package dev.belay.internal.worker;

import dev.belay.Failure;
import dev.belay.JournalEntry.Result;
import dev.belay.LeaseLost;
import dev.belay.SagaDefinition;
import dev.belay.SagaState;
import dev.belay.internal.coordinator.Coordinator;
import dev.belay.internal.coordinator.Locking;
import dev.belay.internal.coordinator.Settlement;
import dev.belay.internal.coordinator.Wish;
import dev.belay.internal.journal.Failures;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.Companion;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Lane;
import dev.belay.internal.queue.LimitTable;
import dev.belay.internal.queue.Move;
import dev.belay.internal.queue.SqlErrors;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a claimed job from step to step: runs the step's code, hands what became of it to the job's lane or, where that changes
 * the saga's direction, to the coordinator, and goes on once it is committed. A saga that waits for its commit holds no thread.
 */
final class StepRunner {
    private static final Logger log = LoggerFactory.getLogger(StepRunner.class);
    private static final int LONGEST_CHAIN = 50;
    private static final long LONGEST_CHAIN_NANOS = Duration.ofSeconds(2).toNanos();
    private static final int SUSPICIONS_THAT_PARK = 3;

    private final RunningWorker worker;
    private final Coordinator coordinator;
    private final Companion companion;
    private final Payloads payloads;
    private final StepCode stepCode;
    private final UndoCode undoCode;

    StepRunner(
            RunningWorker worker,
            Coordinator coordinator,
            Companion companion,
            Payloads payloads,
            StepCode stepCode,
            UndoCode undoCode) {
        this.worker = worker;
        this.coordinator = coordinator;
        this.companion = companion;
        this.payloads = payloads;
        this.stepCode = stepCode;
        this.undoCode = undoCode;
    }

    /** Runs a job just claimed. */
    void run(SagaRun run) {
        run.begin();
        follow(run, () -> prepare(run));
    }

    /** Goes on from {@code first} until the saga waits for a commit, or needs this worker no more. */
    private void follow(SagaRun run, Supplier<Settlement> first) {
        try {
            followToEnd(run, first);
        } catch (LeaseLost e) {
            worker.letGo(run);
        } catch (RuntimeException | Error e) {
            mend(run, e);
        }
    }

    private void followToEnd(SagaRun run, Supplier<Settlement> first) {
        Settlement settlement = first.get();
        while (settlement instanceof Settlement.GoOn goOn) {
            worker.limits().over(run);
            run.goOn(goOn.job(), goOn.saga());
            if (run.stopping() == SagaRun.Stop.LOST) {
                break;
            }
            if (!worker.mayStartStep() || worker.settings().hold(run)) {
                worker.handBack(run);
                return;
            }
            settlement = run.takeTurned()
                    ? untilAnswered(() -> coordinator.turnClaimed(run.job(), companion))
                    : attempt(run);
            if (settlement == null) {
                return;
            }
        }
        worker.finished(run);
        boolean othersMayWait = run.saga().parent() != null || run.plan().has(Plan.Form.LOCK);
        if (othersMayWait
                && settlement instanceof Settlement.Done done
                && done.saga().state().isTerminal()) {
            // Its parent, or whoever is next for its locks.
            worker.owesWakeUp();
        }
    }

    /**
     * What became of a step could not be settled: the database refuses it, or we are at fault. The saga waits for an operator, for
     * running the step again and again would neither count nor help. If even that cannot be written, the job is left to be found.
     */
    private void mend(SagaRun run, Throwable fault) {
        if (worker.isClosed() || SqlErrors.isPassing(fault)) {
            worker.dropped(run, fault);
            return;
        }
        try {
            followToEnd(run, () -> settle(refused(run, 0, fault)));
        } catch (RuntimeException | Error again) {
            again.addSuppressed(fault);
            worker.dropped(run, again);
        }
    }

    /** Looks at a job before its first step here: its saga may have been turned back, or it may have killed its process before. */
    private Settlement prepare(SagaRun run) {
        JobRow job = run.job();
        if (run.saga().paused() || (!job.undoing() && run.saga().state() != SagaState.RUNNING)) {
            return untilAnswered(() -> coordinator.turnClaimed(job, companion));
        }
        if (job.suspicions() >= SUSPICIONS_THAT_PARK) {
            return settle(parked(run));
        }
        if (job.rescues() > 0 && !worker.markStarted(job)) {
            return new Settlement.Lost();
        }
        return new Settlement.GoOn(job, run.saga());
    }

    private Wish parked(SagaRun run) {
        Failure failure = new Failure(
                run.job().step(),
                "PROCESS_DIED",
                "The process died " + run.job().suspicions()
                        + " times while it ran this step, the last time as its only suspect."
                        + " Find out why (memory, System.exit, native code), mend it, and retry.",
                "");
        JournalRow row = row(run, Result.GAVE_UP, 0).failing(Failures.json(payloads, failure));
        return run.job().undoing() ? new Wish.UndoNext(run.job(), row) : new Wish.Suspend(run.job(), row, failure);
    }

    /** Runs the job's step once; null when the saga goes on elsewhere, or needs this worker no more. */
    private @Nullable Settlement attempt(SagaRun run) {
        long from = System.nanoTime();
        Ran ran = run.job().undoing() ? undoCode.run(run) : stepCode.run(run, this);
        worker.stepTook(System.nanoTime() - from);
        if (ran instanceof Ran.Group group) {
            run.forgetHistory();
            return untilAnswered(() -> coordinator.undoGroup(group.job(), companion));
        }
        if (ran instanceof Ran.Child child) {
            run.forgetHistory();
            List<UUID> turned = untilAnswered(() -> coordinator.takeBackChildren(child.job()));
            turned.forEach(worker::toldToTurn);
            return untilAnswered(() -> coordinator.undoChildren(child.job(), companion));
        }
        if (ran instanceof Ran.Committed committed) {
            worker.lane(run.job().sagaId()).count(committed.move());
            if (committed.move().ending() != null
                    && (run.saga().parent() != null || run.plan().has(Plan.Form.LOCK))) {
                worker.owesWakeUp();
            }
            return applied(run, committed.move());
        }
        Wish wish = ((Ran.Wished) ran).wish();
        if (run.isAbandoned()) {
            worker.hungStepReturned();
            JournalRow late = wish.row();
            if (late != null) {
                untilAnswered(() -> {
                    coordinator.recordLateAttempt(late);
                    return new Settlement.Lost();
                });
            }
            return new Settlement.Lost();
        }
        Move move = inLane(run, wish);
        if (move == null) {
            run.forgetHistory();
            Settlement settlement = settle(wish);
            if (wish instanceof Wish.StartChild start) {
                worker.started(start.plan());
            }
            return settlement;
        }
        Commit commit = new Commit(run, move, move.turns() ? wish : new Wish.Go(move));
        lane(run.job()).submit(commit);
        return commit.settledInline();
    }

    /** The move by which the group commit settles what a worker wishes; null if it cannot. */
    private @Nullable Move inLane(SagaRun run, Wish wish) {
        if (goesThroughLane(run, wish)) {
            return yieldIfDue(run, ((Wish.Go) wish).move());
        }
        return wish instanceof Wish.Compensate compensate
                ? untilAnswered(() -> Optional.ofNullable(Turns.inLane(run, compensate)))
                        .orElse(null)
                : null;
    }

    /**
     * Whether the group commit can settle it. It cannot what asks more of the saga's row than its end: a pivot, the end of a saga that
     * another waits for, that holds locks or that may have been sent what it has not taken, and wherever an effect that was held back may take place.
     */
    private static boolean goesThroughLane(SagaRun run, Wish wish) {
        if (!(wish instanceof Wish.Go go)
                || StepCode.isPivot(run)
                || run.holdsBack()
                || go.move().row().outcome() == Result.REJECTED) {
            return false;
        }
        return go.move().ending() == null
                || (run.saga().parent() == null
                        && !run.plan().has(Plan.Form.LOCK)
                        && !run.plan().has(Plan.Form.SIGNAL)
                        && (run.job().undoing() || !run.plan().has(Plan.Form.DEFERRED)));
    }

    /** A long chain lets others in when others wait; a worker that stops leaves the next step to another. */
    private Move yieldIfDue(SagaRun run, Move move) {
        if (!goesOn(move)) {
            return move;
        }
        boolean chainIsLong = run.chain() >= LONGEST_CHAIN || run.chainNanos() > LONGEST_CHAIN_NANOS;
        boolean yields =
                worker.givesWorkAway() || worker.settings().hold(run) || (chainIsLong && worker.leftWorkUnclaimed());
        return yields ? Move.to(move.from(), move.row(), move.target().yielded()) : move;
    }

    private Settlement applied(SagaRun run, Move move) {
        if (move.turns() && move.from().fence() > 1) {
            // A former holder of the job may have told late what it did; from now on it finds the saga turned.
            run.forgetHistory();
        } else {
            run.remember(move.row());
        }
        tellWhatFollows(run, move);
        SagaRow saga =
                move.turns() ? Coordinator.turnedBack(run.saga(), move.row().error()) : run.saga();
        return goesOn(move) ? new Settlement.GoOn(move.from().after(move), saga) : new Settlement.Done(saga);
    }

    private void tellWhatFollows(SagaRun run, Move move) {
        if (move.leaves()) {
            run.leave();
        } else if (move.goesOn() && move.target().state() == JobRow.State.WAITING) {
            worker.waits(move.target().delay());
        }
    }

    private static boolean goesOn(Move move) {
        return move.goesOn() && move.target().state() == JobRow.State.CLAIMED;
    }

    /** A move on its way through its lane. If the lane commits it on the very thread that submitted it, that thread goes on. */
    private final class Commit extends Lane.Entry.OfMove {
        private final SagaRun run;
        private final Move move;
        private final Wish otherwise;
        private final Thread submitter = Thread.currentThread();
        private boolean submitted;
        private Lane.@Nullable Result inline;

        /** {@code otherwise} is what the coordinator is asked for if the lane misses. */
        Commit(SagaRun run, Move move, Wish otherwise) {
            this.run = run;
            this.move = move;
            this.otherwise = otherwise;
        }

        @Override
        public Move move() {
            return move;
        }

        @Override
        public void settled(Lane.Result result) {
            if (Thread.currentThread() == submitter && !submitted) {
                inline = result;
                return;
            }
            try {
                if (result instanceof Lane.Result.Applied && !goesOn(move)) {
                    tellWhatFollows(run, move);
                    worker.finished(run);
                } else {
                    worker.execute(run, () -> follow(run, () -> settlement(result)));
                }
            } catch (RuntimeException | Error e) {
                // No thread can be had: the job is left to be found, rather than held by nobody.
                worker.dropped(run, e);
            }
        }

        private Settlement settlement(Lane.Result result) {
            if (result instanceof Lane.Result.Applied) {
                return applied(run, move);
            }
            run.forgetHistory();
            return settle(
                    result instanceof Lane.Result.Refused refused
                            ? refused(run, move.row().tookMicros(), refused.reason())
                            : otherwise);
        }

        /** Null if another thread commits it, and goes on. Called once, by the submitter. */
        @Nullable
        Settlement settledInline() {
            submitted = true;
            return inline == null ? null : settlement(inline);
        }
    }

    /** The database refuses what the step returned: the attempt failed, and that is recorded without the payload. */
    private Wish refused(SagaRun run, long micros, Throwable reason) {
        Failure failure = Failures.of(run.job().step(), reason);
        JournalRow row = row(run, Result.GAVE_UP, micros).failing(Failures.json(payloads, failure));
        return run.job().undoing() ? new Wish.UndoNext(run.job(), row) : new Wish.Suspend(run.job(), row, failure);
    }

    /** Settles by a transaction of the coordinator; an outage is waited out. */
    private Settlement settle(Wish wish) {
        Settlement settlement = untilAnswered(() -> coordinator.settle(wish, companion));
        if (wish instanceof Wish.Go go && !(settlement instanceof Settlement.Lost)) {
            lane(go.from()).count(go.move());
        }
        tellWhenDue(wish);
        return settlement;
    }

    /** Looked for when it is due, instead of at the next poll; a look too many costs little. */
    private void tellWhenDue(Wish wish) {
        if (wish instanceof Wish.Rest rest && rest.atMost() != null) {
            worker.waits(rest.atMost());
        } else if (wish instanceof Wish.Retry retry) {
            worker.waits(retry.move().target().delay());
        }
    }

    /** What is asked and noted around calls of models. */
    ModelBooks books() {
        return worker.books();
    }

    <T> T untilAnswered(Supplier<T> question) {
        boolean interrupted = Thread.interrupted();
        try {
            for (int failures = 0; ; failures++) {
                try {
                    return question.get();
                } catch (RuntimeException e) {
                    if (!SqlErrors.isPassing(e) || worker.isClosed()) {
                        throw e;
                    }
                    log.warn("A step waits for the database: {}", e.getMessage());
                    long longest = Math.min(2_000, 50L << Math.min(failures, 10));
                    Bell.pause(Duration.ofMillis(ThreadLocalRandom.current().nextLong(longest / 2, longest + 1)));
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The journal row of the attempt that {@code run} is at. */
    static JournalRow row(SagaRun run, Result outcome, long micros) {
        JobRow job = run.job();
        return JournalRow.attempt(
                job.place(),
                job.attempt(),
                job.item(),
                outcome,
                job.owner() == null ? 0 : job.owner(),
                job.fence(),
                micros);
    }

    /** Takes a job from a step that ignores its timeout: the attempt failed, and the fence keeps the step from being heard. */
    void takeFromHungStep(SagaRun run) {
        run.abandon();
        Wish wish = run.job().undoing() ? undoCode.timedOut(run) : stepCode.timedOut(run);
        Settlement settlement = settle(wish);
        worker.limits().over(run);
        if (settlement instanceof Settlement.GoOn goOn) {
            // The hung step still has this run, so what is undone next goes to whoever claims it.
            worker.handBack(goOn.job());
        }
    }

    /** Turns a job whose saga was turned back before its step had begun here. */
    void turnUnstarted(SagaRun run) {
        follow(run, () -> untilAnswered(() -> coordinator.turnClaimed(run.job(), companion)));
    }

    Lane lane(JobRow job) {
        return worker.lane(job.sagaId());
    }

    /** Waits for a commit, however long the database is away; only a stopped worker gives up. */
    <T> T await(CompletableFuture<T> settled) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return settled.get(200, TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (TimeoutException e) {
                    if (worker.isClosed()) {
                        throw new LeaseLost("The worker stopped before the activity could be recorded.");
                    }
                } catch (ExecutionException e) {
                    throw new IllegalStateException(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    boolean leaseIsValid() {
        return worker.leaseIsValid();
    }

    /** Steps read it too, in the midst of their code: an outage is waited out, lest it count as a failure of theirs. */
    List<JournalRow> journalOf(UUID saga, int branch) {
        return untilAnswered(() -> worker.journalOf(saga, branch));
    }

    boolean hasOpenBranches(JobRow parent) {
        return untilAnswered(() -> worker.hasOpenBranches(parent.sagaId(), parent.branch()));
    }

    List<JournalRow> begunBranches(UUID saga, int first, int last) {
        return untilAnswered(() -> worker.begunBranches(saga, first, last));
    }

    int countDone(UUID saga, int first, int last) {
        return untilAnswered(() -> worker.countDone(saga, first, last));
    }

    /** The oldest message that waits to be taken; the row that says what it brought. */
    Optional<JournalRow> oldestMessage(UUID saga, String name) {
        return untilAnswered(() -> worker.oldestMessage(saga, name));
    }

    /** The newest version here of the saga that a step starts. */
    SagaDefinition<?, ?> newest(SagaDefinition<?, ?> definition) {
        return worker.definitions().newest(definition);
    }

    int planFor(SagaDefinition<?, ?> definition) {
        return worker.definitions().planFor(definition);
    }

    /** Another saga, as it stands. */
    Optional<SagaRow> saga(UUID id) {
        return untilAnswered(() -> worker.saga(id));
    }

    /** Turns back the child that a job waits for, because the job's time is over. */
    void stopChild(JobRow job, UUID child) {
        untilAnswered(() -> {
            coordinator.stopChild(job, child);
            return child;
        });
        worker.toldToTurn(child);
    }

    /** What arrived under a name and key. */
    Optional<JournalRow> message(UUID saga, String name, String key) {
        return untilAnswered(() -> worker.message(saga, name, key));
    }

    /** Whether the time of a job's step is over by now. */
    boolean isOverdue(JobRow job) {
        return untilAnswered(() -> worker.isOverdue(job));
    }

    /** The job with its step's deadline set. */
    JobRow setDeadline(JobRow job, Duration within) {
        return untilAnswered(() -> worker.setDeadline(job, within))
                .orElseThrow(() -> new LeaseLost(
                        "Step \"" + job.step() + "\" of saga " + job.sagaId() + " is held by another worker by now."));
    }

    /** Asks for what a limited step needs. */
    LimitTable.Answer acquire(SagaRun run, List<LimitTable.Wanted> wanted) {
        return untilAnswered(() -> worker.limits().acquire(run, wanted));
    }

    /** Asks for semantic locks; what others are owed by that is told them. */
    Locking.Answer askLocks(JobRow job, List<String> keys, boolean mayWait) {
        Locking.Answer answer = untilAnswered(() -> coordinator.locking().ask(job, keys, mayWait));
        if (answer.missing() != null && !mayWait) {
            worker.sweepSoon();
        }
        return answer;
    }

    List<JournalRow> outputsOf(UUID saga, String step) {
        return untilAnswered(() -> worker.outputsOf(saga, step));
    }

    void recordLate(JournalRow activity) {
        coordinator.recordLate(activity);
    }
}
