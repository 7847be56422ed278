package dev.belay.inspect;

/** What can be decided about many sagas at once; each as the method of {@link dev.belay.Operator} of that name. */
public enum BulkAction {
    /** Run what failed again. */
    RETRY,
    /** Cancel and undo. */
    CANCEL,
    /** Undo what is suspended. */
    COMPENSATE,
    /** Stop where it is. */
    PAUSE,
    /** Go on after a pause. */
    RESUME,
    /** Close as it is. */
    RESOLVE
}
