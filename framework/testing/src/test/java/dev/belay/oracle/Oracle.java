package dev.belay.oracle;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPENSATING;
import static dev.belay.SagaState.COMPENSATION_FAILED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RESOLVED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;

import dev.belay.Cause;
import dev.belay.OperationRefused.Reason;
import dev.belay.Outcome;
import dev.belay.SagaState;
import dev.belay.oracle.Shape.Activity;
import dev.belay.oracle.Shape.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What a saga means, told a second time: from the rules alone, in memory, knowing nothing of tables, leases and workers.
 *
 * <p>{@link #apply} takes an event and answers what the caller may be told; {@link #expected} says what must then be seen. The
 * rules that a mutant gets wrong are methods of their own.
 */
class Oracle {
    /** What the saga's job does once everything has come to rest. */
    enum Job {
        NONE,
        RUNNING,
        WAITING,
        PARKED
    }

    /** One run of a step: begun anew only with edited input. */
    private static final class Run {
        final int seq;
        final int number;
        final List<Event> ended = new ArrayList<>();
        Optional<Outcome> activity = Optional.empty();

        Run(int seq, int number) {
            this.seq = seq;
            this.number = number;
        }
    }

    /** Something to undo: a step, or the activity in it. */
    private record Item(Run run, boolean activity) {}

    private final Shape shape;
    private final List<Run> runs = new ArrayList<>();
    private final Deque<Item> toUndo = new ArrayDeque<>();
    private final List<String> attempts = new ArrayList<>();
    private final List<String> calls = new ArrayList<>();
    private final List<String> decisions = new ArrayList<>();
    private final Set<Integer> skipped = new LinkedHashSet<>();
    private final List<SagaState> path = new ArrayList<>();
    private SagaState state = RUNNING;
    private Optional<Cause> cause = Optional.empty();
    private Job job = Job.NONE;
    private boolean undoing;
    private boolean pivotPassed;
    private boolean cancelRequested;
    private int failures;

    Oracle(Shape shape) {
        this.shape = shape;
        begin(new Run(1, 0));
    }

    SagaState state() {
        return state;
    }

    Job job() {
        return job;
    }

    boolean isUndoing() {
        return undoing;
    }

    boolean isPivotPassed() {
        return pivotPassed;
    }

    /** The states the saga went through in the last event, the one before it first. */
    List<SagaState> path() {
        return List.copyOf(path);
    }

    /** The moves there are. */
    static Set<SagaState> moves(SagaState from) {
        return switch (from) {
            case RUNNING -> Set.of(SUSPENDED, COMPENSATING, COMPLETED);
            case SUSPENDED -> Set.of(RUNNING, COMPENSATING, RESOLVED);
            case COMPENSATING -> Set.of(COMPENSATED, COMPENSATION_FAILED);
            case COMPENSATION_FAILED -> Set.of(COMPENSATING, RESOLVED);
            case COMPLETED, COMPENSATED, RESOLVED -> Set.of();
        };
    }

    // ---- the rules a mutant may get wrong

    Optional<Reason> refuses(Event decision) {
        boolean allowed = switch (decision) {
            case RETRY, RESOLVE, RESOLVE_STALE -> state == SUSPENDED || state == COMPENSATION_FAILED;
            case RETRY_WITH_INPUT, SKIP, COMPENSATE -> state == SUSPENDED;
            case CANCEL -> state != COMPLETED && state != RESOLVED;
            default -> throw new IllegalArgumentException(decision + " is no decision");
        };
        if (!allowed) {
            return Optional.of(Reason.WRONG_STATE);
        }
        boolean turns = decision == Event.COMPENSATE || decision == Event.CANCEL;
        if (turns && pivotPassed) {
            return Optional.of(Reason.PAST_PIVOT);
        }
        return decision == Event.RESOLVE_STALE ? Optional.of(Reason.CHANGED_SINCE_YOU_LOOKED) : Optional.empty();
    }

    /** What becomes of a saga when a step has failed for good. */
    SagaState afterFailure(Event how) {
        if (pivotPassed) {
            return SUSPENDED;
        }
        boolean aborts = how == Event.REJECT || how == Event.ABORT;
        return aborts || cancelRequested || step().compensates() ? COMPENSATING : SUSPENDED;
    }

    /** Whether the step's own undo has something to undo in a run. */
    boolean isUndone(Shape.Step step, List<Event> ended, boolean wasSkipped) {
        return step.undo() && !wasSkipped && ended.stream().anyMatch(how -> how != Event.REJECT);
    }

    /** How the run stands that is to be undone. A lost attempt is one of which nobody knows, whatever others came to. */
    Outcome outcome(List<Event> ended) {
        return ended.contains(Event.SUCCEED)
                ? Outcome.SUCCEEDED
                : ended.contains(Event.CRASH) ? Outcome.UNKNOWN : Outcome.FAILED;
    }

    /** How many failures an attempt begins with that an operator has asked for. */
    int failuresAfterRetry(int before) {
        return 0;
    }

    /** Whether a lost attempt costs one of the retries. */
    boolean lossIsFailure() {
        return false;
    }

    /** Whether a cancel waits for what the pivot comes to. */
    boolean cancelWaits() {
        return step().kind() == Kind.PIVOT;
    }

    // ---- events

    /** Applies an event and answers what the caller may be told: the states, or the reason of the refusal; empty if nobody asks. */
    Set<String> apply(Event event) {
        path.clear();
        path.add(state);
        if (event.isVerdict()) {
            require(job == Job.RUNNING, event);
            end(event);
        } else if (event == Event.DUE && job == Job.WAITING) {
            runAgain();
        } else if (event == Event.CRASH && job == Job.RUNNING) {
            lose();
        } else if (event.isDecision()) {
            Optional<Reason> refusal = refuses(event);
            if (refusal.isPresent()) {
                return Set.of(refusal.get().name());
            }
            decide(event);
            Set<String> told = new LinkedHashSet<>();
            path.subList(Math.min(1, path.size() - 1), path.size()).forEach(passed -> told.add(passed.name()));
            return told;
        }
        return Set.of();
    }

    private void decide(Event decision) {
        decisions.add(decision + " " + state);
        if (decision == Event.CANCEL
                && (state == COMPENSATING || state == COMPENSATED || state == COMPENSATION_FAILED)) {
            return;
        }
        switch (decision) {
            case RETRY -> retry();
            case RETRY_WITH_INPUT -> {
                become(RUNNING);
                begin(new Run(last().seq, last().number + 1));
            }
            case SKIP -> {
                become(RUNNING);
                skipped.add(last().seq);
                attempt(false, last(), "SKIPPED");
                advance();
            }
            case COMPENSATE -> turn(Cause.OPERATOR);
            case CANCEL -> cancel();
            case RESOLVE, RESOLVE_STALE -> {
                become(RESOLVED);
                finish();
            }
            default -> throw new IllegalArgumentException(decision + " is no decision");
        }
    }

    private void retry() {
        failures = failuresAfterRetry(failures);
        become(undoing ? COMPENSATING : RUNNING);
        runAgain();
    }

    private void cancel() {
        if (state == RUNNING && cancelWaits()) {
            cancelRequested = true;
        } else if (state == RUNNING && job == Job.RUNNING) {
            // The step is asked to stop and keeps its job; what it did is undone after it has ended.
            cause = Optional.of(Cause.CANCELLED);
            become(COMPENSATING);
        } else {
            turn(Cause.CANCELLED);
        }
    }

    private void end(Event how) {
        if (undoing) {
            endUndo(how);
            return;
        }
        Run run = last();
        if (step().activity() == Activity.AROUND) {
            run.activity = Optional.of(how == Event.SUCCEED ? Outcome.SUCCEEDED : Outcome.FAILED);
        }
        run.ended.add(how);
        boolean triedAgain = how == Event.FAIL && ++failures < step().tries();
        attempt(
                false,
                run,
                switch (how) {
                    case SUCCEED -> "SUCCEEDED";
                    case REJECT -> "REJECTED";
                    default -> triedAgain ? "FAILED" : "GAVE_UP";
                });
        if (state == COMPENSATING) {
            beginUndoing();
        } else if (how == Event.SUCCEED) {
            advance();
        } else if (triedAgain && !cancelRequested) {
            job = Job.WAITING;
        } else if (afterFailure(how) == COMPENSATING) {
            turn(cancelRequested ? Cause.CANCELLED : Cause.STEP_FAILED);
        } else {
            cause = Optional.of(Cause.STEP_FAILED);
            become(SUSPENDED);
            job = Job.PARKED;
        }
    }

    private void endUndo(Event how) {
        boolean triedAgain = how == Event.FAIL && ++failures < step().undoTries();
        attempt(
                toUndo.element().activity(),
                toUndo.element().run(),
                switch (how) {
                    case SUCCEED -> "SUCCEEDED";
                    case FIND_NOTHING -> "NOTHING_TO_UNDO";
                    default -> triedAgain ? "FAILED" : "GAVE_UP";
                });
        if (how == Event.SUCCEED || how == Event.FIND_NOTHING) {
            toUndo.remove();
            undoNext();
        } else if (triedAgain) {
            job = Job.WAITING;
        } else {
            // In a chain everything that is left happened before this.
            become(COMPENSATION_FAILED);
            job = Job.PARKED;
        }
    }

    private void lose() {
        if (undoing) {
            attempt(toUndo.element().activity(), toUndo.element().run(), "LOST");
        } else {
            last().ended.add(Event.CRASH);
            attempt(false, last(), "LOST");
        }
        failures += lossIsFailure() ? 1 : 0;
        if (!undoing && state == COMPENSATING) {
            beginUndoing();
        } else {
            runAgain();
        }
    }

    // ---- moves

    private void become(SagaState next) {
        require(moves(state).contains(next), state + " -> " + next);
        state = next;
        path.add(next);
    }

    private void advance() {
        if (step().kind() == Kind.PIVOT) {
            pivotPassed = true;
            cancelRequested = false;
        }
        if (last().seq == shape.steps().size()) {
            become(COMPLETED);
            finish();
        } else {
            begin(new Run(last().seq + 1, 0));
        }
    }

    private void begin(Run run) {
        runs.add(run);
        failures = 0;
        runAgain();
    }

    private void runAgain() {
        job = Job.RUNNING;
        if (undoing) {
            Item item = toUndo.element();
            Outcome outcome = item.activity() ? item.run().activity.orElseThrow() : outcome(item.run().ended);
            calls.add("undo " + name(item.activity(), item.run()) + " " + outcome + " " + cause.orElseThrow());
            return;
        }
        Run run = last();
        if (step().activity() == Activity.BEFORE && run.activity.isEmpty()) {
            calls.add(name(true, run));
            run.activity = Optional.of(Outcome.SUCCEEDED);
        } else if (step().activity() == Activity.AROUND) {
            run.activity = Optional.of(Outcome.UNKNOWN);
        }
        calls.add(name(false, run));
    }

    private void turn(Cause why) {
        cause = Optional.of(why);
        become(COMPENSATING);
        beginUndoing();
    }

    private void beginUndoing() {
        undoing = true;
        for (Run run : runs) {
            if (isUndone(shape.step(run.seq), run.ended, skipped.contains(run.seq))) {
                toUndo.push(new Item(run, false));
            }
            run.activity.ifPresent(begun -> toUndo.push(new Item(run, true)));
        }
        undoNext();
    }

    private void undoNext() {
        failures = 0;
        if (toUndo.isEmpty()) {
            become(COMPENSATED);
            finish();
        } else {
            runAgain();
        }
    }

    private void finish() {
        job = Job.NONE;
        attempts.add("END");
    }

    private Run last() {
        return runs.get(runs.size() - 1);
    }

    private Shape.Step step() {
        return shape.step(undoing ? toUndo.element().run().seq : last().seq);
    }

    private void attempt(boolean activity, Run run, String result) {
        String line = (undoing ? "undo " : "") + name(activity, run) + " " + result;
        // How often in a row something was lost is told by the calls.
        if (!result.equals("LOST") || attempts.isEmpty() || !line.equals(attempts.get(attempts.size() - 1))) {
            attempts.add(line);
        }
    }

    private String name(boolean activity, Run run) {
        return shape.step(run.seq).name() + "/" + run.number + (activity ? "/activity" : "");
    }

    private static void require(boolean met, Object what) {
        if (!met) {
            throw new IllegalStateException("The oracle does not allow " + what);
        }
    }

    // ---- what is to be seen

    Seen expected() {
        boolean turned = state != RUNNING && state != COMPLETED && state != RESOLVED;
        String saga = state
                + (turned ? " " + cause.map(Cause::name).orElse("") : "")
                + (pivotPassed ? " past pivot" : "")
                + (cancelRequested ? " cancel requested" : "");
        String at = job == Job.NONE
                ? "none"
                : (undoing ? "undo " : "") + step().name() + " " + job.name().toLowerCase(Locale.ROOT)
                        + (job == Job.PARKED ? "" : " after " + failures);
        return new Seen(saga, at, List.copyOf(attempts), List.copyOf(calls), List.copyOf(decisions));
    }
}
