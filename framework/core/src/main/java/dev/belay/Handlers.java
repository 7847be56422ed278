package dev.belay;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The shapes of user code that a definition is made of. Each may run more than once, on any worker's threads. */
public final class Handlers {
    private Handlers() {}

    /** A step of a chain. Runs without a transaction and without a database connection held. */
    @FunctionalInterface
    public interface Chain<I, O> {
        /** Does the step's work and returns its output. */
        @Nullable
        O run(StepContext<I> context) throws Exception;
    }

    /** A step that says what comes next. */
    @FunctionalInterface
    public interface Routed<T> {
        /** Does the step's work and returns what comes next. */
        Next run(StepContext<T> context, T input) throws Exception;
    }

    /**
     * A step that runs inside the engine's own transaction: what it writes through {@code handle} commits together with the
     * step's record, exactly once. It must neither commit nor roll back, and should be short: it holds a connection.
     */
    @FunctionalInterface
    public interface Transactional<I, O> {
        /** Does the step's work in the transaction of {@code handle} and returns its output. */
        @Nullable
        O run(StepContext<I> context, Handle handle) throws Exception;
    }

    /** Says whether a step is run at all. */
    @FunctionalInterface
    public interface Condition<I> {
        /** Whether to run it; must not have effects. Its answer is recorded. */
        boolean holds(SagaData<I> saga) throws Exception;
    }

    /** Says for what a limit holds, each by itself. */
    @FunctionalInterface
    public interface LimitKey<I> {
        /** The key; must not have effects, and may be asked more than once. */
        String of(SagaData<I> saga) throws Exception;
    }

    /** Looks for the effect of an attempt of which nobody knows how it ended. */
    @FunctionalInterface
    public interface Verification<I, O> {
        /** What was found; may be called more than once. {@link StepContext#idempotencyKey} is the one the attempt had. */
        Verdict<O> verify(StepContext<I> context) throws Exception;
    }

    /** Undoes a step. */
    @FunctionalInterface
    public interface Compensation<I, O> {
        /** Undoes the step; may be called more than once and for a step of which nobody knows whether it had an effect. */
        void undo(UndoContext<I, O> context) throws Exception;
    }

    /** Undoes a step inside the engine's own transaction. */
    @FunctionalInterface
    public interface TransactionalCompensation<I, O> {
        /** Undoes the step through {@code handle}; must neither commit nor roll back. */
        void undo(UndoContext<I, O> context, Handle handle) throws Exception;
    }

    /** Makes a saga's result of what its steps returned. */
    @FunctionalInterface
    public interface Result<I, R> {
        /** The result; must not have effects. */
        @Nullable
        R of(SagaData<I> saga) throws Exception;
    }
}
