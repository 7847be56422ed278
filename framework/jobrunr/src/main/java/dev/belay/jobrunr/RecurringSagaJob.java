package dev.belay.jobrunr;

import org.jobrunr.jobs.lambdas.JobRequest;

/** What JobRunr keeps of a {@link RecurringSaga}: where it is registered, and under which id. */
public final class RecurringSagaJob implements JobRequest {
    private String schema;
    private String id;

    /** For the library that reads it. */
    @SuppressWarnings("NullAway") // The fields are set by reflection.
    private RecurringSagaJob() {}

    RecurringSagaJob(String schema, String id) {
        this.schema = schema;
        this.id = id;
    }

    /** The schema that sagas are started in. */
    public String schema() {
        return schema;
    }

    /** The schedule's id. */
    public String id() {
        return id;
    }

    @Override
    public Class<RecurringSagaHandler> getJobRequestHandler() {
        return RecurringSagaHandler.class;
    }
}
