package dev.belay.inspect;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * One saga of a bulk operation.
 *
 * @param words what came of it: the state it is in, or why not
 */
public record BulkItem(UUID saga, Result result, String words, Optional<Instant> at) {

    /** What came of it. */
    public enum Result {
        /** Its turn has not come. */
        WAITING,
        /** It was done. */
        DONE,
        /** The saga's state did not allow it. */
        REFUSED,
        /** It could not be done. */
        FAILED
    }
}
