package dev.belay.internal.coordinator;

import dev.belay.SagaDefinition;
import dev.belay.StepDefinition;
import dev.belay.inspect.PlannedStep;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The steps of a stored plan as they are shown. */
final class PlanViews {
    private PlanViews() {}

    static List<PlannedStep> steps(Definitions.Known known) {
        Map<String, List<String>> begins = begins(known);
        return known.plan().steps().stream()
                .map(step -> new PlannedStep(
                        step.name(),
                        step.line() == null ? "" : step.line(),
                        step.kind(),
                        step.form() == null
                                ? Plan.Form.CODE.name()
                                : step.form().name(),
                        step.routed(),
                        step.transactional(),
                        step.undo(),
                        step.replans() > 0,
                        shape(step.input(), known.shapes().flatMap(shapes -> shapes.input(step.name()))),
                        shape(step.output(), known.shapes().flatMap(shapes -> shapes.output(step.name()))),
                        begins.getOrDefault(step.name(), List.of())))
                .toList();
    }

    private static PlannedStep.Shape shape(String type, Optional<Shape> shape) {
        return new PlannedStep.Shape(type, shape.map(Shape::example));
    }

    /**
     * Which step begins which branches. A stored plan does not say; the code does, if it is here. Else it is seen from the order: the
     * lines of the plan follow in that of the steps that begin them, of which a fan-out begins one.
     */
    private static Map<String, List<String>> begins(Definitions.Known known) {
        Map<String, List<String>> begins = new HashMap<>();
        Optional<SagaDefinition<?, ?>> code = known.definition()
                .filter(definition -> known.plan().steps().stream()
                        .allMatch(step -> definition.steps().stream()
                                .anyMatch(coded -> coded.name().equals(step.name()))));
        if (code.isPresent()) {
            for (StepDefinition step : code.get().steps()) {
                begins.put(step.name(), step.lines());
            }
            return begins;
        }
        List<String> lines = new ArrayList<>(known.plan().steps().stream()
                .map(step -> step.line() == null ? "" : step.line())
                .filter(line -> !line.isEmpty())
                .distinct()
                .toList());
        List<Plan.PlannedStep> groups = known.plan().steps().stream()
                .filter(step -> step.form() == Plan.Form.PARALLEL || step.form() == Plan.Form.FAN_OUT)
                .toList();
        for (int i = 0; i < groups.size() && !lines.isEmpty(); i++) {
            long fansAfter = groups.subList(i + 1, groups.size()).size();
            long take = groups.get(i).form() == Plan.Form.FAN_OUT ? 1 : Math.max(1, lines.size() - fansAfter);
            List<String> taken = List.copyOf(lines.subList(0, Math.toIntExact(Math.min(take, lines.size()))));
            begins.put(groups.get(i).name(), taken);
            lines.subList(0, taken.size()).clear();
        }
        return begins;
    }
}
