package dev.belay.langchain4j;

import java.util.Objects;

/**
 * Carries what stops a step through LangChain4j, which hands every exception of a tool to the model, but no error.
 * {@link Scope#run} throws the cause instead.
 */
final class AgentStopped extends Error {
    private static final long serialVersionUID = 1L;

    AgentStopped(Throwable cause) {
        super(cause.getMessage(), cause);
    }

    @Override
    public synchronized Throwable getCause() {
        return Objects.requireNonNull(super.getCause());
    }
}
