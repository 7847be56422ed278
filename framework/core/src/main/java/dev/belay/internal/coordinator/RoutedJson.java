package dev.belay.internal.coordinator;

import dev.belay.PayloadException;
import dev.belay.StepDefinition;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What a routed step's answer is as JSON: {@code {"to": "step", "input": …}}, {@code {"to": "step"}} to a chain step, or {@code
 * {"end": result}}. Read by the plan, so that no code is needed.
 */
final class RoutedJson {
    private static final String TO = "to";
    private static final String INPUT = "input";
    private static final String END = "end";

    private RoutedJson() {}

    static Routing.Chosen read(
            Definitions.Known known, Plan.PlannedStep step, JsonNode json, Payloads payloads, String what) {
        Set<String> fields = Set.copyOf(json.propertyNames());
        if (json.isObject() && fields.equals(Set.of(END))) {
            Payload result = Expected.result(known).encode(json.path(END), payloads, "The saga's result");
            return new Routing.Chosen(null, null, result);
        }
        boolean goesOn =
                json.isObject() && fields.contains(TO) && Set.of(TO, INPUT).containsAll(fields);
        if (!goesOn || !json.path(TO).isString()) {
            throw new PayloadException(what
                    + " must say what comes next, because the step does so itself: {\"to\": \"step\", \"input\": …},"
                    + " {\"to\": \"step\"} for a chain step, or {\"end\": result}. Nothing was changed.");
        }
        return goTo(known, step, json, payloads, what);
    }

    private static Routing.Chosen goTo(
            Definitions.Known known, Plan.PlannedStep step, JsonNode json, Payloads payloads, String what) {
        String name = json.path(TO).asString();
        Plan.PlannedStep target = known.plan()
                .step(name)
                .filter(planned -> String.valueOf(planned.line()).equals(step.line()))
                .orElseThrow(() -> new PayloadException(what + " goes to \"" + name + "\", but the steps are "
                        + Routing.names(known.plan()) + ". Correct the name; nothing was changed."));
        StepDefinition code = Routing.codeOf(known, step);
        if (code != null && !code.goesTo().isEmpty() && !code.goesTo().contains(name)) {
            throw new PayloadException(what + " goes to \"" + name + "\", but the step says it only goes to "
                    + code.goesTo() + ". Nothing was changed.");
        }
        if (target.routed()) {
            Payload input = Expected.input(known, target, Optional::empty)
                    .encode(json.path(INPUT), payloads, "The input of step \"" + name + "\"");
            return new Routing.Chosen(name, input, null);
        }
        if (!json.path(INPUT).isMissingNode() && !json.path(INPUT).isNull()) {
            throw new PayloadException(what + " hands an input to \"" + name
                    + "\", which is a chain step and takes the saga's. Leave it out; nothing was changed.");
        }
        return new Routing.Chosen(name, null, null);
    }
}
