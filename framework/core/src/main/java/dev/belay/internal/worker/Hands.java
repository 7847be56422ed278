package dev.belay.internal.worker;

import dev.belay.internal.queue.JobTable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A worker of this process that has threads free for what is about to be started here. The start claims for it, in its own commit, so
 * that the first step runs as soon as that is done, without a look and a second commit in between. Closed when the start is over.
 */
public interface Hands extends AutoCloseable {
    /** No worker: whoever looks first claims. */
    Hands NONE = new Hands() {
        @Override
        public @Nullable Long owner() {
            return null;
        }

        @Override
        public int room() {
            return 0;
        }

        @Override
        public void take(List<JobTable.Claimed> jobs) {}

        @Override
        public void close() {}
    };

    /** The incarnation to claim for; null for none. */
    @Nullable
    Long owner();

    /** For how many sagas at the most. */
    int room();

    /** The start is committed: its jobs are run. */
    void take(List<JobTable.Claimed> jobs);

    @Override
    void close();
}
