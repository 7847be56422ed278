package dev.belay.testing;

/**
 * Thrown at a crash point to get out of a step whose worker has just died. Nothing that the step does afterwards is recorded; do
 * not catch it.
 */
public final class WorkerCrashed extends Error {
    private static final long serialVersionUID = 1L;

    WorkerCrashed(String point) {
        super("The worker crashed at \"" + point + "\", as the test had asked.");
    }
}
