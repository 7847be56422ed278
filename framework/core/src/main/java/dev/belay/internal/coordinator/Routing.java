package dev.belay.internal.coordinator;

import dev.belay.Next;
import dev.belay.SagaDefinition;
import dev.belay.SagaException;
import dev.belay.StepDefinition;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a routed step's answer means in its saga's plan. */
public final class Routing {
    private Routing() {}

    /**
     * What comes next.
     *
     * @param target the chosen step; null at the end of the saga or for a chain step, whose successor the plan knows
     * @param input what the chosen step is given
     * @param output what is recorded as returned; at the end of the saga its result
     * @param delay how long the chosen step waits before it runs
     */
    public record Chosen(
            @Nullable String target,
            @Nullable Payload input,
            @Nullable Payload output,
            Duration delay) {

        /** What comes next at once. */
        public Chosen(@Nullable String target, @Nullable Payload input, @Nullable Payload output) {
            this(target, input, output, Duration.ZERO);
        }
    }

    /** What {@code next}, answered by {@code step}, means. */
    public static Chosen of(Definitions.Known known, StepDefinition step, Next next, Payloads payloads) {
        SagaDefinition<?, ?> definition = known.definition()
                .orElseThrow(() -> new SagaException(
                        "No code for " + known.plan().definition() + " is known here, so it cannot be routed."));
        if (next instanceof Next.End end) {
            if (end.result() == null && definition.result() != Void.class) {
                throw new SagaException("Step \"" + step.name() + "\" ends the saga without a result, but " + definition
                        + " returns " + definition.result().getSimpleName() + ". Use Next.end(result).");
            }
            return new Chosen(null, null, payloads.encode(end.result(), definition.result(), "The saga's result"));
        }
        Next.GoTo goTo = (Next.GoTo) next;
        if (!step.goesTo().isEmpty() && !step.goesTo().contains(goTo.step())) {
            throw new SagaException("Step \"" + step.name() + "\" goes to \"" + goTo.step()
                    + "\", but says it only goes to " + step.goesTo() + ". Add it to .goesTo(…).");
        }
        StepDefinition target = known.plan()
                .step(goTo.step())
                .flatMap(planned -> definition.step(planned.name()))
                .orElseThrow(() -> new SagaException("Step \"" + step.name() + "\" goes to \"" + goTo.step()
                        + "\", but " + definition + " has only " + names(known.plan())
                        + ". Correct the name, or raise the definition's version."));
        if (!target.isRouted()) {
            if (goTo.input() != null) {
                throw new SagaException("Step \"" + step.name() + "\" hands an input to \"" + target.name()
                        + "\", which is a chain step and takes the saga's. Use Next.step(name) without input.");
            }
            return new Chosen(target.name(), null, null, goTo.delay());
        }
        if (goTo.input() == null) {
            throw new SagaException(
                    "Step \"" + step.name() + "\" goes to \"" + target.name() + "\" without an input, but it takes "
                            + target.input().getSimpleName() + ". Use Next.step(name, input).");
        }
        Payload input = payloads.encode(goTo.input(), target.input(), "The input of step \"" + target.name() + "\"");
        return new Chosen(target.name(), input, null, goTo.delay());
    }

    /** What skipping {@code step} with {@code value} means; for a routed step the value is a {@link Next}, or that as JSON. */
    static Chosen skip(
            Definitions.Known known,
            Plan.PlannedStep step,
            @Nullable Object value,
            Payloads payloads,
            Supplier<Optional<Payload>> before,
            String what) {
        if (!step.routed()) {
            return new Chosen(null, null, Expected.output(known, step, before).encode(value, payloads, what));
        }
        if (value instanceof JsonNode json) {
            return RoutedJson.read(known, step, json, payloads, what);
        }
        StepDefinition code = codeOf(known, step);
        if (code == null || !(value instanceof Next next)) {
            throw new SagaException(
                    what + " must be a Next, because the step says itself what comes next, and the process that"
                            + " skips it must know the definition; or it is JSON like {\"to\": \"step\", \"input\": …}.");
        }
        return of(known, code, next, payloads);
    }

    /** The code of {@code step}; null if this process does not have it. */
    static @Nullable StepDefinition codeOf(Definitions.Known known, Plan.PlannedStep step) {
        return known.definition()
                .flatMap(definition -> definition.step(step.name()))
                .orElse(null);
    }

    static List<String> names(Plan plan) {
        return plan.steps().stream().map(Plan.PlannedStep::name).toList();
    }
}
