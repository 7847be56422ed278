package dev.belay;

import dev.belay.agent.Budget;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A finished saga definition: name, version, steps and their compensations. Immutable and checked; write one with
 * {@link Saga#define}.
 *
 * @param <I> the saga's input
 * @param <R> its result
 */
public final class SagaDefinition<I, R> {
    private final String name;
    private final int version;
    private final Class<I> input;
    private final Class<R> result;
    private final String queue;
    private final Map<String, StepDefinition> steps;
    private final Map<String, Undo<?>> undos;
    private final Handlers.@Nullable Result<I, R> resultOf;
    private final List<SagaListener> listeners;
    private final @Nullable Duration deadline;
    private final Budget budget;

    SagaDefinition(
            String name,
            int version,
            Class<I> input,
            Class<R> result,
            String queue,
            List<StepDefinition> steps,
            List<Undo<?>> undos,
            Handlers.@Nullable Result<I, R> resultOf,
            List<SagaListener> listeners,
            @Nullable Duration deadline,
            Budget budget) {
        this.name = name;
        this.version = version;
        this.input = input;
        this.result = result;
        this.queue = queue;
        Map<String, StepDefinition> byName = new LinkedHashMap<>();
        steps.forEach(step -> byName.put(step.name(), step));
        this.steps = byName;
        Map<String, Undo<?>> undosByName = new LinkedHashMap<>();
        undos.forEach(undo -> undosByName.put(undo.name(), undo));
        this.undos = undosByName;
        this.resultOf = resultOf;
        this.listeners = List.copyOf(listeners);
        this.deadline = deadline;
        this.budget = budget;
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /** Its version, from 1. */
    public int version() {
        return version;
    }

    /** The type of a saga's input. */
    public Class<I> input() {
        return input;
    }

    /** The type of a saga's result; {@code Void} if it returns nothing. */
    public Class<R> result() {
        return result;
    }

    /** The queue its jobs are claimed from. */
    public String queue() {
        return queue;
    }

    /** Its steps, in the order written. */
    public List<StepDefinition> steps() {
        return List.copyOf(steps.values());
    }

    /** The step called {@code name}, if there is one. */
    public Optional<StepDefinition> step(String name) {
        return Optional.ofNullable(steps.get(name));
    }

    /** The registered undos. */
    public List<Undo<?>> undos() {
        return List.copyOf(undos.values());
    }

    /** The registered undo called {@code name}, if there is one. */
    public Optional<Undo<?>> undo(String name) {
        return Optional.ofNullable(undos.get(name));
    }

    /** How a completed chain's result is made; empty when the saga returns nothing or its steps end it. */
    public Optional<Handlers.Result<I, R>> resultOf() {
        return Optional.ofNullable(resultOf);
    }

    /** Who is told of what happens to its sagas. */
    public List<SagaListener> listeners() {
        return listeners;
    }

    /** How long after its start a saga's time is over, unless its start says otherwise; empty for never. */
    public Optional<Duration> deadline() {
        return Optional.ofNullable(deadline);
    }

    /** How much calls of models may take in one saga, unless an operator has raised that. */
    public Budget budget() {
        return budget;
    }

    @Override
    public String toString() {
        return "\"" + name + "\" version " + version;
    }
}
