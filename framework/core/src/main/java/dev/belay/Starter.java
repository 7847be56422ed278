package dev.belay;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Starts sagas: in a transaction of its own, or in the caller's (see {@link Belay#within}). */
public interface Starter {

    /** Starts a saga. */
    default <I, R> SagaHandle<R> start(SagaDefinition<I, R> definition, I input) {
        return start(definition, input, StartOptions.defaults());
    }

    /** Starts a saga, or returns the one that was started with the same key. */
    <I, R> SagaHandle<R> start(SagaDefinition<I, R> definition, I input, StartOptions options);

    /** Starts one saga for each input, thousands in one statement, all or none. The handles are in the order of the inputs. */
    default <I, R> List<SagaHandle<R>> startAll(SagaDefinition<I, R> definition, Collection<? extends I> inputs) {
        return startAll(definition, inputs, StartOptions.defaults());
    }

    /**
     * The same with options for all of them, which must have no start key.
     *
     * @throws IllegalArgumentException if the options have one
     */
    <I, R> List<SagaHandle<R>> startAll(
            SagaDefinition<I, R> definition, Collection<? extends I> inputs, StartOptions options);

    /** Starts one saga for each key, or finds the one started with it before; all or none. */
    default <I, R> Map<String, SagaHandle<R>> startAll(
            SagaDefinition<I, R> definition, Map<String, ? extends I> inputsByKey) {
        return startAll(definition, inputsByKey, StartOptions.defaults());
    }

    /**
     * The same with options for all of them, which must have no start key of their own.
     *
     * @throws IllegalArgumentException if the options have one
     */
    <I, R> Map<String, SagaHandle<R>> startAll(
            SagaDefinition<I, R> definition, Map<String, ? extends I> inputsByKey, StartOptions options);
}
