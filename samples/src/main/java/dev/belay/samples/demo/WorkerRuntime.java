package dev.belay.samples.demo;

import dev.belay.Belay;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.jobrunr.JobRunrBridge;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What the demo's workers run steps on. Nothing else in the demo knows which it is. */
public enum WorkerRuntime {
    /** Belay's own queue and threads. */
    BUILT_IN("built-in") {
        @Override
        Started start(Belay belay, WorkerOptions options) {
            return new Started(belay.worker(options).start(), belay::close);
        }
    },
    /** Each step a JobRunr job, on a JobRunr server in each worker's process. */
    JOBRUNR("jobrunr") {
        @Override
        Started start(Belay belay, WorkerOptions options) {
            var bridge = JobRunrBridge.on(belay).open();
            var worker = bridge.worker(options).start();
            return new Started(worker, () -> {
                worker.close();
                bridge.close();
                belay.close();
            });
        }
    };

    private final String spelling;

    WorkerRuntime(String spelling) {
        this.spelling = spelling;
    }

    /**
     * A worker that works.
     *
     * @param end ends it, what it runs on, and its engine
     */
    record Started(Worker worker, Runnable end) {}

    /** Starts a worker. */
    abstract Started start(Belay belay, WorkerOptions options);

    /** The runtime that {@code --runtime} calls so. */
    public static WorkerRuntime named(String spelling) {
        return Arrays.stream(values())
                .filter(runtime -> runtime.spelling.equals(spelling))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no runtime \"" + spelling + "\". Use "
                        + Arrays.stream(values()).map(WorkerRuntime::toString).collect(Collectors.joining(" or "))
                        + "."));
    }

    @Override
    public String toString() {
        return spelling;
    }
}
