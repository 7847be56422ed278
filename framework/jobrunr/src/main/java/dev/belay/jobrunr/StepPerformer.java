package dev.belay.jobrunr;

import org.jobrunr.jobs.Job;
import org.jobrunr.server.BackgroundJobPerformer;
import org.jobrunr.server.BackgroundJobServer;

/**
 * What a thread of JobRunr's does for a saga step. JobRunr's own performer would commit "succeeded" by itself afterwards; what became of a step was
 * committed with its journal by then.
 */
final class StepPerformer extends BackgroundJobPerformer {
    private final BackgroundJobServer server;
    private final Runnable work;

    StepPerformer(BackgroundJobServer server, Job job, Runnable work) {
        super(server, job);
        this.server = server;
        this.work = work;
    }

    @Override
    public void run() {
        server.getJobSteward().notifyThreadOccupied();
        try {
            work.run();
        } finally {
            server.getJobSteward().notifyThreadIdle();
        }
    }
}
