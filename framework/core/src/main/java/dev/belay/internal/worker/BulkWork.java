package dev.belay.internal.worker;

import java.time.Duration;

/**
 * The loop that carries out decisions about many sagas when there are any, which {@link Upkeep} finds. It has a thread of its own, for each saga is a
 * transaction that may wait for whoever has the saga locked.
 */
final class BulkWork {
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final int AT_ONCE = 50;

    private final RunningWorker worker;
    private final RunningWorker.Engine engine;

    BulkWork(RunningWorker worker, RunningWorker.Engine engine) {
        this.worker = worker;
        this.engine = engine;
    }

    Duration runOnce() {
        if (!worker.mayStartStep()) {
            return PAUSE;
        }
        int done = engine.bulks().carryOn(AT_ONCE, engine.notifier()::directionChanged);
        return done == AT_ONCE ? Duration.ZERO : LONG;
    }
}
