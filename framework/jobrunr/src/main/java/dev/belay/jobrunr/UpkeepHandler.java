package dev.belay.jobrunr;

import org.jobrunr.jobs.lambdas.JobRequestHandler;

/** Makes the partitions of the coming days, and purges what retention lets go. Doing it again does no harm. */
public final class UpkeepHandler implements JobRequestHandler<UpkeepJob> {
    @Override
    public void run(UpkeepJob job) {
        Bridges.here(job.schema()).keepInOrder();
    }
}
