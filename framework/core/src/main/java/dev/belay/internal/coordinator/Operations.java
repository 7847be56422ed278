package dev.belay.internal.coordinator;

import dev.belay.Cause;
import dev.belay.JournalEntry.Result;
import dev.belay.OperationRefused;
import dev.belay.OperationRefused.Reason;
import dev.belay.SagaState;
import dev.belay.StepDefinition;
import dev.belay.StepKind;
import dev.belay.UnknownSaga;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * What people decide about a saga: cancel, retry, skip, compensate, resolve. Each is one transaction that locks the saga, checks
 * that its state allows the decision, writes it, and leaves an audit row. Thread-safe.
 */
public final class Operations {
    private final Jdbi jdbi;
    private final Tables tables;
    private final Payloads payloads;
    private final Definitions definitions;
    private final Coordinator coordinator;

    /** Decisions over the given tables. */
    public Operations(Jdbi jdbi, Tables tables, Payloads payloads, Definitions definitions, Coordinator coordinator) {
        this.jdbi = jdbi;
        this.tables = tables;
        this.payloads = payloads;
        this.definitions = definitions;
        this.coordinator = coordinator;
    }

    /**
     * Who decides, and why.
     *
     * @param expected the version the saga must still have; null for any
     */
    public record Decision(
            UUID saga,
            String action,
            String actor,
            String reason,
            @Nullable String expected) {}

    /** What a decision did to a saga. */
    @FunctionalInterface
    private interface Effect {
        SagaRow on(Handle handle, SagaRow saga, List<JobRow> jobs);
    }

    private SagaState decide(Decision decision, Set<SagaState> allowed, Effect effect) {
        checkSaid(decision);
        return jdbi.inTransaction(handle -> {
            SagaRow saga =
                    tables.sagas().lock(handle, decision.saga()).orElseThrow(() -> new UnknownSaga(decision.saga()));
            List<JobRow> jobs = tables.jobs().lockAll(handle, saga.id());
            String version = Views.version(saga, jobs);
            if (decision.expected() != null && !decision.expected().equals(version)) {
                throw new OperationRefused(
                        Reason.CHANGED_SINCE_YOU_LOOKED,
                        saga.state(),
                        "Saga " + saga.id() + " changed since you looked: it is " + saga.state()
                                + " now. Look again and decide anew.");
            }
            if (!allowed.contains(saga.state())) {
                throw refused(
                        decision,
                        saga,
                        "it is " + saga.state() + ", and this needs one of " + EnumSet.copyOf(allowed) + ".");
            }
            SagaRow after = effect.on(handle, saga, jobs);
            JobRow job = jobs.isEmpty() ? null : jobs.get(0);
            tables.operations()
                    .add(
                            handle,
                            saga.id(),
                            decision.action(),
                            decision.actor(),
                            decision.reason(),
                            job == null ? null : job.seq(),
                            job == null ? null : job.step(),
                            saga.state().name(),
                            after.state().name());
            return after.state();
        });
    }

    /** Callers whose code is not checked for nulls are told in words. */
    private static void checkSaid(Decision decision) {
        if (decision.reason() == null || decision.reason().isBlank()) {
            throw new IllegalArgumentException(
                    "A reason is needed to " + decision.action() + " a saga; it is kept in the audit.");
        }
    }

    private static OperationRefused refused(Decision decision, SagaRow saga, String fact) {
        return new OperationRefused(
                Reason.WRONG_STATE, saga.state(), "Cannot " + decision.action() + " saga " + saga.id() + ": " + fact);
    }

    /** Turns a saga back. A saga that is being undone, or is undone, is left as it is. */
    public SagaState cancel(Decision decision) {
        return decide(decision, EnumSet.allOf(SagaState.class), (handle, saga, jobs) -> switch (saga.state()) {
            case COMPENSATING, COMPENSATED, COMPENSATION_FAILED -> saga;
            case COMPLETED, RESOLVED -> throw refused(decision, saga, "it has ended as " + saga.state() + ".");
            case RUNNING, SUSPENDED -> cancelOpen(handle, saga, jobs);
        });
    }

    private SagaRow cancelOpen(Handle handle, SagaRow saga, List<JobRow> jobs) {
        refusePastPivot(saga);
        if (saga.state() == SagaState.RUNNING && jobs.stream().anyMatch(job -> mayBePassingPivot(saga, job))) {
            tables.sagas().requestCancel(handle, saga.id());
            return saga;
        }
        return turnBack(handle, saga, jobs, Cause.CANCELLED);
    }

    private static void refusePastPivot(SagaRow saga) {
        if (saga.pivotPassed()) {
            throw new OperationRefused(
                    Reason.PAST_PIVOT,
                    saga.state(),
                    "Saga " + saga.id() + " has passed its pivot and only goes forward. Let it finish, or resolve it.");
        }
    }

    private boolean mayBePassingPivot(SagaRow saga, JobRow job) {
        boolean pivot = definitions
                .plan(saga.planId())
                .plan()
                .step(job.step())
                .map(step -> step.kind() == StepKind.PIVOT)
                .orElse(false);
        boolean begun = job.state() == JobRow.State.CLAIMED || job.state() == JobRow.State.WAITING || job.attempt() > 0;
        return pivot && begun;
    }

    /** Jobs that a worker holds stay with it: it is told, and what its step did is known only when it stops. */
    private SagaRow turnBack(Handle handle, SagaRow saga, List<JobRow> jobs, Cause cause) {
        SagaRow turned = coordinator.become(handle, saga, SagaState.COMPENSATING, cause, null);
        for (JobRow job : jobs) {
            if (job.state() != JobRow.State.CLAIMED
                    && coordinator.beginUndo(handle, turned, job, null) instanceof Settlement.Done done) {
                turned = done.saga();
            }
        }
        return turned;
    }

    /** Runs what failed again. */
    public SagaState retry(Decision decision) {
        return decide(decision, needingOperator(), (handle, saga, jobs) -> {
            if (saga.state() == SagaState.SUSPENDED) {
                SagaRow running = coordinator.become(handle, saga, SagaState.RUNNING, null, null);
                for (JobRow job : jobs) {
                    release(handle, running, job, job.run(), Result.FAILED, decision, null, null, null);
                }
                return running;
            }
            SagaRow undoing = coordinator.become(handle, saga, SagaState.COMPENSATING, saga.cause(), null);
            SagaRow after = undoing;
            for (JobRow job : jobs) {
                JobRow decided = decided(handle, undoing, job, decision);
                if (coordinator.beginUndo(handle, undoing, decided, null) instanceof Settlement.Done done) {
                    after = done.saga();
                }
            }
            return after;
        });
    }

    private JobRow decided(Handle handle, SagaRow saga, JobRow job, Decision decision) {
        int attempt = job.attempt() + 1;
        tables.journal()
                .add(handle, JournalRow.decision(job.place(), attempt, Result.FAILED, decision.action(), null, null));
        Move.Target target = new Move.Target(
                JobRow.State.READY, true, job.seq(), job.run(), job.item(), job.step(), attempt, 0, Duration.ZERO);
        return tables.jobs().place(handle, job, target, null, saga.epoch());
    }

    private static Set<SagaState> needingOperator() {
        return EnumSet.of(SagaState.SUSPENDED, SagaState.COMPENSATION_FAILED);
    }

    /** Runs the failed step again with another input. */
    public SagaState retryWithInput(Decision decision, @Nullable Object input) {
        return decide(decision, EnumSet.of(SagaState.SUSPENDED), (handle, saga, jobs) -> {
            JobRow job = onlyJob(jobs);
            Plan.PlannedStep step = step(saga, job);
            StepDefinition code = Routing.codeOf(definitions.plan(saga.planId()), step);
            Payload payload = Routing.encode(
                    input,
                    code == null ? null : code.input(),
                    step.input(),
                    payloads,
                    "The new input of step \"" + step.name() + "\"");
            SagaRow running = coordinator.become(handle, saga, SagaState.RUNNING, null, null);
            release(handle, running, job, job.run() + 1, Result.FAILED, decision, payload, null, null);
            return running;
        });
    }

    /** Goes on as if the failed step had returned {@code output}. */
    public SagaState skip(Decision decision, @Nullable Object output) {
        return decide(decision, EnumSet.of(SagaState.SUSPENDED), (handle, saga, jobs) -> {
            JobRow job = onlyJob(jobs);
            Plan.PlannedStep step = step(saga, job);
            Routing.Chosen chosen = Routing.skip(
                    definitions.plan(saga.planId()),
                    step,
                    output,
                    payloads,
                    "The value to skip step \"" + step.name() + "\" with");
            SagaRow running = coordinator.become(handle, saga, SagaState.RUNNING, null, null);
            release(
                    handle,
                    running,
                    job,
                    job.run(),
                    Result.SKIPPED,
                    decision,
                    chosen.input(),
                    chosen.output(),
                    chosen.target());
            return running;
        });
    }

    private void release(
            Handle handle,
            SagaRow saga,
            JobRow job,
            int run,
            Result outcome,
            Decision decision,
            @Nullable Payload input,
            @Nullable Payload output,
            @Nullable String goTo) {
        int attempt = job.attempt() + 1;
        JournalRow.Place place =
                new JournalRow.Place(job.sagaId(), job.branch(), job.seq(), run, job.undoing(), job.step());
        tables.journal()
                .add(
                        handle,
                        JournalRow.decision(place, attempt, outcome, decision.action(), input, output)
                                .returning(output, goTo, input));
        Move.Target target = new Move.Target(
                JobRow.State.READY, job.undoing(), job.seq(), run, job.item(), job.step(), attempt, 0, Duration.ZERO);
        tables.jobs().place(handle, job, target, null, saga.epoch());
    }

    private static JobRow onlyJob(List<JobRow> jobs) {
        if (jobs.size() != 1) {
            throw new IllegalStateException("A suspended saga has one parked job, found " + jobs);
        }
        return jobs.get(0);
    }

    private Plan.PlannedStep step(SagaRow saga, JobRow job) {
        Plan plan = definitions.plan(saga.planId()).plan();
        return plan.step(job.step())
                .orElseThrow(() -> new IllegalStateException("Step \"" + job.step() + "\" is not in " + plan));
    }

    /** Undoes a suspended saga. */
    public SagaState compensate(Decision decision) {
        return decide(decision, EnumSet.of(SagaState.SUSPENDED), (handle, saga, jobs) -> {
            refusePastPivot(saga);
            return turnBack(handle, saga, jobs, Cause.OPERATOR);
        });
    }

    /** Closes a saga as it is. */
    public SagaState resolve(Decision decision) {
        return decide(
                decision,
                needingOperator(),
                (handle, saga, jobs) ->
                        coordinator.end(handle, saga, onlyJob(jobs).place(), SagaState.RESOLVED, null));
    }
}
