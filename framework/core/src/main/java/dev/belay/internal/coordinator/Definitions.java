package dev.belay.internal.coordinator;

import dev.belay.DefinitionException;
import dev.belay.SagaDefinition;
import dev.belay.SagaEvent;
import dev.belay.SagaException;
import dev.belay.SagaListener;
import dev.belay.StepDefinition;
import dev.belay.internal.journal.OutboxTable;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.PlanTable;
import dev.belay.internal.journal.Shapes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process can start and run: the definitions in its code, matched with the plans in the database. Thread-safe.
 *
 * <p>A running saga follows its version's stored plan. Its steps are looked up by name in the code of that version or, when that
 * is gone, of the newest version of the definition. Plans newer than any code here are left to the workers that know them.
 */
public final class Definitions {
    private static final Logger log = LoggerFactory.getLogger(Definitions.class);

    private final Jdbi jdbi;
    private final PlanTable plans;
    private final Payloads payloads;
    private final Map<String, TreeMap<Integer, SagaDefinition<?, ?>>> code = new TreeMap<>();
    private final Map<SagaDefinition<?, ?>, Integer> planOf = new ConcurrentHashMap<>();
    private final Map<SagaDefinition<?, ?>, String> refused = new ConcurrentHashMap<>();
    private final Map<Integer, Known> known = new ConcurrentHashMap<>();

    private final List<SagaListener> listeners;

    /**
     * A stored plan, and the code that runs it here, if there is any.
     *
     * @param hooked the types of events that somebody, here or elsewhere, wants to be told of
     * @param receivers who here wants to be told, by name
     * @param shapes what its values look like; empty if it was stored before that was kept
     */
    public record Known(
            int id,
            Plan plan,
            Optional<SagaDefinition<?, ?>> definition,
            Set<SagaEvent.Type> hooked,
            Map<String, SagaListener> receivers,
            Optional<Shapes> shapes) {}

    /** Checks that no two definitions share name and version. */
    public Definitions(
            Jdbi jdbi,
            PlanTable plans,
            Payloads payloads,
            Collection<SagaDefinition<?, ?>> definitions,
            List<SagaListener> listeners) {
        this.jdbi = jdbi;
        this.plans = plans;
        this.payloads = payloads;
        this.listeners = List.copyOf(listeners);
        for (SagaDefinition<?, ?> definition : withChildren(definitions)) {
            SagaDefinition<?, ?> twin = code.computeIfAbsent(definition.name(), name -> new TreeMap<>())
                    .put(definition.version(), definition);
            if (twin != null && twin != definition) {
                throw new DefinitionException(
                        definition.name(),
                        List.of("it is given twice with version " + definition.version()
                                + "; give the newer one a higher version"));
            }
        }
    }

    /** What the steps of a definition start is known with it. */
    private static Set<SagaDefinition<?, ?>> withChildren(Collection<SagaDefinition<?, ?>> definitions) {
        Set<SagaDefinition<?, ?>> all = new LinkedHashSet<>();
        Deque<SagaDefinition<?, ?>> open = new ArrayDeque<>(definitions);
        while (!open.isEmpty()) {
            SagaDefinition<?, ?> definition = open.remove();
            if (all.add(definition)) {
                for (StepDefinition step : definition.steps()) {
                    if (step.body() instanceof StepDefinition.Body.Child child) {
                        open.add(child.definition());
                    }
                }
            }
        }
        return all;
    }

    /** The newest version of a definition that is known here. */
    public SagaDefinition<?, ?> newest(SagaDefinition<?, ?> definition) {
        TreeMap<Integer, SagaDefinition<?, ?>> versions = code.get(definition.name());
        return versions == null ? definition : versions.lastEntry().getValue();
    }

    /** Stores the plans of versions that have none, and compares the others with the code. */
    public void store() {
        jdbi.useHandle(handle -> {
            for (SagaDefinition<?, ?> definition : all()) {
                Plan plan = Plan.of(definition);
                Shapes shapes = Shapes.of(definition, payloads);
                PlanTable.Stored stored = plans.store(handle, plan, shapes);
                planOf.put(definition, stored.id());
                boolean same = stored.plan().equals(plan);
                if (same && !stored.shapes().equals(Optional.of(shapes))) {
                    // What opened last most likely has the classes that values will be read as from now on.
                    plans.describe(handle, stored.id(), shapes);
                }
                if (!same && !plans.replaceIfUnused(handle, stored.id(), plan, shapes)) {
                    String words = "Saga definition " + definition + " was stored with the steps "
                            + names(stored.plan()) + ", and open sagas follow them, but the code now has "
                            + names(plan)
                            + (names(plan).equals(names(stored.plan())) ? " with other kinds, types or undos" : "")
                            + ". Raise its version, or keep the old steps until these sagas have ended.";
                    refused.put(definition, words);
                    log.warn("{} Open sagas go on by the stored plan; new ones are refused.", words);
                }
            }
        });
        jdbi.useHandle(handle -> plans.all(handle).forEach(stored -> hook(handle, stored)));
        refresh();
    }

    private static List<String> names(Plan plan) {
        return plan.steps().stream().map(Plan.PlannedStep::name).toList();
    }

    /** Reads the plans anew: another process may have stored some. */
    public void refresh() {
        List<PlanTable.Stored> stored = jdbi.withHandle(plans::all);
        stored.forEach(plan -> known.put(plan.id(), known(plan)));
    }

    private Known known(PlanTable.Stored stored) {
        Optional<SagaDefinition<?, ?>> definition = codeFor(stored.plan());
        Map<String, SagaListener> receivers = definition.map(this::receivers).orElse(Map.of());
        return new Known(stored.id(), stored.plan(), definition, stored.hooked(), receivers, stored.shapes());
    }

    private Map<String, SagaListener> receivers(SagaDefinition<?, ?> definition) {
        Map<String, SagaListener> receivers = new LinkedHashMap<>();
        Stream.concat(listeners.stream(), definition.listeners().stream()).forEach(listener -> {
            String name = listener.name();
            for (int twin = 2; receivers.containsKey(name); twin++) {
                name = listener.name() + " " + twin;
            }
            receivers.put(name, listener);
        });
        return receivers;
    }

    /** Before the plans are read: what happens here after that is told. */
    private void hook(Handle handle, PlanTable.Stored stored) {
        Set<SagaEvent.Type> wanted = EnumSet.noneOf(SagaEvent.Type.class);
        known(stored).receivers().values().forEach(listener -> wanted.addAll(listener.types()));
        if (!stored.hooked().containsAll(wanted)) {
            plans.hook(handle, stored.id(), wanted);
        }
    }

    private Optional<SagaDefinition<?, ?>> codeFor(Plan plan) {
        TreeMap<Integer, SagaDefinition<?, ?>> versions = code.get(plan.definition());
        if (versions == null || versions.lastKey() < plan.version()) {
            return Optional.empty();
        }
        SagaDefinition<?, ?> same = versions.get(plan.version());
        return Optional.of(same != null ? same : versions.lastEntry().getValue());
    }

    /** Every definition in the code. */
    public List<SagaDefinition<?, ?>> all() {
        List<SagaDefinition<?, ?>> all = new ArrayList<>();
        code.values().forEach(versions -> all.addAll(versions.values()));
        return all;
    }

    /** Every plan read so far. */
    List<Known> known() {
        return List.copyOf(known.values());
    }

    /** The numbers of the plans this process can run. */
    public List<Integer> runnable() {
        return known.values().stream()
                .filter(plan -> plan.definition().isPresent())
                .map(Known::id)
                .sorted()
                .toList();
    }

    /** Who here wants to be told of what. */
    public List<OutboxTable.Want> wants() {
        List<OutboxTable.Want> wants = new ArrayList<>();
        for (Known plan : known.values()) {
            plan.receivers()
                    .forEach((name, listener) ->
                            listener.types().forEach(type -> wants.add(new OutboxTable.Want(plan.id(), type, name))));
        }
        return wants;
    }

    /** Whether somebody, here or elsewhere, wants to be told of events of this type in sagas of this plan. */
    public boolean isHooked(int plan, SagaEvent.Type type) {
        return plan(plan).hooked().contains(type);
    }

    /** The plan with the given number. */
    public Known plan(int id) {
        Known plan = known.get(id);
        if (plan == null) {
            refresh();
            plan = known.get(id);
        }
        if (plan == null) {
            throw new SagaException(
                    "There is no plan " + id + ": its saga is older than the table of plans, or rows were deleted"
                            + " by hand. Restore the table \"plan\" from a backup.");
        }
        return plan;
    }

    /** The number of the plan that new sagas of {@code definition} follow. */
    public int planFor(SagaDefinition<?, ?> definition) {
        Integer id = planOf.get(definition);
        if (id == null) {
            throw new SagaException("Saga definition " + definition + " is not known here; known are " + all()
                    + ". Pass the definition to Belay.on(…).with(…).");
        }
        String words = refused.get(definition);
        if (words != null) {
            throw new SagaException(words);
        }
        return id;
    }
}
