package dev.belay.internal.worker;

import dev.belay.internal.coordinator.Awaited;
import dev.belay.internal.queue.LimitTable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets limited steps run, and looks for whoever waits once a step has ended or gone to rest. Why nobody is forgotten between the
 * two says {@link LimitTable}. Steps without limits pay nothing.
 */
final class Limits {
    private static final Logger log = LoggerFactory.getLogger(Limits.class);

    private final RunningWorker worker;
    private final RunningWorker.Engine engine;
    private final Crew crew;
    private final Map<SagaRun, List<LimitTable.Wanted>> asked = new ConcurrentHashMap<>();

    Limits(RunningWorker worker, RunningWorker.Engine engine, Crew crew) {
        this.worker = worker;
        this.engine = engine;
        this.crew = crew;
    }

    /** Asks for all that the run's step needs. Waits for a turn that is near. */
    LimitTable.Answer acquire(SagaRun run, List<LimitTable.Wanted> wanted) {
        List<LimitTable.Wanted> slots =
                wanted.stream().filter(one -> one.period() == null).toList();
        if (!slots.isEmpty()) {
            asked.put(run, slots);
        }
        LimitTable.Answer answer =
                engine.jdbi().inTransaction(handle -> engine.tables().limits().acquire(handle, run.job(), wanted));
        if (answer.later() != null) {
            worker.waits(answer.in());
        } else if (answer.isGranted() && answer.next() != null) {
            worker.waits(answer.next());
            Bell.pause(answer.in());
        }
        return answer;
    }

    /** A run's step has ended or gone to rest, and that is committed: whoever waits for what it had may have it. */
    void over(SagaRun run) {
        if (asked.isEmpty()) {
            return;
        }
        List<LimitTable.Wanted> slots = asked.remove(run);
        if (slots != null) {
            try {
                crew.execute(() -> slots.forEach(this::look));
            } catch (RejectedExecutionException e) {
                log.debug("The worker has stopped; whoever waits is woken by another", e);
            }
        }
    }

    private void look(LimitTable.Wanted slot) {
        try {
            String awaits = Awaited.limit(slot.key());
            if (engine.jdbi().withHandle(handle -> engine.tables().limits().wakeIfFree(handle, awaits, slot))) {
                engine.notifier().wakeAll();
            }
        } catch (RuntimeException e) {
            log.warn("Who waits for limit \"{}\" is looked for again later: {}", slot.key(), e.getMessage());
        }
    }
}
