package dev.belay.oracle;

import dev.belay.OperationRefused.Reason;
import dev.belay.Outcome;
import dev.belay.SagaState;
import dev.belay.oracle.Seen.Flag;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Oracles that have one rule wrong each. That they disagree with the engine shows that the comparison would find it. */
final class Mutants {
    private Mutants() {}

    static Map<String, Function<Shape, Oracle>> all() {
        Map<String, Function<Shape, Oracle>> mutants = new LinkedHashMap<>();
        mutants.put("a cancel past the pivot turns the saga", shape -> new Oracle(shape) {
            @Override
            Optional<Reason> refuses(Event decision) {
                return super.refuses(decision)
                        .filter(reason -> decision != Event.CANCEL || reason != Reason.PAST_PIVOT);
            }
        });
        mutants.put("a saga past its pivot is compensated without force", shape -> new Oracle(shape) {
            @Override
            Optional<Reason> refuses(Event decision) {
                return super.refuses(decision)
                        .filter(reason -> decision != Event.COMPENSATE || reason != Reason.PAST_PIVOT);
            }
        });
        mutants.put("a running saga is resolved", shape -> new Oracle(shape) {
            @Override
            Optional<Reason> refuses(Event decision) {
                return decision == Event.RESOLVE && state == SagaState.RUNNING
                        ? Optional.empty()
                        : super.refuses(decision);
            }
        });
        mutants.put("a failed compensation is skipped", shape -> new Oracle(shape) {
            @Override
            Optional<Reason> refuses(Event decision) {
                return decision == Event.SKIP && state == SagaState.COMPENSATION_FAILED
                        ? Optional.empty()
                        : super.refuses(decision);
            }
        });
        mutants.put("a stale decision is taken", shape -> new Oracle(shape) {
            @Override
            Optional<Reason> refuses(Event decision) {
                return super.refuses(decision).filter(reason -> reason != Reason.CHANGED_SINCE_YOU_LOOKED);
            }
        });
        mutants.put("a step past the pivot that fails turns the saga", shape -> new Oracle(shape) {
            @Override
            SagaState afterFailure(Event how) {
                return is(Flag.PAST_PIVOT) ? SagaState.COMPENSATING : super.afterFailure(how);
            }
        });
        mutants.put("used-up retries always turn the saga", shape -> new Oracle(shape) {
            @Override
            SagaState afterFailure(Event how) {
                return is(Flag.PAST_PIVOT) ? SagaState.SUSPENDED : SagaState.COMPENSATING;
            }
        });
        mutants.put("a rejection suspends the saga", shape -> new Oracle(shape) {
            @Override
            SagaState afterFailure(Event how) {
                return how == Event.REJECT ? SagaState.SUSPENDED : super.afterFailure(how);
            }
        });
        mutants.put("a rejected step is undone", shape -> new Oracle(shape) {
            @Override
            boolean isUndone(Run run) {
                return run.step.undo() && !run.skipped && !run.ended.isEmpty();
            }
        });
        mutants.put("a rejection speaks for the attempts before it", shape -> new Oracle(shape) {
            @Override
            boolean isUndone(Run run) {
                return super.isUndone(run) && !run.ended.contains(Event.REJECT);
            }
        });
        mutants.put("a failed step is not undone", shape -> new Oracle(shape) {
            @Override
            boolean isUndone(Run run) {
                return super.isUndone(run) && run.ended.contains(Event.SUCCEED);
            }
        });
        mutants.put("a skipped step is undone", shape -> new Oracle(shape) {
            @Override
            boolean isUndone(Run run) {
                return super.isUndone(run) || (run.skipped && run.step.undo());
            }
        });
        mutants.put("a lost attempt is undone as one that failed", shape -> new Oracle(shape) {
            @Override
            Outcome outcome(List<Event> ended) {
                return super.outcome(ended) == Outcome.UNKNOWN ? Outcome.FAILED : super.outcome(ended);
            }
        });
        mutants.put("an operator's retry has no fresh retries", shape -> new Oracle(shape) {
            @Override
            int failuresAfter(Event event, int before) {
                return before;
            }
        });
        mutants.put("a lost attempt costs a retry", shape -> new Oracle(shape) {
            @Override
            int failuresAfter(Event event, int before) {
                return super.failuresAfter(event, event.isDecision() ? before : before + 1);
            }
        });
        mutants.put("a cancel does not wait for the pivot", shape -> new Oracle(shape) {
            @Override
            boolean waitsForPivot() {
                return false;
            }
        });
        mutants.put("a paused saga runs on", shape -> new Oracle(shape) {
            @Override
            boolean is(Flag flag) {
                return flag != Flag.PAUSED && super.is(flag);
            }
        });
        mutants.put("a saga past its pivot cannot be forced back", shape -> new Oracle(shape) {
            @Override
            Optional<Reason> refuses(Event decision) {
                return decision == Event.COMPENSATE_PAST_PIVOT
                        ? super.refuses(Event.COMPENSATE)
                        : super.refuses(decision);
            }
        });
        mutants.put("a residue is accepted before anything has failed", shape -> new Oracle(shape) {
            @Override
            Optional<Reason> refuses(Event decision) {
                return decision == Event.ACCEPT_RESIDUE && state == SagaState.SUSPENDED
                        ? Optional.empty()
                        : super.refuses(decision);
            }
        });
        mutants.put("a late success counts for nothing", shape -> new Oracle(shape) {
            @Override
            Outcome outcome(List<Event> ended) {
                return ended.indexOf(Event.CRASH) >= 0 && ended.indexOf(Event.CRASH) < ended.indexOf(Event.SUCCEED)
                        ? Outcome.UNKNOWN
                        : super.outcome(ended);
            }
        });
        return mutants;
    }
}
