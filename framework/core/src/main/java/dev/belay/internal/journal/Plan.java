package dev.belay.internal.journal;

import dev.belay.PayloadName;
import dev.belay.SagaDefinition;
import dev.belay.StepDefinition;
import dev.belay.StepKind;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The steps of one version of a definition, as running sagas of that version follow them whatever the code says by now.
 *
 * @param steps in their order
 * @param result the type name of the saga's result
 */
public record Plan(String definition, int version, String queue, List<PlannedStep> steps, String result) {

    /**
     * One step.
     *
     * @param routed whether it says itself what comes next
     * @param undo whether it has an undo
     */
    public record PlannedStep(
            String name,
            StepKind kind,
            boolean routed,
            boolean transactional,
            boolean undo,
            String input,
            String output) {}

    /** The plan of a definition. */
    public static Plan of(SagaDefinition<?, ?> definition) {
        return new Plan(
                definition.name(),
                definition.version(),
                definition.queue(),
                definition.steps().stream()
                        .map(step -> new PlannedStep(
                                step.name(),
                                step.kind(),
                                step.isRouted(),
                                step.body() instanceof StepDefinition.Body.Transactional,
                                step.undo().isPresent(),
                                PayloadName.Of.type(step.input()),
                                PayloadName.Of.type(step.output())))
                        .toList(),
                PayloadName.Of.type(definition.result()));
    }

    /** The first step. */
    public PlannedStep first() {
        return steps.get(0);
    }

    /** The step called {@code name}. */
    public Optional<PlannedStep> step(String name) {
        return steps.stream().filter(s -> s.name().equals(name)).findFirst();
    }

    /** The step after the chain step called {@code name}; null after the last. */
    public @Nullable PlannedStep after(String name) {
        for (int i = 0; i + 1 < steps.size(); i++) {
            if (steps.get(i).name().equals(name)) {
                return steps.get(i + 1);
            }
        }
        return null;
    }
}
