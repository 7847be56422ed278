package dev.belay;

/** What turned a saga from going forward to being undone or suspended. */
public enum Cause {
    /** A step rejected, aborted or failed for good. */
    STEP_FAILED,
    /** It was cancelled. */
    CANCELLED,
    /** Its deadline passed. */
    TIMED_OUT,
    /** The saga it belongs to is being undone. */
    PARENT_ABORTED,
    /** An operator decided so. */
    OPERATOR
}
