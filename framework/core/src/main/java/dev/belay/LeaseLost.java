package dev.belay;

/**
 * Thrown inside a step whose worker no longer holds the step's job: another worker may be running it by now.
 *
 * <p>Let it pass. Nothing the step does from here on is recorded as its result.
 */
public class LeaseLost extends SagaException {
    private static final long serialVersionUID = 1L;

    /** A lost lease, described. */
    public LeaseLost(String message) {
        super(message);
    }
}
