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
    /** The clock moves past the saga's deadline. */
    DEADLINE,
    /** The worker dies, another takes over. */
    CRASH,
    /** The worker loses its lease, another takes over; what the first one runs ends well after that. */
    LOSE_LEASE,
    /** The workers are stopped, and some with the code deployed anew begin. */
    REDEPLOY,

    // What an operator does.
    RETRY,
    RETRY_WITH_INPUT,
    SKIP,
    COMPENSATE,
    COMPENSATE_PAST_PIVOT,
    ACCEPT_RESIDUE,
    MARK_UNDONE,
    CANCEL,
    PAUSE,
    RESUME,
    RESOLVE,
    /** Resolves, but knows the saga as it was before. */
    RESOLVE_STALE;

    /** How the journal tells of an attempt that ended so, and is not tried again. */
    String result() {
        return switch (this) {
            case SUCCEED -> "SUCCEEDED";
            case FIND_NOTHING -> "NOTHING_TO_UNDO";
            case REJECT -> "REJECTED";
            default -> "GAVE_UP";
        };
    }

    /** Whether it is a decision, which may be refused. */
    boolean isDecision() {
        return compareTo(RETRY) >= 0;
    }

    /** Whether it is how running code ends. */
    boolean isVerdict() {
        return compareTo(SUCCEED) >= 0 && compareTo(FIND_NOTHING) <= 0;
    }
}
