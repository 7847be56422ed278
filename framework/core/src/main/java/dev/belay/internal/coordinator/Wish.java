package dev.belay.internal.coordinator;

import dev.belay.Cause;
import dev.belay.Failure;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;

/** What a worker wants to become of the saga whose job it has just run. The coordinator decides whether it does. */
public sealed interface Wish {

    /** The job as the worker knows it. */
    JobRow from();

    /** What is recorded of the attempt. */
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
    record UndoNext(JobRow from, JournalRow row) implements Wish {}
}
