package dev.belay.internal.queue;

import dev.belay.SagaState;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a finished attempt does to its job, together with the journal row it leaves. Committed only while the job is still as
 * {@code from} says: same place, attempt, fence, owner and epoch.
 *
 * @param from the job as its owner knows it
 * @param row what is recorded
 * @param target what becomes of the job; unused when the saga or the branch ends
 * @param ending how the saga ends; null if it goes on
 * @param leaves whether the branch ends, and its job with it
 * @param turns whether the saga is turned back by what {@code row} says failed; the target is what is undone first
 */
public record Move(
        JobRow from,
        JournalRow row,
        Target target,
        @Nullable Ending ending,
        boolean leaves,
        boolean turns) {

    /**
     * What becomes of the job.
     *
     * @param state CLAIMED keeps the claim
     * @param delay for WAITING, how long
     */
    public record Target(
            JobRow.State state,
            boolean undoing,
            int seq,
            int run,
            int item,
            String step,
            int attempt,
            int failures,
            Duration delay) {

        /** The next step, kept by the same worker. */
        public static Target next(JobRow job, String step) {
            return new Target(JobRow.State.CLAIMED, false, job.seq() + 1, 0, 0, step, 1, 0, Duration.ZERO);
        }

        /** The same work, in another state. */
        public static Target same(JobRow job, JobRow.State state, int attempt, Duration delay) {
            return new Target(
                    state, job.undoing(), job.seq(), job.run(), job.item(), job.step(), attempt, job.failures(), delay);
        }

        /** The same work again after {@code delay}, by whoever claims it. */
        public static Target again(JobRow job, Duration delay) {
            return new Target(
                    JobRow.State.WAITING,
                    job.undoing(),
                    job.seq(),
                    job.run(),
                    job.item(),
                    job.step(),
                    job.attempt(),
                    job.failures() + 1,
                    delay);
        }

        /** An undo, kept by the same worker. */
        public static Target undo(JobRow job, int seq, int run, int item, String step) {
            return new Target(JobRow.State.CLAIMED, true, seq, run, item, step, job.attempt() + 1, 0, Duration.ZERO);
        }

        /** The same target, left until {@code delay} is over to whoever claims it then; zero keeps the claim. */
        public Target after(Duration delay) {
            return delay.isZero()
                    ? this
                    : new Target(JobRow.State.WAITING, undoing, seq, run, item, step, attempt - 1, failures, delay);
        }

        /** The same target, left to whoever claims it next. */
        public Target yielded() {
            return new Target(JobRow.State.READY, undoing, seq, run, item, step, attempt - 1, failures, Duration.ZERO);
        }
    }

    /**
     * How a saga ends.
     *
     * @param from the state it must be in
     * @param to the state it ends in
     * @param output its result
     * @param hooked whether somebody wants to be told
     */
    public record Ending(
            SagaState from, SagaState to, @Nullable Payload output, boolean hooked) {
        /** Only ends that the state machine knows. */
        public Ending {
            if (!from.canBecome(to) || !to.isTerminal()) {
                throw new IllegalArgumentException("A saga that is " + from + " cannot end as " + to + ".");
            }
        }
    }

    /** A move to {@code target}. */
    public static Move to(JobRow from, JournalRow row, Target target) {
        return new Move(from, row, target, null, false, false);
    }

    /** A move that turns the saga back, to be undone from {@code first} on. */
    public static Move turning(JobRow from, JournalRow row, Target first) {
        return new Move(from, row, first, null, false, true);
    }

    /** A move that ends the saga. */
    public static Move ending(JobRow from, JournalRow row, Ending ending) {
        return new Move(from, row, Target.next(from, from.step()), ending, false, false);
    }

    /** A move that ends the branch. */
    public static Move leaving(JobRow from, JournalRow row) {
        return new Move(from, row, Target.next(from, from.step()), null, true, false);
    }

    /** Whether it is of a saga's own line, and not of a branch. */
    public boolean isOfTrunk() {
        return from.branch() == 0;
    }

    /** Whether the job goes on, instead of ending with its saga or branch. */
    public boolean goesOn() {
        return ending == null && !leaves;
    }
}
