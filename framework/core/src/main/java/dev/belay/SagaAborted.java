package dev.belay;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by a step to end the saga and have it undone, when the step may already have had an effect.
 *
 * <p>The step's own undo runs too, before those of the steps ahead of it. Never retried.
 */
public class SagaAborted extends SagaException {
    private static final long serialVersionUID = 1L;

    /** An abort for the given reason. */
    public SagaAborted(String reason) {
        super(reason);
    }

    /** An abort for the given reason and cause. */
    public SagaAborted(@Nullable String reason, @Nullable Throwable cause) {
        super(reason, cause);
    }
}
