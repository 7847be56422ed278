package dev.belay;

/** What becomes of a saga when nobody knows whether a step that may run at most once took effect. */
public enum UnknownPolicy {
    /** It waits for an operator, who finds out and says so: the default. */
    SUSPEND,
    /** It is undone; the step's undo is told that the outcome is unknown, and must be fit for that. */
    COMPENSATE
}
