package dev.belay.internal.coordinator;

import dev.belay.Cause;
import dev.belay.Failure;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaEvent;
import dev.belay.SagaException;
import dev.belay.SagaState;
import dev.belay.StepKind;
import dev.belay.internal.journal.Failures;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Settles what the group commit cannot: attempts that change a saga's direction, and attempts whose job was changed meanwhile.
 * Each is one transaction over one saga, which locks the saga's row first and its jobs after. Thread-safe.
 */
public final class Coordinator {
    private final Jdbi jdbi;
    private final Tables tables;
    private final Payloads payloads;
    private final Definitions definitions;

    /** A coordinator over the given tables. */
    public Coordinator(Jdbi jdbi, Tables tables, Payloads payloads, Definitions definitions) {
        this.jdbi = jdbi;
        this.tables = tables;
        this.payloads = payloads;
        this.definitions = definitions;
    }

    /** Settles an attempt in a transaction of its own. */
    public Settlement settle(Wish wish) {
        return jdbi.inTransaction(handle -> settle(handle, wish));
    }

    private Settlement settle(Handle handle, Wish wish) {
        JobRow from = wish.from();
        SagaRow saga = tables.sagas().lock(handle, from.sagaId()).orElse(null);
        if (saga == null) {
            return new Settlement.Lost();
        }
        JobRow job = tables.jobs().lockAll(handle, saga.id()).stream()
                .filter(candidate -> candidate.branch() == from.branch())
                .findFirst()
                .orElse(null);
        if (job == null || !isSameClaim(job, from)) {
            return settleLost(handle, wish, saga, job);
        }
        tables.journal().add(handle, wish.row());
        return switch (saga.state()) {
            case RUNNING -> from.undoing() ? park(handle, saga, job) : forward(handle, wish, saga, job);
            case COMPENSATING ->
                from.undoing() ? undo(handle, wish, saga, job) : beginUndo(handle, saga, job, job.owner());
            default -> park(handle, saga, job);
        };
    }

    private static boolean isSameClaim(JobRow job, JobRow from) {
        return job.state() == JobRow.State.CLAIMED
                && job.seq() == from.seq()
                && job.attempt() == from.attempt()
                && job.undoing() == from.undoing()
                && job.fence() == from.fence()
                && Objects.equals(job.owner(), from.owner());
    }

    /** Either the attempt was committed and only the reply was lost, or the claim was, and the result is a late one. */
    private Settlement settleLost(Handle handle, Wish wish, SagaRow saga, @Nullable JobRow job) {
        boolean committed = tables.journal()
                .sameAttempt(handle, wish.row())
                .filter(row -> Objects.equals(row.worker(), wish.row().worker())
                        && Objects.equals(row.fence(), wish.row().fence())
                        && row.outcome() == wish.row().outcome())
                .isPresent();
        if (!committed) {
            tables.journal().add(handle, wish.row().as(Kind.LATE));
            return new Settlement.Lost();
        }
        boolean ours = job != null
                && job.state() == JobRow.State.CLAIMED
                && job.fence() == wish.from().fence()
                && Objects.equals(job.owner(), wish.from().owner());
        return ours && job != null ? new Settlement.GoOn(job, saga) : new Settlement.Done(saga);
    }

    private Settlement forward(Handle handle, Wish wish, SagaRow saga, JobRow job) {
        if (wish instanceof Wish.Go go) {
            return goForward(handle, go.move(), saga, job);
        }
        Cause asked = saga.cancelRequested() ? Cause.CANCELLED : null;
        if (wish instanceof Wish.Suspend suspend) {
            return asked == null || saga.pivotPassed()
                    ? suspend(handle, saga, job, suspend.failure())
                    : turn(handle, saga, job, asked, suspend.failure());
        }
        if (wish instanceof Wish.Compensate compensate) {
            return saga.pivotPassed()
                    ? suspend(handle, saga, job, compensate.failure())
                    : turn(handle, saga, job, asked == null ? compensate.cause() : asked, compensate.failure());
        }
        throw new IllegalStateException("No undo is run while a saga goes forward: " + wish);
    }

    private Settlement goForward(Handle handle, Move move, SagaRow saga, JobRow job) {
        Result outcome = move.row().outcome();
        boolean done = outcome == Result.SUCCEEDED || outcome == Result.SKIPPED;
        boolean passesPivot = done && isPivot(saga, job);
        SagaRow now = passesPivot ? saga.pastPivot() : saga;
        if (passesPivot) {
            tables.sagas().turn(handle, now);
        }
        Move.Ending ending = move.ending();
        if (ending != null) {
            return new Settlement.Done(end(handle, now, job.place(), ending.to(), ending.output()));
        }
        if (move.target().state() == JobRow.State.WAITING && now.cancelRequested()) {
            return turn(handle, now, job, Cause.CANCELLED, null);
        }
        JobRow placed = tables.jobs().place(handle, job, move.target(), job.owner(), now.epoch());
        return placed.state() == JobRow.State.CLAIMED ? new Settlement.GoOn(placed, now) : new Settlement.Done(now);
    }

    private boolean isPivot(SagaRow saga, JobRow job) {
        return plan(saga)
                .step(job.step())
                .map(step -> step.kind() == StepKind.PIVOT)
                .orElse(false);
    }

    private Plan plan(SagaRow saga) {
        return definitions.plan(saga.planId()).plan();
    }

    private Settlement suspend(Handle handle, SagaRow saga, JobRow job, Failure failure) {
        SagaRow suspended = become(handle, saga, SagaState.SUSPENDED, Cause.STEP_FAILED, failure);
        place(handle, job, JobRow.State.PARKED, suspended);
        return new Settlement.Done(suspended);
    }

    private Settlement turn(Handle handle, SagaRow saga, JobRow job, Cause cause, @Nullable Failure failure) {
        SagaRow turned = become(handle, saga, SagaState.COMPENSATING, cause, failure);
        return beginUndo(handle, turned, job, job.owner());
    }

    /** Moves a locked saga to an open state, one epoch on. What had failed is forgotten only when it runs again. */
    SagaRow become(Handle handle, SagaRow saga, SagaState next, @Nullable Cause cause, @Nullable Failure failure) {
        checkMove(saga, next);
        String kept = next == SagaState.RUNNING ? null : saga.failure();
        String json = failure == null ? kept : Failures.json(payloads, failure);
        SagaRow turned = saga.turned(next, cause, json);
        tables.sagas().turn(handle, turned);
        tables.jobs().raiseEpoch(handle, saga.id(), turned.epoch());
        if (next.needsOperator()) {
            tellThatItWaits(handle, turned, failure);
        }
        return turned;
    }

    /** Adds an event, if somebody wants to be told of its kind in sagas of this plan; {@code details} is a JSON object. */
    void tell(
            Handle handle,
            SagaRow saga,
            SagaEvent.Type type,
            @Nullable Integer branch,
            @Nullable String step,
            int level,
            @Nullable String details) {
        if (definitions.isHooked(saga.planId(), type)) {
            tables.outbox().add(handle, saga.id(), saga.planId(), type, branch, step, level, details);
        }
    }

    private void tellThatItWaits(Handle handle, SagaRow saga, @Nullable Failure failure) {
        SagaEvent.Type type = SagaEvent.Type.valueOf(saga.state().name());
        if (definitions.isHooked(saga.planId(), type)) {
            String step = saga.state() == SagaState.COMPENSATION_FAILED
                    ? stepOfFailedUndo(handle, saga)
                    : failure == null ? null : failure.step();
            tell(handle, saga, type, null, step, 0, whyItWaits(saga));
        }
    }

    private @Nullable String stepOfFailedUndo(Handle handle, SagaRow saga) {
        return UndoPlan.of(plan(saga), tables.journal().of(handle, saga.id())).items().stream()
                .filter(item -> item.progress() == UndoPlan.Progress.FAILED)
                .map(UndoPlan.Item::step)
                .findFirst()
                .orElse(null);
    }

    /** What suspended or turned the saga, without its stack. */
    private String whyItWaits(SagaRow saga) {
        Map<String, String> why = new LinkedHashMap<>();
        if (saga.cause() != null) {
            why.put("cause", saga.cause().name());
        }
        Failure failure = Failures.parse(payloads, saga.failure());
        if (failure != null) {
            why.put("failedStep", failure.step());
            why.put("error", failure.type());
            why.put("message", failure.message());
        }
        return payloads.json(why);
    }

    private static void checkMove(SagaRow saga, SagaState next) {
        if (!saga.state().canBecome(next)) {
            throw new SagaException("Saga " + saga.id() + " is " + saga.state() + " and cannot become " + next + ".");
        }
    }

    /** Sets a locked job on what is undone first; {@code owner} keeps it, without one it is left to whoever claims it. */
    Settlement beginUndo(Handle handle, SagaRow saga, JobRow job, @Nullable Long owner) {
        UndoPlan undo = UndoPlan.of(plan(saga), tables.journal().of(handle, saga.id()));
        Optional<UndoPlan.Item> next = undo.next();
        if (next.isPresent()) {
            return placeUndo(handle, saga, job, next.get(), owner);
        }
        if (!undo.hasFailed()) {
            return new Settlement.Done(end(handle, saga, job.place(), SagaState.COMPENSATED, null));
        }
        SagaRow failed = become(handle, saga, SagaState.COMPENSATION_FAILED, saga.cause(), null);
        place(handle, job, JobRow.State.PARKED, failed);
        return new Settlement.Done(failed);
    }

    private Settlement placeUndo(Handle handle, SagaRow saga, JobRow job, UndoPlan.Item item, @Nullable Long owner) {
        Move.Target target = Move.Target.undo(job, item.seq(), item.run(), item.number(), item.step());
        JobRow placed =
                tables.jobs().place(handle, job, owner == null ? target.yielded() : target, owner, saga.epoch());
        return owner == null ? new Settlement.Done(saga) : new Settlement.GoOn(placed, saga);
    }

    private Settlement undo(Handle handle, Wish wish, SagaRow saga, JobRow job) {
        if (wish instanceof Wish.Go go
                && go.move().ending() == null
                && go.move().target().state() == JobRow.State.WAITING) {
            tables.jobs().place(handle, job, go.move().target(), null, saga.epoch());
            return new Settlement.Done(saga);
        }
        return beginUndo(handle, saga, job, job.owner());
    }

    private Settlement park(Handle handle, SagaRow saga, JobRow job) {
        place(handle, job, JobRow.State.PARKED, saga);
        return new Settlement.Done(saga);
    }

    /** Leaves a locked job where it is, in another state and without an owner. */
    void place(Handle handle, JobRow job, JobRow.State state, SagaRow saga) {
        Move.Target target = new Move.Target(
                state,
                job.undoing(),
                job.seq(),
                job.run(),
                job.item(),
                job.step(),
                job.attempt(),
                job.failures(),
                java.time.Duration.ZERO);
        tables.jobs().place(handle, job, target, null, saga.epoch());
    }

    /** Ends a locked saga: its jobs go, its end is recorded once, and whoever wants to know is told. */
    SagaRow end(Handle handle, SagaRow saga, JournalRow.Place place, SagaState state, @Nullable Payload output) {
        checkMove(saga, state);
        SagaRow ended = saga.turned(state, saga.cause(), saga.failure());
        tables.jobs().deleteAll(handle, saga.id());
        tables.sagas().end(handle, ended, output);
        tables.journal().add(handle, JournalRow.end(place, Result.SUCCEEDED));
        tell(handle, ended, SagaEvent.Type.valueOf(state.name()), null, null, 0, null);
        return ended;
    }

    /**
     * Turns a job that was claimed for a step although its saga is being undone by now: its former worker died before it could.
     */
    public Settlement turnClaimed(JobRow job) {
        return jdbi.inTransaction(handle -> {
            SagaRow saga = tables.sagas().lock(handle, job.sagaId()).orElse(null);
            if (saga == null) {
                return new Settlement.Lost();
            }
            JobRow now = tables.jobs().lockAll(handle, saga.id()).stream()
                    .filter(candidate -> candidate.branch() == job.branch())
                    .findFirst()
                    .orElse(null);
            if (now == null || !isSameClaim(now, job)) {
                return new Settlement.Lost();
            }
            return switch (saga.state()) {
                case COMPENSATING ->
                    now.undoing() ? new Settlement.GoOn(now, saga) : beginUndo(handle, saga, now, now.owner());
                case RUNNING -> new Settlement.GoOn(now, saga);
                default -> park(handle, saga, now);
            };
        });
    }

    /** Keeps what an attempt returned after its time was over, as a late result. */
    public void recordLateAttempt(JournalRow attempt) {
        jdbi.useTransaction(handle -> tables.journal().add(handle, attempt.as(Kind.LATE)));
    }

    /** Keeps what a stale worker's activity returned, as a late result. */
    public void recordLate(JournalRow activity) {
        JournalRow late = new JournalRow(
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
                activity.error());
        jdbi.useTransaction(handle -> tables.journal().add(handle, late));
    }
}
