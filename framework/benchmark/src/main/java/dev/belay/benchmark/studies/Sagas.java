package dev.belay.benchmark.studies;

import dev.belay.Saga;
import dev.belay.SagaDefinition;
import java.util.function.IntConsumer;

/** The sagas that several processes of a study know. Their input is a number by which the caller tells them apart. */
final class Sagas {
    static final int STEPS = 10;

    private Sagas() {}

    /** Of {@link #STEPS} steps that do nothing; {@code last} is told in the last of them. */
    static SagaDefinition<Integer, Void> chain(IntConsumer last) {
        Saga<Integer> saga = Saga.define("chain", Integer.class);
        for (int i = 1; i < STEPS; i++) {
            saga.step("step-" + i, Void.class, context -> null);
        }
        saga.step("step-" + STEPS, Void.class, context -> {
            last.accept(context.input());
            return null;
        });
        return saga.returnsNothing();
    }

    /** Of one step, which tells {@code ran}. */
    static SagaDefinition<Integer, Void> single(IntConsumer ran) {
        Saga<Integer> saga = Saga.define("single", Integer.class);
        saga.step("step", Void.class, context -> {
            ran.accept(context.input());
            return null;
        });
        return saga.returnsNothing();
    }
}
