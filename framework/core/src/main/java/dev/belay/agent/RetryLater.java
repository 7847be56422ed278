package dev.belay.agent;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by the code of a model call when the provider asks to come back later. The step rests so long without a thread, no worker
 * calls the same model meanwhile, and none of the step's retries is used up.
 */
public class RetryLater extends Exception {
    private static final long serialVersionUID = 1L;

    private final Duration after;

    /** With how long to wait, and what the provider had said if that was an exception. */
    public RetryLater(Duration after, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.after = after;
    }

    /** How long to wait. */
    public Duration after() {
        return after;
    }
}
