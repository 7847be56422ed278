package dev.belay.internal.coordinator;

import dev.belay.Cause;
import dev.belay.Failure;
import dev.belay.JournalEntry.Result;
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
import java.time.Duration;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Writes the state of a saga whose row the transaction has locked. Every change of state but the ends that the group commit writes
 * goes through here, and is checked against {@link SagaState#canBecome}.
 */
final class States {
    private final Tables tables;
    private final Payloads payloads;
    private final Definitions definitions;

    private final Telling telling;

    States(Tables tables, Payloads payloads, Definitions definitions) {
        this.telling = new Telling(tables, payloads, definitions);
        this.tables = tables;
        this.payloads = payloads;
        this.definitions = definitions;
    }

    Telling telling() {
        return telling;
    }

    Plan plan(SagaRow saga) {
        return definitions.plan(saga.planId()).plan();
    }

    boolean isPivot(SagaRow saga, String step) {
        return plan(saga)
                .step(step)
                .map(planned -> planned.kind() == StepKind.PIVOT)
                .orElse(false);
    }

    private static void checkMove(SagaRow saga, SagaState next) {
        boolean reopens = saga.state() == SagaState.COMPLETED;
        if (!saga.state().canBecome(next) || (reopens && saga.parent() == null)) {
            throw new SagaException("Saga " + saga.id() + " is " + saga.state() + " and cannot become " + next + ".");
        }
    }

    /** A saga as the group commit has turned it back. */
    static SagaRow turnedBack(SagaRow saga, @Nullable String failure) {
        checkMove(saga, SagaState.COMPENSATING);
        return saga.turned(SagaState.COMPENSATING, Cause.STEP_FAILED, failure);
    }

    /** Moves a saga to an open state, one epoch on. What had failed is forgotten only when it runs again. */
    SagaRow become(Handle handle, SagaRow saga, SagaState next, @Nullable Cause cause, @Nullable Failure failure) {
        checkMove(saga, next);
        String kept = next == SagaState.RUNNING ? null : saga.failure();
        SagaRow turned = saga.turned(next, cause, failure == null ? kept : json(failure));
        write(handle, turned);
        tables.jobs().raiseEpoch(handle, saga.id(), turned.epoch());
        if (next.needsOperator()) {
            telling.waits(handle, turned);
        }
        return turned;
    }

    /** Keeps a saga's direction, one epoch on: what workers do to its jobs is settled by a look at the journal. */
    SagaRow disturb(Handle handle, SagaRow saga) {
        SagaRow disturbed = write(handle, saga.turned(saga.state(), saga.cause(), saga.failure()));
        tables.jobs().raiseEpoch(handle, saga.id(), disturbed.epoch());
        return disturbed;
    }

    @Nullable
    String json(Failure failure) {
        return Failures.json(payloads, failure);
    }

    /** Writes a saga's row that keeps its state. */
    SagaRow write(Handle handle, SagaRow saga) {
        tables.sagas().turn(handle, saga);
        return saga;
    }

    /** A job or a branch has come to rest: if by that nothing can run on, the saga waits for an operator. */
    SagaRow restIfStuck(Handle handle, SagaRow saga) {
        if (tables.branches().hasMovable(handle, saga.id())) {
            return saga;
        }
        return switch (saga.state()) {
            case RUNNING ->
                become(
                        handle,
                        saga,
                        SagaState.SUSPENDED,
                        saga.cause() == null ? Cause.STEP_FAILED : saga.cause(),
                        null);
            case COMPENSATING -> become(handle, saga, SagaState.COMPENSATION_FAILED, saga.cause(), null);
            default -> saga;
        };
    }

    /** Leaves a job where it is, parked for an operator. */
    void park(Handle handle, SagaRow saga, JobRow job) {
        Move.Target parked = Move.Target.same(job, JobRow.State.PARKED, job.attempt(), Duration.ZERO);
        tables.jobs().place(handle, job, parked, null, saga);
    }

    /** Ends a saga: its jobs go, its end is recorded once even if a late effect opened it again, and whoever wants to know is told. */
    SagaRow end(Handle handle, SagaRow saga, JournalRow.Place place, SagaState state, @Nullable Payload output) {
        checkMove(saga, state);
        SagaRow ended = saga.turned(state, saga.cause(), saga.failure());
        tables.jobs().deleteAll(handle, saga.id());
        tables.waits().deleteMessages(handle, saga.id());
        tables.sagas().end(handle, ended, output);
        boolean hadEnded = saga.state() != SagaState.RUNNING && tables.journal().hasEnd(handle, saga.id());
        if (!hadEnded) {
            tables.journal().add(handle, JournalRow.end(place, Result.SUCCEEDED));
            telling.ended(handle, ended);
        }
        SagaRow.Parent parent = saga.parent();
        if (parent != null) {
            tables.waits().oweWakeUp(handle, parent.sagaId(), parent.branch(), parent.seq());
        }
        if (plan(saga).has(Plan.Form.LOCK)) {
            Locking.release(tables, handle, saga.id());
        }
        return ended;
    }
}
