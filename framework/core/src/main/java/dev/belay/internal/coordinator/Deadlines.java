package dev.belay.internal.coordinator;

import dev.belay.OperationRefused;
import dev.belay.OperationRefused.Reason;
import dev.belay.SagaState;
import dev.belay.internal.coordinator.Operations.Decision;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Extends the deadlines of sagas and of their steps; none is ever shortened. Thread-safe. */
public final class Deadlines {
    private final Tables tables;
    private final Operations operations;

    /** Deadlines over the given tables. */
    public Deadlines(Tables tables, Operations operations) {
        this.tables = tables;
        this.operations = operations;
    }

    /** Until when: a time, or so much longer than now is set. */
    public record Extension(@Nullable Instant until, Duration by) {
        /** Until the given time. */
        public static Extension to(Instant until) {
            // As the database keeps it.
            return new Extension(until.truncatedTo(ChronoUnit.MICROS), Duration.ZERO);
        }

        /** So much longer. */
        public static Extension longer(Duration by) {
            return new Extension(null, by);
        }

        private Instant of(Instant present) {
            return until == null ? present.plus(by).truncatedTo(ChronoUnit.MICROS) : until;
        }
    }

    /** Gives a saga more time. */
    public SagaState extendSaga(Decision decision, Extension extension) {
        return operations.decide(decision, Operations.forward(), (handle, saga, jobs) -> {
            Instant present = saga.deadlineAt();
            if (present == null) {
                throw refused(
                        Reason.WRONG_STATE,
                        decision,
                        saga,
                        "it has no deadline, or its deadline has passed and acted.");
            }
            Instant until = extended(decision, saga, present, extension);
            return operations.write(handle, saga.due(until));
        });
    }

    /** Gives the steps of a saga that have a deadline, and wait or are tried, more time. */
    public SagaState extendSteps(Decision decision, Extension extension) {
        return operations.decide(decision, Operations.forward(), (handle, saga, jobs) -> {
            List<JobRow> timed = jobs.stream()
                    .filter(job -> job.deadlineAt() != null
                            && !job.undoing()
                            && job.state() != JobRow.State.PARKED
                            && Operations.isMeant(decision, job))
                    .toList();
            if (timed.isEmpty()) {
                throw refused(
                        Reason.WRONG_STATE,
                        decision,
                        saga,
                        "no step of it that is begun and has not failed has a deadline. Retry a failed one: its time"
                                + " begins anew.");
            }
            for (JobRow job : timed) {
                extend(handle, decision, saga, job, extension);
            }
            return saga;
        });
    }

    private void extend(Handle handle, Decision decision, SagaRow saga, JobRow job, Extension extension) {
        Instant present = job.deadlineAt();
        if (present != null) {
            tables.jobs().extendDeadline(handle, job, extended(decision, saga, present, extension));
            if (job.awaits() != null && job.isOverdue()) {
                // It rests until its former deadline: it looks how long it has to rest by now.
                tables.branches().wake(handle, saga.id(), job.branch());
            }
        }
    }

    private static Instant extended(Decision decision, SagaRow saga, Instant present, Extension extension) {
        Instant until = extension.of(present);
        if (until.isBefore(present)) {
            throw refused(
                    Reason.SHORTENS_DEADLINE,
                    decision,
                    saga,
                    "the deadline is " + present + ", and " + until
                            + " is before it. A deadline is only ever extended.");
        }
        return until;
    }

    private static OperationRefused refused(Reason reason, Decision decision, SagaRow saga, String fact) {
        return new OperationRefused(
                reason, saga.state(), "Cannot " + decision.action() + " of saga " + saga.id() + ": " + fact);
    }
}
