package dev.belay.internal.worker;

import dev.belay.internal.coordinator.Sweep;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** The loop that finds what no worker was told of: groups that are through, wake-ups that are owed, deadlines that are over. */
final class Upkeep {
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final RunningWorker worker;
    private final RunningWorker.Engine engine;

    Upkeep(RunningWorker worker, RunningWorker.Engine engine) {
        this.worker = worker;
        this.engine = engine;
    }

    Duration runOnce() {
        if (!worker.mayStartStep()) {
            return PAUSE;
        }
        Sweep.Found found = engine.sweep().once();
        if (found.jobsWoken()) {
            engine.notifier().wakeAll();
        }
        found.turned().forEach(engine.notifier()::directionChanged);
        if (found.more()) {
            return Duration.ZERO;
        }
        double jitter = 0.75 + ThreadLocalRandom.current().nextDouble() * 0.5;
        return Duration.ofNanos((long) (PAUSE.toNanos() * jitter));
    }
}
