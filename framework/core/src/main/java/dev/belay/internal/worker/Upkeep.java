package dev.belay.internal.worker;

import dev.belay.WorkerOptions;
import dev.belay.internal.coordinator.Sweep;
import dev.belay.internal.queue.SweepTable;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The loop that finds what no worker was told of: jobs to claim, groups that are through, wake-ups that are owed, deadlines that
 * are over, decisions about many sagas. All of it is asked in one statement, so that an idle worker asks little.
 */
final class Upkeep {
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final RunningWorker worker;
    private final RunningWorker.Engine engine;
    private final WorkerOptions options;
    private final Claims claims;
    private final AtomicBoolean owed = new AtomicBoolean();
    private final Sparing polling = new Sparing();
    private long nextLook = System.nanoTime();
    private long nextPoll = System.nanoTime();

    Upkeep(RunningWorker worker, RunningWorker.Engine engine, WorkerOptions options, Claims claims) {
        this.worker = worker;
        this.engine = engine;
        this.options = options;
        this.claims = claims;
    }

    /** Something ended here that another saga waits for. */
    void owes() {
        owed.set(true);
    }

    Duration runOnce() throws SQLException {
        if (!worker.mayStartStep()) {
            return PAUSE;
        }
        if (owed.getAndSet(false) && engine.sweep().wakeUps()) {
            engine.notifier().wakeAll();
        }
        long rest = nextLook - System.nanoTime();
        return rest > 0 ? Duration.ofNanos(rest) : look();
    }

    private Duration look() throws SQLException {
        boolean everyTime = options.poll().compareTo(PAUSE) <= 0;
        long from = System.nanoTime();
        boolean polls = (everyTime || nextPoll - from <= 0) && polling.isDue(from);
        List<String> queues = polls ? options.queues() : List.of();
        List<SweepTable.Due> due = claims.ask(handle -> engine.sweep().look(handle, queues));
        if (polls) {
            polling.took(from, System.nanoTime());
            nextPoll = System.nanoTime() + jittered(options.poll()).toNanos();
        }
        Sweep.Found found = engine.sweep().settle(due);
        if (found.ready()) {
            worker.wake();
        }
        if (found.bulk()) {
            worker.bulkBegun();
        }
        if (found.jobsWoken()) {
            engine.notifier().wakeAll();
        }
        found.turned().forEach(engine.notifier()::directionChanged);
        if (found.more()) {
            return Duration.ZERO;
        }
        Duration pause = jittered(everyTime ? options.poll() : PAUSE);
        nextLook = System.nanoTime() + pause.toNanos();
        return pause;
    }

    /** So that idle workers do not all look at the same moment. */
    private static Duration jittered(Duration duration) {
        double jitter = 0.75 + ThreadLocalRandom.current().nextDouble() * 0.5;
        return Duration.ofNanos((long) (duration.toNanos() * jitter));
    }
}
