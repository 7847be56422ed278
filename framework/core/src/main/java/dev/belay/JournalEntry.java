package dev.belay;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * One row of the journal.
 *
 * @param kind what happened
 * @param outcome how it ended
 * @param undoing whether it belongs to undoing
 * @param seq the step's place in the saga's course
 * @param run which run of the step; grows when an operator retries with edited input
 * @param n the number of the attempt, or of the event within the run
 * @param item while undoing: the activity being undone, 0 for the step itself
 * @param activity the activity's name, the operator's action, what a wait waits for, or what a message is for
 * @param output what it returned, as JSON
 * @param input the next step's input, an undo's data or an edited input, as JSON
 * @param worker the {@linkplain Worker#incarnation incarnation} of the worker that did it; empty if no worker did
 * @param spend what an activity's call cost, as {@link ActivityCall#costs} or the prices of models said
 * @param called of a call of a model or tool: which, with its tokens, as JSON; of a message to a model: who says it
 */
public record JournalEntry(
        Kind kind,
        Result outcome,
        boolean undoing,
        int branch,
        int seq,
        int run,
        int n,
        int item,
        String step,
        Optional<String> activity,
        Instant at,
        Optional<Duration> took,
        Optional<String> input,
        Optional<String> output,
        Optional<Failure> failure,
        Optional<Long> worker,
        Optional<BigDecimal> spend,
        Optional<String> called) {

    /** What happened. */
    public enum Kind {
        /** An attempt of a step or of an undo. */
        ATTEMPT,
        /** An event of an activity. */
        ACTIVITY,
        /** An operator's decision. */
        DECISION,
        /** The saga's end. */
        END,
        /** The result of a worker that had lost its lease. */
        LATE,
        /** A branch began. */
        BRANCH,
        /** A step began to wait: for branches, a signal, an approval, a child, a lock or a time. */
        WAIT,
        /** A step that may run at most once is about to. */
        STARTED,
        /** A message arrived. */
        MESSAGE,
        /** An effect is held back until the pivot has passed. */
        HELD,
        /** What a fork took over from the saga it was forked from. */
        FORKED,
        /** A message of a conversation with a model. */
        SAID
    }

    /** How it ended. */
    public enum Result {
        /** An activity with an undo is about to run. */
        BEGUN,
        /** It succeeded. */
        SUCCEEDED,
        /** It failed and is tried again. */
        FAILED,
        /** It failed and is not tried again. */
        GAVE_UP,
        /** It rejected, without an effect. */
        REJECTED,
        /** Its worker died. */
        LOST,
        /** An operator skipped it. */
        SKIPPED,
        /** There was nothing to undo. */
        NOTHING_TO_UNDO,
        /** Nobody knows. */
        UNKNOWN,
        /** It was passed by: its condition was not met. */
        PASSED_BY,
        /** An operator accepts what is left undone. */
        ACCEPTED
    }
}
