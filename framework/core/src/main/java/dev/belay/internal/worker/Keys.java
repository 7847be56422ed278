package dev.belay.internal.worker;

import dev.belay.internal.queue.JobRow;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The idempotency keys handed to user code. They never contain the attempt: that is what makes them the same. */
final class Keys {
    private Keys() {}

    static String step(UUID saga, int branch, int seq, int run) {
        return saga + "/" + branch + "/" + seq + "/" + run;
    }

    static String step(JobRow job) {
        return step(job.sagaId(), job.branch(), job.seq(), job.run());
    }

    static String activity(JobRow job, String identity) {
        return step(job) + "/" + identity;
    }

    static String undo(UUID saga, int branch, int seq, int run, @Nullable String activity) {
        return step(saga, branch, seq, run) + (activity == null ? "" : "/" + activity) + "/undo";
    }
}
