package dev.belay.conformance;

import dev.belay.Belay;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.internal.Engine;
import dev.belay.jobrunr.JobRunrBridge;
import dev.belay.testing.WorkerStarter;

/** Workers whose steps run on JobRunr servers, each with one of its own, on tables beside Belay's. */
final class JobRunrWorkers implements WorkerStarter {
    @Override
    public AutoCloseable start(Belay belay, WorkerOptions options) {
        JobRunrBridge bridge = JobRunrBridge.on(belay)
                .workers(options.slots())
                .tablePrefix(((Engine) belay).schema() + ".")
                .open();
        Worker worker = bridge.worker(options).start();
        return () -> {
            worker.close();
            bridge.close();
        };
    }
}
