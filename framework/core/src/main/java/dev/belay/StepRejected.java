package dev.belay;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by a step to end the saga and have it undone, with the promise that the step itself had no effect.
 *
 * <p>The step's own undo is spared, unless an earlier attempt failed or was lost: the promise is about this attempt only. Activities
 * it recorded with an undo are undone all the same. Never retried.
 */
public class StepRejected extends SagaException {
    private static final long serialVersionUID = 1L;

    /** A rejection for the given reason. */
    public StepRejected(String reason) {
        super(reason);
    }

    /** A rejection for the given reason and cause. */
    public StepRejected(@Nullable String reason, @Nullable Throwable cause) {
        super(reason, cause);
    }
}
