package dev.belay.testing;

import dev.belay.Belay;
import dev.belay.WorkerOptions;

/** How a kit starts its workers; another runtime than the built-in one is tested by another starter. */
@FunctionalInterface
public interface WorkerStarter {

    /**
     * Starts a worker of {@code belay} and returns what stops it gracefully.
     *
     * @param options threads, lease and queues as the kit wants them
     */
    AutoCloseable start(Belay belay, WorkerOptions options);

    /** Starts the workers that come with Belay. */
    static WorkerStarter builtIn() {
        return (belay, options) -> belay.worker(options).start();
    }
}
