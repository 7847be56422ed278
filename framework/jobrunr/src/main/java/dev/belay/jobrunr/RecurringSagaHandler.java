package dev.belay.jobrunr;

import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.server.runner.ThreadLocalJobContext;

/** Starts the run of a {@link RecurringSaga} whose time has come. Trying it again starts nothing twice. */
public final class RecurringSagaHandler implements JobRequestHandler<RecurringSagaJob> {
    @Override
    public void run(RecurringSagaJob job) {
        Bridges.here(job.schema())
                .schedules()
                .fire(job.id(), ThreadLocalJobContext.getJobContext().getJobId());
    }
}
