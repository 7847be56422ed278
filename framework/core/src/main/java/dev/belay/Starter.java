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
    <I, R> List<SagaHandle<R>> startAll(SagaDefinition<I, R> definition, Collection<? extends I> inputs);

    /** Starts one saga for each key, or finds the one started with it before; all or none. */
    <I, R> Map<String, SagaHandle<R>> startAll(SagaDefinition<I, R> definition, Map<String, ? extends I> inputsByKey);
}
