package dev.belay;

/**
 * Where a saga stands.
 *
 * <pre>
 *   start ──► RUNNING ─────────────────────────────► COMPLETED
 *              │  ▲ │
 *     failed   │  │ │ rejected, aborted, cancelled
 *              ▼  │ ▼
 *         SUSPENDED ──────► COMPENSATING ◄─────────► COMPENSATED
 *              │              │     ▲
 *              │  undo failed │     │ retry
 *              │              ▼     │
 *              │      COMPENSATION_FAILED
 *              │              │
 *              └──────────────┴── resolve ─────────► RESOLVED
 * </pre>
 *
 * A child saga that is COMPLETED goes to COMPENSATING when its parent is undone.
 * <p>Back from COMPENSATED leads only a late effect: a worker that had lost its job reports what it did after that was undone.
 */
public enum SagaState {
    /** Its steps are run. */
    RUNNING,
    /** It waits for an operator's decision; nothing runs, nothing is lost. */
    SUSPENDED,
    /** Its steps are being undone. */
    COMPENSATING,
    /** It reached its end. */
    COMPLETED,
    /** Everything that had to be undone is undone. */
    COMPENSATED,
    /** An undo has failed for good; it waits for an operator. */
    COMPENSATION_FAILED,
    /** An operator closed it. */
    RESOLVED;

    /** Whether nothing can happen to the saga any more; but for the child and the undone saga told of above. */
    public boolean isTerminal() {
        return this == COMPLETED || this == COMPENSATED || this == RESOLVED;
    }

    /** Whether the saga waits for an operator. */
    public boolean needsOperator() {
        return this == SUSPENDED || this == COMPENSATION_FAILED;
    }

    /**
     * Whether the move from this state to {@code next} is one of those in the picture, or one of two that few sagas take: from
     * {@link #COMPENSATING} to {@link #RUNNING}, by which a saga goes forward again from a {@linkplain Step#savepoint save-point}; and
     * from {@link #COMPLETED} to {@link #COMPENSATING}, by which a child saga is turned back by its parent, while the saga at the top
     * of its family is open.
     */
    public boolean canBecome(SagaState next) {
        return switch (this) {
            case RUNNING -> next == COMPLETED || next == SUSPENDED || next == COMPENSATING;
            case SUSPENDED -> next == RUNNING || next == COMPENSATING || next == RESOLVED;
            case COMPENSATING -> next == COMPENSATED || next == COMPENSATION_FAILED || next == RUNNING;
            case COMPENSATION_FAILED -> next == COMPENSATING || next == RESOLVED;
            case COMPLETED, COMPENSATED -> next == COMPENSATING;
            case RESOLVED -> false;
        };
    }
}
