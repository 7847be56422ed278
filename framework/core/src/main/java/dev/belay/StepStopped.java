package dev.belay;

/**
 * Thrown by {@link StepContext} inside a step that should stop, because its saga was cancelled or its time is over.
 *
 * <p>Let it pass. A step that finishes regardless has its result recorded, and undone when the saga is being undone.
 */
public class StepStopped extends SagaException {
    private static final long serialVersionUID = 1L;

    /** A stop, with the reason. */
    public StepStopped(String message) {
        super(message);
    }
}
