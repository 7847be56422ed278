package dev.belay.internal.coordinator;

import dev.belay.Failure;
import dev.belay.SagaEvent;
import dev.belay.SagaState;
import dev.belay.internal.journal.Failures;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes events for the outside, in the transaction in which they happen, if somebody wants to be told of them. */
final class Telling {
    private static final Logger log = LoggerFactory.getLogger(Telling.class);

    private final Tables tables;
    private final Payloads payloads;
    private final Definitions definitions;

    Telling(Tables tables, Payloads payloads, Definitions definitions) {
        this.tables = tables;
        this.payloads = payloads;
        this.definitions = definitions;
    }

    /** Adds an event about a step; {@code details} is a JSON object. */
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

    /** Tells that a saga has ended. */
    void ended(Handle handle, SagaRow saga) {
        tell(handle, saga, SagaEvent.Type.valueOf(saga.state().name()), null, null, 0, null);
    }

    /** Tells that a saga waits for an operator, and for what. */
    void waits(Handle handle, SagaRow saga) {
        SagaEvent.Type type = SagaEvent.Type.valueOf(saga.state().name());
        if (definitions.isHooked(saga.planId(), type)) {
            Failure failure = Failures.parse(payloads, saga.failure());
            String step = saga.state() == SagaState.COMPENSATION_FAILED
                    ? parkedStep(handle, saga)
                    : failure == null ? null : failure.step();
            tell(handle, saga, type, null, step, 0, why(saga, failure));
        }
    }

    /** Tells that a saga's time is over although it only goes forward by now. */
    void deadlinePassed(Handle handle, SagaRow saga) {
        log.warn("The deadline of saga {} is over, and it has passed its pivot: it goes on", saga.id());
        tell(handle, saga, SagaEvent.Type.DEADLINE_PASSED, null, null, 0, null);
    }

    private @Nullable String parkedStep(Handle handle, SagaRow saga) {
        return tables.jobs().of(handle, saga.id()).stream()
                .filter(job -> job.state() == JobRow.State.PARKED)
                .map(JobRow::step)
                .findFirst()
                .orElse(null);
    }

    /** What suspended or turned the saga, without its stack. */
    private String why(SagaRow saga, @Nullable Failure failure) {
        Map<String, String> why = new LinkedHashMap<>();
        if (saga.cause() != null) {
            why.put("cause", saga.cause().name());
        }
        if (failure != null) {
            why.put("failedStep", failure.step());
            why.put("error", failure.type());
            why.put("message", failure.message());
        }
        return payloads.json(why);
    }
}
