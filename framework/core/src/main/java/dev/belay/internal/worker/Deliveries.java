package dev.belay.internal.worker;

import dev.belay.Handlers;
import dev.belay.SagaDefinition;
import dev.belay.internal.journal.OutboxTable;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners of sagas' ends, at least once each: an event is removed only after every listener has returned. */
final class Deliveries {
    private static final Logger log = LoggerFactory.getLogger(Deliveries.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final int AT_ONCE = 100;

    private final RunningWorker.Engine engine;

    Deliveries(RunningWorker.Engine engine) {
        this.engine = engine;
    }

    Duration runOnce() {
        List<Integer> heard = engine.definitions().heard();
        if (heard.isEmpty()) {
            return Duration.ofMinutes(10);
        }
        List<OutboxTable.Due> due =
                engine.jdbi().withHandle(handle -> engine.tables().outbox().claim(handle, heard, RETRY_AFTER, AT_ONCE));
        due.forEach(this::deliver);
        return due.size() == AT_ONCE ? Duration.ZERO : POLL;
    }

    private void deliver(OutboxTable.Due due) {
        List<Handlers.EndListener> listeners = engine.definitions()
                .plan(due.planId())
                .definition()
                .map(SagaDefinition::listeners)
                .orElse(List.of());
        try {
            for (Handlers.EndListener listener : listeners) {
                listener.ended(due.event());
            }
        } catch (Exception | Error e) {
            log.warn(
                    "The end of saga {} could not be told at try {}; it is told again later",
                    due.event().sagaId(),
                    due.tries(),
                    e);
            return;
        }
        engine.jdbi()
                .useHandle(handle ->
                        engine.tables().outbox().delivered(handle, due.event().id()));
    }
}
