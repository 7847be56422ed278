package dev.belay;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One step of a finished definition, as the engine runs it. Immutable.
 *
 * @param name unique within the definition
 * @param kind what it means for undoing
 * @param body what it does
 * @param input the type it takes
 * @param output the type it returns; for a routed step {@code Object}
 * @param undo what undoes it
 * @param retry when it runs again after a failure
 * @param undoRetry when its undo, and those of its activities, run again after a failure
 * @param timeout how long an attempt may take
 * @param onFailure what becomes of the saga when the retries are used up
 * @param goesTo the steps a routed step says it may go to; empty if it does not say
 */
public record StepDefinition(
        String name,
        StepKind kind,
        Body body,
        Class<?> input,
        Class<?> output,
        Optional<UndoBody> undo,
        RetryPolicy retry,
        RetryPolicy undoRetry,
        Duration timeout,
        FailurePolicy onFailure,
        List<String> goesTo) {

    /** What a step does. */
    public sealed interface Body {
        /** A step of a chain. */
        record Chain(Handlers.Chain<?, ?> handler) implements Body {}

        /** A step that says what comes next. */
        record Routed(Handlers.Routed<?> handler) implements Body {}

        /** A step in the engine's transaction. */
        record Transactional(Handlers.Transactional<?, ?> handler) implements Body {}
    }

    /** What undoes a step. */
    public sealed interface UndoBody {
        /** Plain code. */
        record Plain(Handlers.Compensation<?, ?> handler) implements UndoBody {}

        /** Code in the engine's transaction. */
        record Transactional(Handlers.TransactionalCompensation<?, ?> handler) implements UndoBody {}
    }

    /** Whether the step says itself what comes next. */
    public boolean isRouted() {
        return body instanceof Body.Routed;
    }
}
