package dev.belay.jobrunr;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.JobDetails;
import org.jobrunr.server.BackgroundJobServer;
import org.jspecify.annotations.Nullable;

/** Which bridge each JobRunr server of this process belongs to. JobRunr finds what performs its jobs by itself, and so it has to be asked here. */
final class Bridges {
    /** The server whose job the present thread performs. */
    static final ThreadLocal<@Nullable UUID> HERE = new ThreadLocal<>();

    private static final Map<Place, JobRunrBridge> OPEN = new ConcurrentHashMap<>();

    private record Place(UUID server, String schema) {}

    private Bridges() {}

    static void open(JobRunrBridge bridge, String schema) {
        if (OPEN.putIfAbsent(new Place(bridge.server().getId(), schema), bridge) != null) {
            throw new IllegalStateException("A bridge is open already between the JobRunr server "
                    + bridge.server().getId() + " and Belay's schema \"" + schema + "\". Close it first, or use it.");
        }
    }

    static void close(JobRunrBridge bridge, String schema) {
        OPEN.remove(new Place(bridge.server().getId(), schema), bridge);
    }

    /** The bridge of the server whose job this thread performs. */
    static JobRunrBridge here(String schema) {
        UUID server = HERE.get();
        JobRunrBridge bridge = server == null ? null : OPEN.get(new Place(server, schema));
        if (bridge == null) {
            throw new IllegalStateException("No JobRunrBridge is open for Belay's schema \"" + schema
                    + "\" on this JobRunr server. Open one beside every server that shares these tables.");
        }
        return bridge;
    }

    /** The bridge whose steps a job of {@link StepJob} is of; null if there is none here. */
    static @Nullable JobRunrBridge of(BackgroundJobServer server, Job job) {
        return request(job.getJobDetails()) instanceof StepJob step
                ? OPEN.get(new Place(server.getId(), step.schema()))
                : null;
    }

    private static @Nullable Object request(JobDetails details) {
        return details.getJobParameters().isEmpty()
                ? null
                : details.getJobParameters().get(0).getObject();
    }
}
