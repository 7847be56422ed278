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
     * @param line the branch it belongs to; empty for the saga's own steps
     * @param form what it is, beside its code
     * @param routed whether it says itself what comes next
     * @param undo whether it has an undo
     * @param replans how often the saga may go back to before it; 0 if it is no save-point
     * @param atOnce how many of its branches run at once
     */
    public record PlannedStep(
            String name,
            @Nullable String line,
            StepKind kind,
            @Nullable Form form,
            boolean routed,
            boolean transactional,
            boolean undo,
            int replans,
            int atOnce,
            String input,
            String output) {

        /** Plans stored before there were branches say nothing of them. */
        public PlannedStep {
            line = line == null ? "" : line;
            form = form == null ? Form.CODE : form;
        }
    }

    /** What a step is. */
    public enum Form {
        /** Code of the application. */
        CODE,
        /** Branches side by side. */
        PARALLEL,
        /** One branch for each item. */
        FAN_OUT,
        /** A saga of its own. */
        CHILD,
        /** A time. */
        SLEEP,
        /** A signal. */
        SIGNAL,
        /** A person's approval. */
        APPROVAL,
        /** Semantic locks. */
        LOCK,
        /** An effect that other steps hold back until the pivot has passed. */
        DEFERRED;

        static Form of(StepDefinition.Body body) {
            if (body instanceof StepDefinition.Body.Parallel) {
                return PARALLEL;
            } else if (body instanceof StepDefinition.Body.FanOut) {
                return FAN_OUT;
            } else if (body instanceof StepDefinition.Body.Child) {
                return CHILD;
            } else if (body instanceof StepDefinition.Body.Sleep) {
                return SLEEP;
            } else if (body instanceof StepDefinition.Body.Signal) {
                return SIGNAL;
            } else if (body instanceof StepDefinition.Body.Approve) {
                return APPROVAL;
            } else if (body instanceof StepDefinition.Body.Lock) {
                return LOCK;
            } else if (body instanceof StepDefinition.Body.Deferred) {
                return DEFERRED;
            }
            return CODE;
        }
    }

    /** The plan of a definition. */
    public static Plan of(SagaDefinition<?, ?> definition) {
        return new Plan(
                definition.name(),
                definition.version(),
                definition.queue(),
                definition.steps().stream()
                        .map(step -> new PlannedStep(
                                step.name(),
                                step.line(),
                                step.kind(),
                                Form.of(step.body()),
                                step.isRouted(),
                                step.body() instanceof StepDefinition.Body.Transactional,
                                step.undo().isPresent(),
                                step.rules().replans(),
                                step.rules().atOnce(),
                                PayloadName.Of.type(step.input()),
                                PayloadName.Of.type(step.output())))
                        .toList(),
                PayloadName.Of.type(definition.result()));
    }

    /** The first of the saga's own steps. */
    public PlannedStep first() {
        return first("");
    }

    /** The first step of a branch. */
    public PlannedStep first(String line) {
        return steps.stream()
                .filter(step -> line.equals(step.line()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("Branch \"" + line + "\" has no step in " + this));
    }

    /** The step called {@code name}. */
    public Optional<PlannedStep> step(String name) {
        return steps.stream().filter(s -> s.name().equals(name)).findFirst();
    }

    /** What the step called {@code name} is. */
    public Form form(String name) {
        return step(name).map(PlannedStep::form).orElse(Form.CODE);
    }

    /** Whether the pivot is beside other steps, in a branch. */
    public boolean hasPivotInBranch() {
        return steps.stream().anyMatch(step -> step.kind() == StepKind.PIVOT && !"".equals(step.line()));
    }

    /** Whether any step is of the given form. */
    public boolean has(Form form) {
        return steps.stream().anyMatch(step -> step.form() == form);
    }

    /** The step after the chain step called {@code name}; null after the last of its branch. */
    public @Nullable PlannedStep after(String name) {
        String line = null;
        for (PlannedStep step : steps) {
            if (step.name().equals(name)) {
                line = step.line();
            } else if (line != null && line.equals(step.line())) {
                return step;
            }
        }
        return null;
    }
}
