package dev.belay.jobrunr;

import java.util.UUID;
import org.jobrunr.jobs.lambdas.JobRequest;

/**
 * What a JobRunr job says of the saga step it is: whose, and nothing of what the application's types are called or hold. Made by Belay; for
 * JobRunr's own use otherwise.
 */
public final class StepJob implements JobRequest {
    private String schema;
    private String saga;
    private int branch;

    /** For the library that reads it. */
    @SuppressWarnings("NullAway") // The fields are set by reflection.
    private StepJob() {}

    StepJob(String schema, UUID saga, int branch) {
        this.schema = schema;
        this.saga = saga.toString();
        this.branch = branch;
    }

    /** The schema that the saga is in. */
    public String schema() {
        return schema;
    }

    /** The saga. */
    public UUID saga() {
        return UUID.fromString(saga);
    }

    /** The branch of the saga; 0 for its own line. */
    public int branch() {
        return branch;
    }

    @Override
    public Class<StepJobHandler> getJobRequestHandler() {
        return StepJobHandler.class;
    }
}
