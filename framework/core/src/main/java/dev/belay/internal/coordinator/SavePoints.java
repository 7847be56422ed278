package dev.belay.internal.coordinator;

import dev.belay.Failure;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.Replan;
import dev.belay.SagaState;
import dev.belay.internal.journal.Failures;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.Retreats;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.journal.StepInput;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * The save-points of a saga whose row the transaction has locked: to which one a failure leads back, and how the saga goes forward
 * again from there once everything after it is undone.
 */
final class SavePoints {
    private final Tables tables;
    private final States states;
    private final Payloads payloads;

    SavePoints(Tables tables, States states, Payloads payloads) {
        this.tables = tables;
        this.states = states;
        this.payloads = payloads;
    }

    /**
     * The place of the nearest save-point that may be gone back to once more: the latest on the trunk that was run, was not undone
     * since, and has been gone back to less often than it allows. Empty if the whole saga is to be undone.
     */
    Optional<Integer> nearest(Handle handle, SagaRow saga) {
        Plan plan = states.plan(saga);
        if (plan.steps().stream().noneMatch(step -> step.replans() > 0)) {
            return Optional.empty();
        }
        List<JournalRow> attempts = new ArrayList<>();
        Set<Integer> notRun = new HashSet<>();
        List<JournalRow> trunk = tables.journal().outline(handle, saga.id(), 0, 0);
        for (JournalRow row : trunk) {
            if (row.kind() == Kind.ATTEMPT && !row.place().undoing()) {
                attempts.add(row);
                if (row.outcome() == Result.SKIPPED || row.outcome() == Result.PASSED_BY) {
                    notRun.add(row.place().seq());
                }
            }
        }
        Retreats retreats = Retreats.of(trunk);
        return attempts.stream()
                .map(JournalRow::place)
                .filter(place -> !notRun.contains(place.seq()) && !retreats.isUndone(place.seq()))
                .filter(place -> retreats.count(place.step()) < allowed(plan, place.step()))
                .map(JournalRow.Place::seq)
                .max(Comparator.naturalOrder());
    }

    private static int allowed(Plan plan, String step) {
        return plan.step(step).map(Plan.PlannedStep::replans).orElse(0);
    }

    /**
     * Goes forward again: everything from the save-point on is undone. Its step runs anew at a place that was never used, so that no
     * key it hands out has been seen, with what it had been given; beside that lies what it is told.
     */
    Settlement goForward(Handle handle, SagaRow saga, JobRow trunk, int from) {
        Plan plan = states.plan(saga);
        List<JournalRow> journal = tables.journal().of(handle, saga.id(), 0);
        JournalRow.Place old = journal.stream()
                .filter(row -> row.kind() == Kind.ATTEMPT && !row.place().undoing())
                .map(JournalRow::place)
                .filter(place -> place.seq() == from)
                .max(Comparator.comparingInt(JournalRow.Place::run))
                .orElseThrow(() -> new IllegalStateException("Saga " + saga.id() + " has no save-point at " + from));
        int seq = 1 + journal.stream().mapToInt(row -> row.place().seq()).max().orElse(from);
        boolean routed = plan.step(old.step()).map(Plan.PlannedStep::routed).orElse(false);
        Payload input = routed ? StepInput.of(journal, plan, saga.input(), old.step(), from, old.run()) : null;
        Retreats before = Retreats.of(journal);
        Replan replan = new Replan(
                before.count(old.step()) + 1, failure(saga, old.step()), undone(handle, saga, journal, before, from));
        SagaRow forward = states.become(handle, saga.replanned(), SagaState.RUNNING, null, null);
        JournalRow.Place place = new JournalRow.Place(saga.id(), 0, seq, 0, false, old.step());
        Payload told = payloads.encode(replan, Replan.class, "Why a saga went back to \"" + old.step() + "\"");
        tables.journal()
                .add(
                        handle,
                        JournalRow.decision(place, 0, Result.FAILED, Retreats.REPLAN, input, told)
                                .at(from));
        Move.Target target = new Move.Target(JobRow.State.READY, false, seq, 0, 0, old.step(), 0, 0, Duration.ZERO);
        tables.jobs().place(handle, trunk, target, null, forward);
        return new Settlement.Done(forward);
    }

    private Failure failure(SagaRow saga, String step) {
        Failure failure = Failures.parse(payloads, saga.failure());
        return failure != null ? failure : new Failure(step, "unknown", "What had failed was not recorded.", "");
    }

    private List<String> undone(Handle handle, SagaRow saga, List<JournalRow> journal, Retreats before, int from) {
        List<String> names = new ArrayList<>();
        for (UndoPlan.Item item :
                UndoPlan.of(states.plan(saga), journal).backTo(from).items()) {
            if (!before.isUndone(item.seq())) {
                addUndone(handle, saga, item, names);
            }
        }
        return names;
    }

    private void addUndone(Handle handle, SagaRow saga, UndoPlan.Item item, List<String> names) {
        UndoPlan.Branches branches = item.branches();
        UndoPlan.Activity activity = item.activity();
        if (branches == null) {
            if (item.progress() == UndoPlan.Progress.UNDONE) {
                names.add(activity == null ? item.step() : String.valueOf(activity.name()));
            }
            return;
        }
        Map<Integer, List<JournalRow>> journals =
                tables.journal().outline(handle, saga.id(), branches.first(), branches.last()).stream()
                        .collect(Collectors.groupingBy(row -> row.place().branch()));
        for (int branch = branches.last(); branch >= branches.first(); branch--) {
            UndoPlan.of(states.plan(saga), journals.getOrDefault(branch, List.of()))
                    .items()
                    .forEach(inner -> addUndone(handle, saga, inner, names));
        }
    }
}
