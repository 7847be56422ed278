package dev.belay;

import java.util.UUID;

/** There is no saga with the given id, or retention has removed it. */
public class UnknownSaga extends SagaException {
    private static final long serialVersionUID = 1L;

    /** No saga has this id. */
    public UnknownSaga(UUID id) {
        super("There is no saga " + id
                + ". It was never committed, lives in another schema, or retention has removed it.");
    }
}
