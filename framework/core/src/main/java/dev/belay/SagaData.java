package dev.belay;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What a saga knows so far: its input and the outputs of the steps that ran. */
public interface SagaData<I> {
    /** The input: the saga's for a chain step, its own for a routed step. */
    I input();

    /** The output of the latest successful run of {@code step}. Throws {@link SagaException} if it has none. */
    <O> O output(Step<?, O> step);

    /** The output of the latest successful run of {@code step}, if it has run. */
    <O> Optional<O> outputIfAny(Step<?, O> step);

    /** The outputs of a step that ran in several branches, in the order of the items; without those that did not come to it. */
    <O> List<O> outputs(Step<?, O> step);

    /** The saga's own input, for the steps of a branch that is run for each item. */
    <T> T sagaInput(Class<T> type);

    /** The saga's id. */
    UUID sagaId();
}
