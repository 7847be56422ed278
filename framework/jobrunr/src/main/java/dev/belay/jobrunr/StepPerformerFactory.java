package dev.belay.jobrunr;

import org.jobrunr.jobs.Job;
import org.jobrunr.server.BackgroundJobPerformer;
import org.jobrunr.server.BackgroundJobPerformerFactory;
import org.jobrunr.server.BackgroundJobServer;

/** Found by JobRunr as a service: jobs of saga steps are performed by Belay, all others by JobRunr itself. */
public final class StepPerformerFactory implements BackgroundJobPerformerFactory {
    @Override
    public int getPriority() {
        return 20;
    }

    @Override
    public BackgroundJobPerformer newBackgroundJobPerformer(BackgroundJobServer server, Job job) {
        if (job.getJobDetails().getClassName().equals(StepJobHandler.class.getName())) {
            StepDispatch dispatch = StepDispatch.of(server);
            if (dispatch != null) {
                return new StepPerformer(server, job, dispatch);
            }
        }
        return new BackgroundJobPerformer(server, job);
    }
}
