package dev.belay;

/**
 * The code of a step asks for other activities than an earlier attempt of it recorded.
 *
 * <p>The saga is suspended instead of guessing: nothing recorded is lost, and nothing is executed twice.
 */
public class ReplayMismatch extends SagaException {
    private static final long serialVersionUID = 1L;

    /** A mismatch, described. */
    public ReplayMismatch(String message) {
        super(message);
    }
}
