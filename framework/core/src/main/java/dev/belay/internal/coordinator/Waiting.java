package dev.belay.internal.coordinator;

import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;
import java.time.Duration;
import org.jdbi.v3.core.Handle;

/**
 * Makes jobs of a locked saga rest until what they wait for is there. Whoever brings it locks the saga too, in a transaction of its
 * own, and wakes the job; so the last look, taken here, and the wake-up cannot miss each other.
 */
final class Waiting {
    private final Tables tables;

    Waiting(Tables tables) {
        this.tables = tables;
    }

    Settlement rest(Handle handle, SagaRow saga, JobRow job, Wish.Rest rest) {
        if (isThere(handle, saga, rest.awaits())) {
            Move.Target again = Move.Target.same(job, JobRow.State.READY, job.attempt(), Duration.ZERO);
            tables.jobs().place(handle, job, again, null, saga);
        } else {
            tables.jobs().rest(handle, job, rest.awaits(), rest.atMost(), saga);
        }
        return new Settlement.Done(saga);
    }

    private boolean isThere(Handle handle, SagaRow saga, String awaits) {
        if (Awaited.isMessage(awaits)) {
            return tables.waits().oldestMessage(handle, saga.id(), awaits).isPresent();
        }
        if (Awaited.isChild(awaits)) {
            return tables.sagas()
                    .find(handle, Awaited.child(awaits))
                    .map(child -> child.state().isTerminal())
                    .orElse(true);
        }
        if (Awaited.isLock(awaits)) {
            return Locking.holds(tables, handle, saga.id(), Awaited.lockKey(awaits));
        }
        return false;
    }
}
