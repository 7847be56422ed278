package dev.belay;

import java.util.Optional;
import java.util.UUID;

/** A result was asked of a saga that has none: it is still open, or it ended without completing. */
public class SagaNotCompleted extends SagaException {
    private static final long serialVersionUID = 1L;
    private final UUID sagaId;
    private final SagaState state;
    private final transient Optional<Failure> failure;

    /** The saga is in {@code state}, for the given failure if there is one. */
    public SagaNotCompleted(UUID sagaId, SagaState state, Optional<Failure> failure, String message) {
        super(message);
        this.sagaId = sagaId;
        this.state = state;
        this.failure = failure;
    }

    /** Which saga. */
    public UUID sagaId() {
        return sagaId;
    }

    /** The state it was in. */
    public SagaState state() {
        return state;
    }

    /** The failure that stopped or turned it, if any. */
    public Optional<Failure> failure() {
        return failure == null ? Optional.empty() : failure;
    }
}
