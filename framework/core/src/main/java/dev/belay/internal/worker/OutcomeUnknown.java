package dev.belay.internal.worker;

import dev.belay.SagaException;

/** Nobody knows whether a call that may be made at most once took effect. */
final class OutcomeUnknown extends SagaException {
    private static final long serialVersionUID = 1L;

    OutcomeUnknown(String message) {
        super(message);
    }
}
