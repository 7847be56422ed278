package dev.belay.jobrunr;

import org.jobrunr.jobs.lambdas.JobRequest;

/** What JobRunr keeps of the upkeep that rides on its schedule. */
public final class UpkeepJob implements JobRequest {
    private String schema;

    /** For the library that reads it. */
    @SuppressWarnings("NullAway") // The field is set by reflection.
    private UpkeepJob() {}

    UpkeepJob(String schema) {
        this.schema = schema;
    }

    /** The schema that is kept in order. */
    public String schema() {
        return schema;
    }

    @Override
    public Class<UpkeepHandler> getJobRequestHandler() {
        return UpkeepHandler.class;
    }
}
