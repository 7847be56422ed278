package dev.belay.internal.worker;

import dev.belay.WorkerOptions;
import dev.belay.internal.queue.JobRow;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The loop that looks after what takes too long: jobs to begin, to finish, or to stop when told, and counts to be written. */
final class Watch {
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final long LONGEST_UNSTARTED_NANOS = Duration.ofSeconds(1).toNanos();

    private final RunningWorker worker;
    private final RunningWorker.Engine engine;
    private final WorkerOptions options;
    private final Crew crew;
    private final StepRunner runner;
    private long maintainedAt = System.nanoTime();

    Watch(RunningWorker worker, RunningWorker.Engine engine, WorkerOptions options, Crew crew, StepRunner runner) {
        this.worker = worker;
        this.engine = engine;
        this.options = options;
        this.crew = crew;
        this.runner = runner;
    }

    Duration runOnce() throws SQLException {
        List<JobRow> unstarted = new ArrayList<>();
        for (SagaRun run : crew.all()) {
            checkTime(run);
            boolean waitsLong = !run.hasBegun() && System.nanoTime() - run.claimedAt() > LONGEST_UNSTARTED_NANOS;
            if (waitsLong && crew.withdraw(run)) {
                crew.forget(run);
                unstarted.add(run.job());
            }
        }
        if (!unstarted.isEmpty()) {
            worker.handBack(unstarted, worker.incarnation());
            engine.notifier().wakeAll();
        }
        worker.writeOldCounts();
        maintain();
        return PAUSE;
    }

    private void checkTime(SagaRun run) {
        long overdue = run.overdueNanos();
        if (overdue >= options.timeoutGrace().toNanos()) {
            takeFromHungStep(run);
        } else if (overdue >= 0 && run.stopping() == null) {
            run.stop(SagaRun.Stop.TIMED_OUT);
        }
    }

    private void takeFromHungStep(SagaRun run) {
        run.abandon();
        crew.forget(run);
        crew.replaceHungThread();
        Thread settling = new Thread(() -> runner.takeFromHungStep(run), "belay-timeout");
        settling.setDaemon(true);
        settling.start();
    }

    /** Partitions of the coming days, plans that other processes have stored, and the counts of minutes that are over. */
    private void maintain() {
        if (System.nanoTime() - maintainedAt > Duration.ofMinutes(10).toNanos()) {
            maintainedAt = System.nanoTime();
            engine.partitions().makeAheadDaily();
            engine.definitions().refresh();
            engine.jdbi().useTransaction(handle -> engine.tables().stats().fold(handle));
        }
    }
}
