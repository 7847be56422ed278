package dev.belay.internal.coordinator;

import dev.belay.Cause;
import dev.belay.Failure;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a worker wants to become of the saga whose job it has just run. The coordinator decides whether it does. */
public sealed interface Wish {

    /** The job as the worker knows it. */
    JobRow from();

    /** What is recorded of the attempt; null if nothing is. */
    @Nullable
    JournalRow row();

    /** Goes on, waits or ends. */
    record Go(Move move) implements Wish {
        @Override
        public JobRow from() {
            return move.from();
        }

        @Override
        public JournalRow row() {
            return move.row();
        }
    }

    /** The step failed for good: an operator decides. */
    record Suspend(JobRow from, JournalRow row, Failure failure) implements Wish {}

    /** The step failed for good: the saga is undone. */
    record Compensate(JobRow from, JournalRow row, Cause cause, Failure failure) implements Wish {}

    /** An undo ended, well or for good; the coordinator finds what is undone next. */
    record UndoNext(JobRow from, @Nullable JournalRow row) implements Wish {}

    /**
     * Begins branches and waits until they have come to their end.
     *
     * @param steps the first step of each
     * @param inputs what each is given
     * @param atOnce how many run at once
     */
    record Fork(JobRow from, List<String> steps, List<@Nullable Payload> inputs, int atOnce) implements Wish {
        @Override
        public @Nullable JournalRow row() {
            return null;
        }
    }

    /**
     * Starts a saga of its own, with the given plan, and waits for its end.
     *
     * @param nth which child of this run of the step it is, from 1 on
     * @param deadline how long it has; null for all the time there is
     */
    record StartChild(
            JobRow from,
            int plan,
            @Nullable Payload input,
            int nth,
            @Nullable Duration deadline) implements Wish {
        @Override
        public @Nullable JournalRow row() {
            return null;
        }
    }

    /**
     * Waits until what it waits for is there, or {@code atMost} is over. It is looked for once more before the job rests.
     *
     * @param awaits what for, as {@link Awaited} names it
     * @param row that the wait began; null if that is recorded already
     * @param attempt the attempt that came to rest in the midst of its code; null if none has begun
     */
    record Rest(
            JobRow from,
            @Nullable JournalRow row,
            String awaits,
            @Nullable Duration atMost,
            @Nullable JournalRow attempt)
            implements Wish {
        /** A wait before any code of the step's has run. */
        public Rest(JobRow from, @Nullable JournalRow row, String awaits, @Nullable Duration atMost) {
            this(from, row, awaits, atMost, null);
        }
    }

    /**
     * Tries a step that has a deadline again later; if its time is over by then, what it asks for instead becomes of it.
     *
     * @param tooLate the same attempt, given up
     */
    record Retry(Move move, Wish tooLate) implements Wish {
        @Override
        public JobRow from() {
            return move.from();
        }

        @Override
        public JournalRow row() {
            return move.row();
        }
    }

    /** Goes on with the message that it takes, if nobody has taken it meanwhile; else waits again. */
    record Receive(Move move, int message, String awaits) implements Wish {
        @Override
        public JobRow from() {
            return move.from();
        }

        @Override
        public JournalRow row() {
            return move.row();
        }
    }
}
