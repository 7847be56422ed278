package dev.belay;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * One step of a finished definition, as the engine runs it. Immutable.
 *
 * @param name unique within the definition
 * @param line the name of the branch it belongs to; empty for the saga's own steps
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
 * @param rules what else it was told
 */
public record StepDefinition(
        String name,
        String line,
        StepKind kind,
        Body body,
        Class<?> input,
        Class<?> output,
        Optional<UndoBody> undo,
        RetryPolicy retry,
        RetryPolicy undoRetry,
        Duration timeout,
        FailurePolicy onFailure,
        List<String> goesTo,
        Rules rules) {

    /**
     * What else a step was told. Most steps are told nothing of it.
     *
     * @param onlyIf the condition under which it is run at all
     * @param deadline how long it may take with all its retries and waits; empty for any time
     * @param atMostOnce whether an attempt that may have had its effect is never repeated
     * @param verification what looks for the effect of an attempt of which nobody knows how it ended
     * @param onUnknown what becomes of the saga if that finds nothing
     * @param replans how often the saga may go back to before this step and try another way; 0 if it is no save-point
     * @param atOnce how many items of a fan-out run at once
     * @param tolerant whether a fan-out goes on without items that failed
     * @param returnsRejections whether an approval that is refused is an output instead of a failure
     * @param escalateAfter how long an approval waits before others are told
     * @param stopsSiblings whether branches are asked to stop, instead of waited for, when one beside them turns the saga back
     * @param failsIfLocked whether a lock that is taken fails the step instead of making it wait
     * @param limits what must let the step run, all of them
     */
    public record Rules(
            Optional<Handlers.Condition<?>> onlyIf,
            Optional<Duration> deadline,
            boolean atMostOnce,
            Optional<Handlers.Verification<?, ?>> verification,
            UnknownPolicy onUnknown,
            int replans,
            int atOnce,
            boolean tolerant,
            boolean returnsRejections,
            Optional<Duration> escalateAfter,
            boolean failsIfLocked,
            List<Limited> limits,
            boolean stopsSiblings) {}

    /**
     * A limit of a step.
     *
     * @param key says for what the limit holds by itself; empty if for all together
     */
    public record Limited(Limit limit, Optional<Handlers.LimitKey<?>> key) {}

    /** What a step does. */
    public sealed interface Body {
        /** A step of a chain. */
        record Chain(Handlers.Chain<?, ?> handler) implements Body {}

        /** A step that says what comes next. */
        record Routed(Handlers.Routed<?> handler) implements Body {}

        /** A step in the engine's transaction. */
        record Transactional(Handlers.Transactional<?, ?> handler) implements Body {}

        /** Branches side by side. */
        record Parallel(List<String> lines) implements Body {}

        /** One branch for each item. */
        record FanOut(String perItem, Class<?> item, Handlers.Chain<?, ? extends Collection<?>> items)
                implements Body {}

        /** A saga of its own. */
        record Child(SagaDefinition<?, ?> definition, Handlers.Chain<?, ?> input) implements Body {}

        /** A time. */
        record Sleep(Handlers.Chain<?, Duration> duration) implements Body {}

        /** A signal. */
        record Signal() implements Body {}

        /** A person's approval. */
        record Approve(Handlers.Chain<?, ?> question) implements Body {}

        /** Semantic locks. */
        record Lock(Handlers.Chain<?, ? extends Collection<String>> keys) implements Body {}

        /** An effect that was held back. */
        record Deferred(dev.belay.Deferred.Handler<?> handler) implements Body {}
    }

    /** What undoes a step. */
    public sealed interface UndoBody {
        /** Plain code. */
        record Plain(Handlers.Compensation<?, ?> handler) implements UndoBody {}

        /** Code in the engine's transaction. */
        record Transactional(Handlers.TransactionalCompensation<?, ?> handler) implements UndoBody {}
    }

    /** Whether the step waits for something: the engine runs it, and user code only says for what. */
    public boolean isWait() {
        return !(body instanceof Body.Chain
                || body instanceof Body.Routed
                || body instanceof Body.Transactional
                || body instanceof Body.Deferred);
    }

    /** The names of the branches it begins. */
    public List<String> lines() {
        if (body instanceof Body.Parallel parallel) {
            return parallel.lines();
        }
        return body instanceof Body.FanOut fanOut ? List.of(fanOut.perItem()) : List.of();
    }

    /** Whether the step says itself what comes next. */
    public boolean isRouted() {
        return body instanceof Body.Routed;
    }
}
