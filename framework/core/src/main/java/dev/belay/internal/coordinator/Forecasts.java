package dev.belay.internal.coordinator;

import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.Outcome;
import dev.belay.StepKind;
import dev.belay.UndoForecast;
import dev.belay.UndoForecast.Kept;
import dev.belay.UndoForecast.Planned;
import dev.belay.UndoForecast.What;
import dev.belay.UnknownSaga;
import dev.belay.internal.journal.Jdbis;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;

/** Says what a cancel would undo, from the same plan that the undoing itself follows. */
public final class Forecasts {
    private final Jdbi jdbi;
    private final Tables tables;
    private final Definitions definitions;

    /** Forecasts over the given tables. */
    public Forecasts(Jdbi jdbi, Tables tables, Definitions definitions) {
        this.jdbi = jdbi;
        this.tables = tables;
        this.definitions = definitions;
    }

    /** What a cancel of the saga would do now. */
    public UndoForecast of(UUID id) {
        return jdbi.inTransaction(handle -> {
            Jdbis.readOneMoment(handle);
            SagaRow saga = tables.sagas().find(handle, id).orElseThrow(() -> new UnknownSaga(id));
            Plan plan = definitions.plan(saga.planId()).plan();
            Map<Integer, List<JournalRow>> branches = new TreeMap<>();
            for (JournalRow row : tables.journal().outline(handle, id, 0, Integer.MAX_VALUE)) {
                branches.computeIfAbsent(row.place().branch(), branch -> new ArrayList<>())
                        .add(row);
            }
            Forecast forecast = new Forecast(plan, branches);
            forecast.running(tables.jobs().of(handle, id));
            forecast.walk(0, 1);
            forecast.undone.sort(Comparator.comparingInt(Planned::wave));
            return new UndoForecast(isCancellable(saga), why(saga), forecast.undone, forecast.kept());
        });
    }

    private static boolean isCancellable(SagaRow saga) {
        return switch (saga.state()) {
            case RUNNING, SUSPENDED -> !saga.pivotPassed();
            case COMPENSATING, COMPENSATION_FAILED, COMPENSATED -> true;
            case COMPLETED, RESOLVED -> false;
        };
    }

    private static Optional<String> why(SagaRow saga) {
        return switch (saga.state()) {
            case RUNNING, SUSPENDED ->
                saga.pivotPassed()
                        ? Optional.of("It has passed its pivot and only goes forward.")
                        : saga.paused()
                                ? Optional.of("It is paused: nothing is undone until it is resumed.")
                                : Optional.empty();
            case COMPENSATING -> Optional.of("It is being undone already.");
            case COMPENSATION_FAILED -> Optional.of("It is being undone already, and an undo has failed.");
            case COMPENSATED -> Optional.of("It is undone.");
            case COMPLETED, RESOLVED -> Optional.of("It has ended as " + saga.state() + ".");
        };
    }

    /** One forecast while it is made. */
    private static final class Forecast {
        private final Plan plan;
        private final Map<Integer, List<JournalRow>> branches;
        private final List<Planned> undone = new ArrayList<>();

        Forecast(Plan plan, Map<Integer, List<JournalRow>> branches) {
            this.plan = plan;
            this.branches = branches;
        }

        /** What a worker runs now: it would be waited for, and what it did would be undone first. */
        void running(List<JobRow> jobs) {
            for (JobRow job : jobs) {
                boolean hasUndo =
                        plan.step(job.step()).map(Plan.PlannedStep::undo).orElse(false);
                if (job.state() == JobRow.State.CLAIMED && !job.undoing() && hasUndo) {
                    undone.add(new Planned(
                            0,
                            What.STEP,
                            job.branch(),
                            job.seq(),
                            job.step(),
                            Optional.empty(),
                            Outcome.UNKNOWN,
                            false));
                }
            }
        }

        /** Goes through a branch from its end to its beginning, and answers the first wave after it. */
        int walk(int branch, int first) {
            int wave = first;
            for (UndoPlan.Item item :
                    UndoPlan.of(plan, branches.getOrDefault(branch, List.of())).items()) {
                boolean open =
                        item.progress() == UndoPlan.Progress.PENDING || item.progress() == UndoPlan.Progress.FAILED;
                UndoPlan.Branches range = item.branches();
                if (open && range != null) {
                    int after = wave;
                    for (int inner = range.first(); inner <= range.last(); inner++) {
                        after = Math.max(after, walk(inner, wave));
                    }
                    wave = after;
                } else if (open && !isRunning(item)) {
                    undone.add(planned(item, wave++));
                }
            }
            return wave;
        }

        private boolean isRunning(UndoPlan.Item item) {
            return undone.stream()
                    .anyMatch(other -> other.wave() == 0
                            && item.isStep()
                            && other.branch() == item.branch()
                            && other.seq() == item.seq());
        }

        private static Planned planned(UndoPlan.Item item, int wave) {
            UndoPlan.Activity activity = item.activity();
            What what = activity != null ? What.ACTIVITY : item.form() == Plan.Form.CHILD ? What.CHILD : What.STEP;
            return new Planned(
                    wave,
                    what,
                    item.branch(),
                    item.seq(),
                    item.step(),
                    activity == null ? Optional.empty() : Optional.ofNullable(activity.name()),
                    item.outcome(),
                    item.progress() == UndoPlan.Progress.FAILED);
        }

        /** What took effect, or may have, and has nothing that undoes it. */
        List<Kept> kept() {
            List<Kept> kept = new ArrayList<>();
            branches.forEach((branch, rows) -> rows.stream()
                    .filter(row -> row.kind() == Kind.ATTEMPT && !row.place().undoing())
                    .filter(row -> row.outcome() != Result.REJECTED && row.outcome() != Result.PASSED_BY)
                    .map(row -> row.place())
                    .distinct()
                    .forEach(place -> plan.step(place.step())
                            .filter(step -> !step.undo() && step.form() == Plan.Form.CODE)
                            .filter(step -> step.kind() != StepKind.PURE)
                            .ifPresent(step -> kept.add(new Kept(
                                    branch,
                                    place.seq(),
                                    step.name(),
                                    step.kind() == StepKind.PIVOT
                                            ? "It is the pivot, which is never undone."
                                            : "It has no undo.")))));
            return kept;
        }
    }
}
