package dev.belay;

import org.jspecify.annotations.Nullable;

/**
 * Thrown to the step when one of its activities failed; the same type on the first run and on every replay.
 *
 * <p>A step may catch it and go on, for example by telling the model. On the first run {@link #getCause()} is the original
 * exception; on a replay, where the original object is gone, the cause is empty and {@link #failureType()} still names it.
 */
public class ActivityFailed extends SagaException {
    private static final long serialVersionUID = 1L;
    private final String activity;
    private final String failureType;

    /** A failure of {@code activity} by an exception whose class is named {@code failureType}. */
    public ActivityFailed(String activity, String failureType, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.activity = activity;
        this.failureType = failureType;
    }

    /** The name of the activity that failed. */
    public String activity() {
        return activity;
    }

    /** The class name of the original exception, kept as text. */
    public String failureType() {
        return failureType;
    }
}
