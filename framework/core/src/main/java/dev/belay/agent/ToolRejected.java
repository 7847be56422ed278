package dev.belay.agent;

import dev.belay.SagaException;

/** A person has rejected a tool call, or nobody decided in time. No failure of the step: the model may be told and go on. */
public class ToolRejected extends SagaException {
    private static final long serialVersionUID = 1L;

    /** With who said why. */
    public ToolRejected(String message) {
        super(message);
    }
}
