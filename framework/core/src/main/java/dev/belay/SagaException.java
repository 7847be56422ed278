package dev.belay;

import org.jspecify.annotations.Nullable;

/** The root of everything Belay throws. Its message names the thing, the fact and the way out. */
public class SagaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** An exception that says {@code message}. */
    public SagaException(String message) {
        super(message);
    }

    /** An exception that says {@code message} and was caused by {@code cause}. */
    public SagaException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
