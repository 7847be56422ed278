package dev.belay.internal.journal;

import dev.belay.SagaDefinition;
import dev.belay.StepDefinition;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the values of a definition's steps look like. Kept beside the plan and not in it: it says how to read a plan and is none of
 * what open sagas follow, so a class that gained a field makes no other plan.
 *
 * @param result of the saga
 */
public record Shapes(Map<String, Values> steps, Shape result) {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** What a step takes and returns. */
    public record Values(Shape input, Shape output) {}

    /** Keeps its own copy. */
    public Shapes {
        steps = Map.copyOf(steps);
    }

    /** The shapes of a definition. */
    public static Shapes of(SagaDefinition<?, ?> definition, Payloads payloads) {
        Map<String, Values> steps = new LinkedHashMap<>();
        for (StepDefinition step : definition.steps()) {
            steps.put(step.name(), new Values(payloads.shape(step.input()), payloads.shape(step.output())));
        }
        return new Shapes(steps, payloads.shape(definition.result()));
    }

    /** What the step of the given name takes. */
    public Optional<Shape> input(String step) {
        return Optional.ofNullable(steps.get(step)).map(Values::input);
    }

    /** What the step of the given name returns. */
    public Optional<Shape> output(String step) {
        return Optional.ofNullable(steps.get(step)).map(Values::output);
    }

    JsonNode toJson() {
        ObjectNode all = NODES.objectNode();
        steps.forEach((name, values) -> {
            ObjectNode step = all.putObject(name);
            step.set("input", values.input().toJson());
            step.set("output", values.output().toJson());
        });
        ObjectNode json = NODES.objectNode();
        json.set("steps", all);
        json.set("result", result.toJson());
        return json;
    }

    static Shapes parse(JsonNode json) {
        Map<String, Values> steps = new LinkedHashMap<>();
        json.path("steps")
                .properties()
                .forEach(step -> steps.put(
                        step.getKey(),
                        new Values(
                                Shape.parse(step.getValue().path("input")),
                                Shape.parse(step.getValue().path("output")))));
        return new Shapes(steps, Shape.parse(json.path("result")));
    }
}
