package dev.belay.jobrunr;

import org.jobrunr.jobs.Job;
import org.jobrunr.server.BackgroundJobPerformer;
import org.jobrunr.server.BackgroundJobServer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the work of a saga step on a thread of JobRunr's. JobRunr's own performer would commit "succeeded" by itself afterwards; what
 * became of a step was committed with its journal by then.
 */
final class StepPerformer extends BackgroundJobPerformer {
    private final BackgroundJobServer server;
    private final Job job;
    private final StepDispatch dispatch;
    private final @Nullable Ticket ticket;

    StepPerformer(BackgroundJobServer server, Job job, StepDispatch dispatch) {
        super(server, job);
        this.server = server;
        this.job = job;
        this.dispatch = dispatch;
        this.ticket = dispatch.ticketBeingHandedOver();
    }

    @Override
    public void run() {
        server.getJobSteward().notifyThreadOccupied();
        try {
            if (ticket != null) {
                ticket.run();
            } else {
                dispatch.fetched(job);
            }
        } finally {
            server.getJobSteward().notifyThreadIdle();
        }
    }
}
