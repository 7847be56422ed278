package dev.belay;

/** An operation that the saga's present state does not allow. Nothing was changed. */
public class OperationRefused extends SagaException {
    private static final long serialVersionUID = 1L;

    /** Why an operation was refused, for callers that act on it. */
    public enum Reason {
        /** The state does not allow the operation. */
        WRONG_STATE,
        /** The saga has passed its pivot and only goes forward. */
        PAST_PIVOT,
        /** Somebody changed the saga since the version the caller had seen. */
        CHANGED_SINCE_YOU_LOOKED,
        /** No step of the saga waits for what was brought. */
        NOT_WAITED_FOR,
        /** Somebody else has decided before. */
        ALREADY_DECIDED,
        /** A deadline may be extended, never shortened. */
        SHORTENS_DEADLINE
    }

    private final Reason reason;
    private final SagaState state;

    /** A refusal in the given state. */
    public OperationRefused(Reason reason, SagaState state, String message) {
        super(message);
        this.reason = reason;
        this.state = state;
    }

    /** Why it was refused. */
    public Reason reason() {
        return reason;
    }

    /** The saga's state when it was refused. */
    public SagaState state() {
        return state;
    }
}
