package dev.belay.jobrunr;

/** What JobRunr's dashboard shows of a step that was given up. The whole story is in Belay's. */
final class StepFailed extends Exception {
    private static final long serialVersionUID = 1;

    StepFailed(String message) {
        super(message, null, false, false);
    }
}
