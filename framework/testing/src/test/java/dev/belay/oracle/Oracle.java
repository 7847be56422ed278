package dev.belay.oracle;

import static dev.belay.SagaState.*;

import dev.belay.Cause;
import dev.belay.OperationRefused.Reason;
import dev.belay.Outcome;
import dev.belay.SagaState;
import dev.belay.oracle.Run.Item;
import dev.belay.oracle.Seen.Flag;
import dev.belay.oracle.Seen.Job;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a saga means, told a second time: from the rules alone, in memory, knowing nothing of tables, leases and workers. */
class Oracle {
    SagaState state = RUNNING;
    Job job = Job.NONE;
    boolean undoing;
    /** The states the saga went through in the last event, the one before it first. */
    final List<SagaState> path = new ArrayList<>();

    private final Shape shape;
    private final Seen.Log log = new Seen.Log();
    private final List<Run> runs = new ArrayList<>();
    private final List<Item> toUndo = new ArrayList<>();
    private final Set<Flag> flags = EnumSet.noneOf(Flag.class);
    private Optional<Cause> cause = Optional.empty();
    private Optional<Cause> causeIfPivotFails = Optional.empty();
    private int failures;

    Oracle(Shape shape) {
        this.shape = shape;
        begin(1, 0);
    }

    /** The moves there are; those to RUNNING from a save-point and from ends need more than a chain. */
    static Set<SagaState> moves(SagaState from) {
        return switch (from) {
            case RUNNING -> Set.of(SUSPENDED, COMPENSATING, COMPLETED);
            case SUSPENDED -> Set.of(RUNNING, COMPENSATING, RESOLVED);
            case COMPENSATING -> Set.of(COMPENSATED, COMPENSATION_FAILED, RUNNING);
            case COMPENSATION_FAILED -> Set.of(COMPENSATING, RESOLVED);
            case COMPLETED, COMPENSATED -> Set.of(COMPENSATING);
            case RESOLVED -> Set.of();
        };
    }

    Optional<Reason> refuses(Event decision) {
        boolean allowed = switch (decision) {
            case RETRY, RESOLVE, RESOLVE_STALE -> state == SUSPENDED || state == COMPENSATION_FAILED;
            case RETRY_WITH_INPUT, SKIP, COMPENSATE, COMPENSATE_PAST_PIVOT -> state == SUSPENDED;
            case ACCEPT_RESIDUE, MARK_UNDONE -> state == COMPENSATION_FAILED;
            case PAUSE, RESUME -> isForward() || state == COMPENSATING || state == COMPENSATION_FAILED;
            default -> state != COMPLETED && state != RESOLVED;
        };
        if (!allowed) {
            return Optional.of(Reason.WRONG_STATE);
        }
        if ((decision == Event.COMPENSATE || decision == Event.CANCEL) && isForward() && is(Flag.PAST_PIVOT)) {
            return Optional.of(Reason.PAST_PIVOT);
        }
        return decision == Event.RESOLVE_STALE ? Optional.of(Reason.CHANGED_SINCE_YOU_LOOKED) : Optional.empty();
    }

    /** What becomes of a saga when a step has failed for good. */
    SagaState afterFailure(Event how) {
        boolean aborts = how == Event.REJECT || how == Event.ABORT || causeIfPivotFails.isPresent();
        return !is(Flag.PAST_PIVOT) && (aborts || at().step().compensates()) ? COMPENSATING : SUSPENDED;
    }

    /** Whether the step's own undo has something to undo in a run. */
    boolean isUndone(Run run) {
        return run.step.undo() && !run.skipped && run.ended.stream().anyMatch(how -> how != Event.REJECT);
    }

    /** How a run stands that is to be undone. Of a lost attempt nobody knows, whatever others came to. */
    Outcome outcome(List<Event> ended) {
        Outcome unless = ended.contains(Event.CRASH) ? Outcome.UNKNOWN : Outcome.FAILED;
        return ended.contains(Event.SUCCEED) ? Outcome.SUCCEEDED : unless;
    }

    /** How many failures count from now on: an operator's decision forgets them, a lost attempt is none. */
    int failuresAfter(Event event, int before) {
        return event.isDecision() ? 0 : before;
    }

    /** Whether a cancel or a deadline waits for what the pivot comes to: it may be under way. */
    boolean waitsForPivot() {
        boolean atPivot = state == RUNNING && at().step().isPivot();
        return atPivot && (job != Job.READY || at().run().hasBegun());
    }

    boolean is(Flag flag) {
        return flags.contains(flag);
    }

    /** Answers what the caller may be told: the states, or the reason of the refusal; empty if nobody asks. */
    Set<?> apply(Event event) {
        path.clear();
        path.add(state);
        if (event.isDecision()) {
            Optional<Reason> refusal = refuses(event);
            if (refusal.isPresent()) {
                return Set.of(refusal.get());
            }
            log.decision(event + " " + state);
            decide(event);
            return Set.copyOf(path.subList(Math.min(1, path.size() - 1), path.size()));
        }
        if (event.isVerdict()) {
            end(event);
        } else if (event == Event.DUE && job == Job.WAITING) {
            proceed();
        } else if (event == Event.DEADLINE && !is(Flag.PAST_PIVOT)) {
            giveUp(Cause.TIMED_OUT);
        } else if ((event == Event.CRASH || event == Event.LOSE_LEASE) && job == Job.RUNNING) {
            lose(event);
        }
        return Set.of();
    }

    private void decide(Event decision) {
        switch (decision) {
            case RETRY, SKIP -> {
                runs.forEach(any -> any.skipped |= decision == Event.SKIP && any.seq == at().run().seq);
                failures = failuresAfter(decision, failures);
                become(undoing ? COMPENSATING : RUNNING);
                proceed();
            }
            case RETRY_WITH_INPUT -> {
                become(RUNNING);
                begin(at().run().seq, at().run().number + 1);
            }
            case ACCEPT_RESIDUE, MARK_UNDONE -> {
                flags.addAll(decision == Event.ACCEPT_RESIDUE ? Set.of(Flag.RESIDUE) : Set.of());
                become(COMPENSATING);
                undoNext();
            }
            case RESUME -> {
                flags.remove(Flag.PAUSED);
                if (job == Job.READY) {
                    proceed();
                }
            }
            case PAUSE -> flags.add(Flag.PAUSED);
            case COMPENSATE, COMPENSATE_PAST_PIVOT -> turn(Cause.OPERATOR);
            case CANCEL -> giveUp(Cause.CANCELLED);
            default -> finish(RESOLVED);
        }
    }

    private void giveUp(Cause why) {
        if (waitsForPivot()) {
            causeIfPivotFails = causeIfPivotFails.or(() -> Optional.of(why));
            flags.add(Flag.CANCEL_REQUESTED);
        } else if (isForward()) {
            turn(why);
        }
    }

    private void end(Event how) {
        boolean well = how == Event.SUCCEED || how == Event.FIND_NOTHING;
        boolean again = how == Event.FAIL && ++failures < at().run().tries(undoing);
        log.attempt(undoing, at(), again ? "FAILED" : how.result());
        job = Job.READY;
        if (!undoing) {
            at().run().ended(how);
        }
        if (!undoing && state == COMPENSATING) {
            beginUndoing();
        } else if (undoing && well) {
            undoNext();
        } else if (well) {
            advance();
        } else if (again && (undoing || causeIfPivotFails.isEmpty())) {
            job = Job.WAITING;
        } else if (!undoing && afterFailure(how) == COMPENSATING) {
            turn(causeIfPivotFails.orElse(Cause.STEP_FAILED));
        } else {
            // An undo that failed holds up what happened before it, which in a chain is everything that is left.
            cause = undoing ? cause : Optional.of(Cause.STEP_FAILED);
            become(undoing ? COMPENSATION_FAILED : SUSPENDED);
            job = Job.PARKED;
        }
    }

    /** Nobody knows what a lost attempt came to, unless its worker tells later. */
    private void lose(Event how) {
        log.attempt(undoing, at(), "LOST");
        failures = failuresAfter(how, failures);
        if (how == Event.LOSE_LEASE) {
            log.attempt(undoing, at(), "late SUCCEEDED");
        }
        if (!undoing) {
            at().run().lost(how == Event.LOSE_LEASE);
        }
        if (!undoing && state == COMPENSATING) {
            beginUndoing();
        } else {
            proceed();
        }
    }

    private boolean isForward() {
        return state == RUNNING || state == SUSPENDED;
    }

    private void become(SagaState next) {
        if (!moves(state).contains(next)) {
            throw new IllegalStateException("The oracle knows no move from " + state + " to " + next);
        }
        state = next;
        cause = next == RUNNING ? Optional.empty() : cause;
        path.add(next);
    }

    /** A running step keeps its job, and is undone once it has ended. */
    private void turn(Cause why) {
        cause = Optional.of(why);
        become(COMPENSATING);
        if (job != Job.RUNNING) {
            beginUndoing();
        }
    }

    private void finish(SagaState end) {
        become(end);
        job = Job.NONE;
        log.attempt("END");
    }

    private void begin(int seq, int number) {
        runs.add(new Run(shape, seq, number));
        failures = 0;
        proceed();
    }

    private void advance() {
        if (at().step().isPivot()) {
            flags.add(Flag.PAST_PIVOT);
            flags.remove(Flag.CANCEL_REQUESTED);
            causeIfPivotFails = Optional.empty();
        }
        if (at().run().seq == shape.steps().size()) {
            finish(COMPLETED);
        } else {
            begin(at().run().seq + 1, 0);
        }
    }

    private void proceed() {
        job = is(Flag.PAUSED) ? Job.READY : Job.RUNNING;
        Run run = at().run();
        if (job == Job.RUNNING && undoing) {
            Outcome outcome = at().activity() ? run.activity.orElseThrow() : outcome(run.ended);
            log.call("undo " + at().name() + " " + outcome + " " + cause.orElseThrow());
        } else if (job == Job.RUNNING && run.skipped) {
            log.attempt(undoing, at(), "SKIPPED");
            advance();
        } else if (job == Job.RUNNING) {
            run.begin(log);
        }
    }

    /** What was done last is undone first, the activity in a step before the step. */
    private void beginUndoing() {
        toUndo.add(at());
        undoing = true;
        for (Run run : runs) {
            if (isUndone(run)) {
                toUndo.add(1, new Item(run, false));
            }
            run.activity.ifPresent(begun -> toUndo.add(1, new Item(run, true)));
        }
        undoNext();
    }

    private void undoNext() {
        toUndo.remove(0);
        failures = 0;
        if (toUndo.isEmpty()) {
            finish(COMPENSATED);
        } else {
            proceed();
        }
    }

    /** What the job is at: of what is undone the first, else the last run. */
    Item at() {
        return undoing ? toUndo.get(0) : new Item(runs.get(runs.size() - 1), false);
    }

    Seen expected() {
        String at = job == Job.NONE ? "none" : job.words(undoing, at().step().name(), is(Flag.PAUSED), failures);
        return log.seen(state, cause, flags, at);
    }
}
