package dev.belay.oracle;

/** Something that happens to a saga. */
enum Event {
    /** A saga is started; the first event, and again once a saga has ended. */
    START,
    /** It is started once more, with the same key. */
    START_AGAIN,

    // How the step or undo ends that is running.
    SUCCEED,
    /** It throws, and may be tried again. */
    FAIL,
    /** It throws what its retry policy gives up on. */
    FAIL_FOR_GOOD,
    /** It throws {@code StepRejected}. */
    REJECT,
    /** It throws {@code SagaAborted}. */
    ABORT,
    /** The undo finds nothing to undo. */
    FIND_NOTHING,

    /** The clock moves to the next retry. */
    DUE,
    /** The worker dies, another takes over. */
    CRASH,
    /** The worker is stopped, and one with the code deployed anew begins. */
    REDEPLOY,

    // What an operator does.
    RETRY,
    RETRY_WITH_INPUT,
    SKIP,
    COMPENSATE,
    CANCEL,
    RESOLVE,
    /** Resolves, but knows the saga as it was before. */
    RESOLVE_STALE;

    /** Whether it is a decision, which may be refused. */
    boolean isDecision() {
        return compareTo(RETRY) >= 0;
    }

    /** Whether it is how running code ends. */
    boolean isVerdict() {
        return compareTo(SUCCEED) >= 0 && compareTo(FIND_NOTHING) <= 0;
    }
}
