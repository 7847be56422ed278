package dev.belay;

import java.time.Instant;
import java.util.UUID;

/**
 * A saga in the line of a semantic lock.
 *
 * @param key what it asked for
 * @param saga who asked
 * @param ahead how many sagas stand before it; 0 if it holds the lock
 * @param since when it asked, by the database's clock
 */
public record SemanticLock(String key, UUID saga, int ahead, Instant since) {

    /** Whether the saga holds the lock; otherwise it waits. */
    public boolean isHeld() {
        return ahead == 0;
    }
}
