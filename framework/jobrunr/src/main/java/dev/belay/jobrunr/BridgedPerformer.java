package dev.belay.jobrunr;

import org.jobrunr.jobs.Job;
import org.jobrunr.server.BackgroundJobPerformer;
import org.jobrunr.server.BackgroundJobServer;

/** JobRunr's own performer, for jobs of Belay's that ask which bridge the server belongs to. */
final class BridgedPerformer extends BackgroundJobPerformer {
    private final BackgroundJobServer server;

    BridgedPerformer(BackgroundJobServer server, Job job) {
        super(server, job);
        this.server = server;
    }

    @Override
    public void run() {
        Bridges.HERE.set(server.getId());
        try {
            super.run();
        } finally {
            Bridges.HERE.remove();
        }
    }
}
