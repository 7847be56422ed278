package dev.belay.jobrunr;

import org.jobrunr.jobs.lambdas.JobRequestHandler;

/**
 * What a server runs that took a step's job and has no Belay worker beside it. The step is not lost: Belay's own tables say that it
 * is due, and a worker takes it from there.
 */
public final class StepJobHandler implements JobRequestHandler<StepJob> {
    @Override
    public void run(StepJob job) {
        throw new IllegalStateException("This JobRunr server runs no steps of Belay's schema \"" + job.schema()
                + "\", so it leaves saga " + job.saga()
                + " to a server that does. Start a worker by JobRunrBridge beside"
                + " every JobRunr server that shares these tables.");
    }
}
