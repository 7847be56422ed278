package dev.belay.internal.coordinator;

import dev.belay.Deployment;
import dev.belay.Deployment.Gap;
import dev.belay.Deployment.Kind;
import dev.belay.PayloadName;
import dev.belay.SagaDefinition;
import dev.belay.StepDefinition;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares the plans that open sagas follow with the code there is. Thread-safe. */
public final class Deployments {
    private static final Logger log = LoggerFactory.getLogger(Deployments.class);

    private final Jdbi jdbi;
    private final Tables tables;
    private final Payloads payloads;
    private final Definitions definitions;

    /** Reports over the given tables. */
    public Deployments(Jdbi jdbi, Tables tables, Payloads payloads, Definitions definitions) {
        this.jdbi = jdbi;
        this.tables = tables;
        this.payloads = payloads;
        this.definitions = definitions;
    }

    /** What the code here means for the sagas that are open now. */
    public Deployment report() {
        definitions.refresh();
        return report(definitions.known());
    }

    /** Logs, a line a version, what the code here cannot go on with. A process without any definition runs nothing, and hears nothing. */
    public void warn() {
        if (definitions.all().isEmpty()) {
            return;
        }
        List<Definitions.Known> lacking = definitions.known().stream()
                .filter(known -> !gaps(known).isEmpty())
                .toList();
        for (Deployment.Version version : report(lacking).versions()) {
            log.warn(
                    "{} open sagas of \"{}\" version {} {}: {}",
                    version.openSagas(),
                    version.definition(),
                    version.version(),
                    version.runnable()
                            ? "are run here, but not all of them to their end"
                            : "are left to other processes",
                    version.gaps().stream().map(Gap::words).collect(Collectors.joining(" ")));
        }
    }

    private Deployment report(List<Definitions.Known> plans) {
        if (plans.isEmpty()) {
            return new Deployment(List.of());
        }
        Map<Integer, Long> open = jdbi.withHandle(handle -> tables.plans()
                .openSagas(handle, plans.stream().map(Definitions.Known::id).toList()));
        return new Deployment(plans.stream()
                .filter(known -> open.containsKey(known.id()))
                .map(known -> new Deployment.Version(
                        known.plan().definition(),
                        known.plan().version(),
                        open.getOrDefault(known.id(), 0L),
                        known.definition().isPresent(),
                        gaps(known)))
                .sorted(Comparator.comparing(Deployment.Version::definition).thenComparing(Deployment.Version::version))
                .toList());
    }

    private List<Gap> gaps(Definitions.Known known) {
        Plan plan = known.plan();
        SagaDefinition<?, ?> code = known.definition().orElse(null);
        if (code == null) {
            return List.of(noCode(plan));
        }
        List<Gap> gaps = new ArrayList<>();
        for (Plan.PlannedStep step : plan.steps()) {
            StepDefinition here = code.step(step.name()).orElse(null);
            if (here == null) {
                gaps.add(new Gap(
                        Kind.STEP_GONE,
                        step.name(),
                        "Step \"" + step.name() + "\" is not in the code; a saga that comes to it is suspended with"
                                + " NO_HANDLER, and so is its undo. Deploy a build that has it, or skip it there."));
                continue;
            }
            if (step.undo() && here.undo().isEmpty()) {
                gaps.add(new Gap(
                        Kind.UNDO_GONE,
                        step.name(),
                        "The undo of step \"" + step.name() + "\" is not in the code; undoing it fails with NO_HANDLER."
                                + " Deploy a build that has it, then retry."));
            }
            addIfUnreadable(gaps, step.name(), "The input of step \"" + step.name() + "\"", step.input(), here.input());
            if (!step.routed() && !here.isRouted()) {
                addIfUnreadable(
                        gaps, step.name(), "The output of step \"" + step.name() + "\"", step.output(), here.output());
            }
        }
        addIfUnreadable(gaps, "", "The saga's result", plan.result(), code.result());
        return gaps;
    }

    private Gap noCode(Plan plan) {
        return definitions.all().stream()
                .filter(definition -> definition.name().equals(plan.definition()))
                .max(Comparator.comparingInt(SagaDefinition::version))
                .map(newest -> new Gap(
                        Kind.ONLY_OLDER_CODE,
                        "",
                        "The newest code here is of version " + newest.version() + ". Keep a process running that has"
                                + " version " + plan.version() + " or newer."))
                .orElseGet(() -> new Gap(
                        Kind.NO_CODE,
                        "",
                        "There is no code for \"" + plan.definition()
                                + "\" here. Keep a process running that has it, or"
                                + " give it to Belay.on(…).with(…)."));
    }

    private void addIfUnreadable(List<Gap> gaps, String step, String what, String stored, Class<?> type) {
        // Nothing is ever stored under "void".
        if (!stored.equals(PayloadName.Of.type(Void.class)) && !payloads.reads(stored, type)) {
            gaps.add(new Gap(
                    Kind.TYPE_CHANGED,
                    step,
                    what + " is stored as \"" + stored + "\", and the code expects \"" + PayloadName.Of.type(type)
                            + "\". Register an upcaster by Belay.on(…).upcast(\"" + stored + "\", …), or name it in"
                            + " @PayloadName(formerly = …)."));
        }
    }
}
