package dev.belay;

import org.jspecify.annotations.Nullable;

/** An input or output that cannot be stored or read: it does not fit its type, has an unknown type, or is too large. */
public class PayloadException extends SagaException {
    private static final long serialVersionUID = 1L;

    /** A payload that cannot be used, described. */
    public PayloadException(String message) {
        super(message);
    }

    /** A payload that cannot be used, described, with the reason. */
    public PayloadException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
