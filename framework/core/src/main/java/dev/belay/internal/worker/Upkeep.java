package dev.belay.internal.worker;

import dev.belay.internal.coordinator.Sweep;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/** The loop that finds what no worker was told of: groups that are through, wake-ups that are owed, deadlines that are over. */
final class Upkeep {
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final RunningWorker worker;
    private final RunningWorker.Engine engine;
    private final AtomicBoolean owed = new AtomicBoolean();
    private long nextLook = System.nanoTime();

    Upkeep(RunningWorker worker, RunningWorker.Engine engine) {
        this.worker = worker;
        this.engine = engine;
    }

    /** Something ended here that another saga waits for. */
    void owes() {
        owed.set(true);
    }

    Duration runOnce() {
        if (!worker.mayStartStep()) {
            return PAUSE;
        }
        if (owed.getAndSet(false) && engine.sweep().wakeUps()) {
            engine.notifier().wakeAll();
        }
        long rest = nextLook - System.nanoTime();
        return rest > 0 ? Duration.ofNanos(rest) : look();
    }

    private Duration look() {
        Sweep.Found found = engine.sweep().once();
        if (found.jobsWoken()) {
            engine.notifier().wakeAll();
        }
        found.turned().forEach(engine.notifier()::directionChanged);
        if (found.more()) {
            return Duration.ZERO;
        }
        double jitter = 0.75 + ThreadLocalRandom.current().nextDouble() * 0.5;
        Duration pause = Duration.ofNanos((long) (PAUSE.toNanos() * jitter));
        nextLook = System.nanoTime() + pause.toNanos();
        return pause;
    }
}
