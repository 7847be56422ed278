package dev.belay.internal.worker;

import dev.belay.Cause;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaState;
import dev.belay.internal.coordinator.UndoPlan;
import dev.belay.internal.coordinator.Wish;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.Move;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turning back a saga of a single line by the group commit. When whatever many sagas call is down, they all turn at once; a transaction
 * for each would be most of what their undo costs.
 */
final class Turns {
    private Turns() {}

    /**
     * The move that turns a saga for a step that failed for good; null if the coordinator has to decide: about branches, pivots,
     * save-points and effects held back, and where nothing is to be undone.
     */
    static @Nullable Move inLane(SagaRun run, Wish.Compensate wish) {
        boolean plainly = wish.cause() == Cause.STEP_FAILED
                && wish.row().outcome() == Result.GAVE_UP
                && run.job().branch() == 0
                && !StepCode.isPivot(run)
                && !run.holdsBack()
                && isPlain(run.plan())
                && isPlain(run.saga());
        if (!plainly || run.history().stream().anyMatch(row -> row.outcome() == Result.UNKNOWN)) {
            return null;
        }
        List<JournalRow> after = new ArrayList<>(run.history());
        after.add(wish.row());
        UndoPlan.Item first = UndoPlan.of(run.plan(), after).next().orElse(null);
        if (first == null || first.branches() != null) {
            return null;
        }
        Move.Target target = Move.Target.undo(run.job(), first.seq(), first.run(), first.number(), first.step());
        return Move.turning(run.job(), wish.row(), target);
    }

    private static boolean isPlain(Plan plan) {
        return !plan.has(Plan.Form.PARALLEL)
                && !plan.has(Plan.Form.FAN_OUT)
                && !plan.has(Plan.Form.DEFERRED)
                && plan.steps().stream().noneMatch(step -> step.replans() > 0);
    }

    private static boolean isPlain(SagaRow saga) {
        return saga.state() == SagaState.RUNNING && !saga.pivotPassed() && saga.undoTo() == null && saga.replans() == 0;
    }
}
