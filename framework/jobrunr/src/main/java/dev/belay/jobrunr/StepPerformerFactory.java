package dev.belay.jobrunr;

import java.util.Set;
import org.jobrunr.jobs.Job;
import org.jobrunr.server.BackgroundJobPerformer;
import org.jobrunr.server.BackgroundJobPerformerFactory;
import org.jobrunr.server.BackgroundJobServer;

/** Found by JobRunr as a service: jobs of saga steps are performed by Belay, all others by JobRunr itself. */
public final class StepPerformerFactory implements BackgroundJobPerformerFactory {
    private static final Set<String> OURS = Set.of(RecurringSagaHandler.class.getName(), UpkeepHandler.class.getName());

    @Override
    public int getPriority() {
        return 20;
    }

    @Override
    public BackgroundJobPerformer newBackgroundJobPerformer(BackgroundJobServer server, Job job) {
        String handler = job.getJobDetails().getClassName();
        if (handler.equals(StepJobHandler.class.getName())) {
            JobRunrBridge bridge = Bridges.of(server, job);
            if (bridge != null) {
                return new StepPerformer(server, job, bridge.workFor(job));
            }
        }
        return OURS.contains(handler) ? new BridgedPerformer(server, job) : new BackgroundJobPerformer(server, job);
    }
}
