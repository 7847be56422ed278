package dev.belay;

/** How the work that is being undone had ended. */
public enum Outcome {
    /** It succeeded; there is an output. */
    SUCCEEDED,
    /** It failed, and may have had an effect; there is no output. */
    FAILED,
    /** Nobody knows: its worker died, or it never answered; there is no output. */
    UNKNOWN
}
