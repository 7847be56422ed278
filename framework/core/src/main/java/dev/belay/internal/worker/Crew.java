package dev.belay.internal.worker;

import dev.belay.WorkerOptions;
import dev.belay.internal.queue.JobRow;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The jobs this process holds, and the threads they run on. Thread-safe. */
final class Crew {
    private static final long QUICK_STEP_NANOS = Duration.ofMillis(5).toNanos();

    private final int slots;
    private final Dispatch threads;
    private final Map<Held, SagaRun> runs = new ConcurrentHashMap<>();
    private volatile long typicalStepNanos = Duration.ofMillis(1).toNanos();

    /** Which job of which saga. */
    record Held(UUID saga, int branch) {
        static Held of(JobRow job) {
            return new Held(job.sagaId(), job.branch());
        }
    }

    Crew(WorkerOptions options, Dispatch threads) {
        this.slots = options.slots();
        this.threads = threads;
    }

    /** Holds a job just claimed, and runs it as soon as a thread is free. */
    void take(SagaRun run) {
        runs.put(Held.of(run.job()), run);
        threads.execute(run.job(), run);
    }

    /** Goes on with a job that is held already. */
    void goOn(SagaRun run, Runnable work) {
        threads.execute(run.job(), work);
    }

    /** Runs something of the worker's own, which is short. */
    void execute(Runnable work) {
        threads.execute(null, work);
    }

    /** Takes a job from the line of those that wait for a thread; false if it has begun. */
    boolean withdraw(SagaRun run) {
        return threads.withdraw(run);
    }

    void forget(SagaRun run) {
        runs.remove(Held.of(run.job()), run);
        threads.forget(run.job());
    }

    @Nullable
    SagaRun find(Held held) {
        return runs.get(held);
    }

    Collection<SagaRun> all() {
        return runs.values();
    }

    boolean holds(UUID saga) {
        return runs.values().stream().anyMatch(run -> run.job().sagaId().equals(saga));
    }

    /** Whether a branch of the given group is held. */
    boolean holds(UUID saga, int parent) {
        return runs.values().stream().anyMatch(run -> {
            Integer waits = run.job().parent();
            return waits != null && waits == parent && run.job().sagaId().equals(saga);
        });
    }

    boolean isEmpty() {
        return runs.isEmpty();
    }

    boolean hasIdleThreads() {
        return threads.isReady() && runs.size() < slots;
    }

    /**
     * How many more jobs to claim. A saga that waits for its commit holds no thread, so that quick steps want many more jobs than
     * threads; of slow steps, each claimed and not started is one that another worker could have.
     */
    int room() {
        if (!threads.isReady()) {
            return 0;
        }
        int most = stepsAreQuick() ? mostQuick() : slots + Math.max(1, slots / 8);
        int room = most - runs.size();
        // Claiming one by one would cost a statement a saga: wait for a handful, unless threads are idle.
        return room >= Math.max(1, most / 4) || hasIdleThreads() ? room : 0;
    }

    /** How many sagas that are being started to hold at once: of slow ones as many as there are threads, for another worker may have some free. */
    int roomForStarts() {
        return Math.max(0, (stepsAreQuick() ? mostQuick() : slots) - runs.size());
    }

    private boolean stepsAreQuick() {
        return typicalStepNanos < QUICK_STEP_NANOS;
    }

    private int mostQuick() {
        return Math.min(8 * slots, slots + 1_000);
    }

    /** An average that leans to the newest; exactness does not matter, so neither do lost updates. */
    void stepTook(long nanos) {
        typicalStepNanos = (typicalStepNanos * 15 + nanos) / 16;
    }

    /** A step hangs and keeps its thread: the others get one in its place. */
    void replaceHungThread() {
        threads.replaceHungThread();
    }

    /** A step that hung has come back, and with it its thread. */
    void hungThreadReturned() {
        threads.hungThreadReturned();
    }

    /** Waits until no job is held, at most for the given time. */
    boolean awaitEmpty(Duration atMost) {
        long until = System.nanoTime() + atMost.toNanos();
        while (!runs.isEmpty() && System.nanoTime() - until < 0) {
            Bell.pause(Duration.ofMillis(5));
        }
        return runs.isEmpty();
    }

    void shutDown() {
        threads.shutDown();
    }
}
