package dev.belay.oracle;

import dev.belay.Outcome;
import dev.belay.oracle.Shape.Activity;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the oracle remembers of one run of a step, which is begun anew only with edited input. */
final class Run {
    final Shape.Step step;
    final int seq;
    final int number;
    /** How its attempts ended, the lost ones among them. */
    final List<Event> ended = new ArrayList<>();
    /** How its activity stands, once it has begun. */
    Optional<Outcome> activity = Optional.empty();
    /** Whether an operator has gone on without it. */
    boolean skipped;

    private boolean activityToldLate;

    Run(Shape shape, int seq, int number) {
        this.step = shape.step(seq);
        this.seq = seq;
        this.number = number;
    }

    /** An activity around all of a step's code ends as the code does; what was told late of it stays true. */
    private void codeIs(Outcome outcome) {
        if (step.activity() == Activity.AROUND) {
            activity = Optional.of(activityToldLate ? Outcome.SUCCEEDED : outcome);
        }
    }

    /** An attempt begins, the activity ahead of its code unless that is recorded. */
    void begin(Seen.Log log) {
        if (step.activity() == Activity.BEFORE && activity.isEmpty()) {
            log.call(new Item(this, true).name());
            activity = Optional.of(Outcome.SUCCEEDED);
        }
        codeIs(Outcome.UNKNOWN);
        log.call(new Item(this, false).name());
    }

    void ended(Event how) {
        ended.add(how);
        codeIs(how == Event.SUCCEED ? Outcome.SUCCEEDED : Outcome.FAILED);
    }

    /** The worker of an attempt was lost; it may tell late that the code ended well, or the activity around it. */
    void lost(boolean toldLate) {
        ended.add(Event.CRASH);
        if (toldLate && step.activity() == Activity.AROUND) {
            activityToldLate = true;
        } else if (toldLate) {
            ended.add(Event.SUCCEED);
        }
    }

    int tries(boolean undoing) {
        return undoing ? step.undoTries() : step.tries();
    }

    /** Whether the journal has room for one more late result of it: an activity that never ended tells its end under one number. */
    boolean canBeToldLate() {
        return step.activity() != Activity.AROUND || !activityToldLate;
    }

    /** Whether an attempt of the step was begun, in this run or one before it. */
    boolean hasBegun() {
        return number > 0 || !ended.isEmpty();
    }

    /** Something to undo: a run, or the activity in it. */
    record Item(Run run, boolean activity) {
        Shape.Step step() {
            return run.step;
        }

        String name() {
            return run.step.name() + "/" + run.number + (activity ? "/activity" : "");
        }
    }
}
