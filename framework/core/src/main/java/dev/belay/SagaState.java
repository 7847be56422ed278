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

    /** Whether nothing can happen to the saga any more; but for an undone one that a late effect opens again. */
    public boolean isTerminal() {
        return this == COMPLETED || this == COMPENSATED || this == RESOLVED;
    }

    /** Whether the saga waits for an operator. */
    public boolean needsOperator() {
        return this == SUSPENDED || this == COMPENSATION_FAILED;
    }

    /** Whether the move from this state to {@code next} is one of those in the picture. */
    public boolean canBecome(SagaState next) {
        return switch (this) {
            case RUNNING -> next == COMPLETED || next == SUSPENDED || next == COMPENSATING;
            case SUSPENDED -> next == RUNNING || next == COMPENSATING || next == RESOLVED;
            case COMPENSATING -> next == COMPENSATED || next == COMPENSATION_FAILED;
            case COMPENSATION_FAILED -> next == COMPENSATING || next == RESOLVED;
            case COMPENSATED -> next == COMPENSATING;
            case COMPLETED, RESOLVED -> false;
        };
    }
}
