package dev.belay.internal.coordinator;

import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;

/** What became of a wish. */
public sealed interface Settlement {
    /** The worker still has the job, which is now this. */
    record GoOn(JobRow job, SagaRow saga) implements Settlement {}

    /** There is nothing more to do for this worker: the saga ended, waits, or is parked. */
    record Done(SagaRow saga) implements Settlement {}

    /** The worker had lost the job; its result is kept as a late one. */
    record Lost() implements Settlement {}
}
