package dev.belay.internal;

import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.StartOptions;
import dev.belay.Starter;
import dev.belay.internal.coordinator.Starts;
import dev.belay.internal.queue.StartStatement.Claimant;
import dev.belay.internal.queue.StartStatement.Start;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** Starts sagas in a transaction that somebody provides. */
record Starting(Engine engine, Starts starts, Transaction transaction) implements Starter {

    /** Runs work in a transaction, and wakes the workers after it. */
    @FunctionalInterface
    interface Transaction {
        List<UUID> run(String queue, Work work);
    }

    /** What is done in the transaction; a worker that is named is given what was started. */
    @FunctionalInterface
    interface Work {
        Starts.Begun with(Handle handle, Claimant claimant);
    }

    @Override
    public <I, R> SagaHandle<R> start(SagaDefinition<I, R> definition, I input, StartOptions options) {
        Start start = starts.prepare(definition, input, options.startKey().orElse(null));
        List<UUID> ids = run(definition, List.of(start), options);
        return engine.saga(ids.get(0), definition);
    }

    @Override
    public <I, R> List<SagaHandle<R>> startAll(
            SagaDefinition<I, R> definition, Collection<? extends I> inputs, StartOptions options) {
        refuseKey(options);
        List<Start> all = new ArrayList<>(inputs.size());
        for (I input : inputs) {
            all.add(starts.prepare(definition, input, null));
        }
        List<UUID> ids = run(definition, all, options);
        return ids.stream().map(id -> engine.saga(id, definition)).toList();
    }

    @Override
    public <I, R> Map<String, SagaHandle<R>> startAll(
            SagaDefinition<I, R> definition, Map<String, ? extends I> inputsByKey, StartOptions options) {
        refuseKey(options);
        List<String> keys = new ArrayList<>(inputsByKey.keySet());
        List<Start> all = new ArrayList<>(keys.size());
        for (String key : keys) {
            StartOptions.key(key);
            all.add(starts.prepare(definition, inputsByKey.get(key), key));
        }
        List<UUID> ids = run(definition, all, options);
        Map<String, SagaHandle<R>> handles = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            handles.put(keys.get(i), engine.saga(ids.get(i), definition));
        }
        return handles;
    }

    private List<UUID> run(SagaDefinition<?, ?> definition, List<Start> all, StartOptions options) {
        return transaction.run(
                definition.queue(), (handle, claimant) -> starts.start(handle, definition, all, options, claimant));
    }

    private static void refuseKey(StartOptions options) {
        options.startKey().ifPresent(key -> {
            throw new IllegalArgumentException("The start key \"" + key
                    + "\" would be shared by several sagas; pass their inputs by key to startAll instead.");
        });
    }
}
