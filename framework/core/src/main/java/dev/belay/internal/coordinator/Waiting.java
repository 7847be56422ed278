package dev.belay.internal.coordinator;

import dev.belay.SagaEvent;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
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
    private final Telling telling;

    Waiting(Tables tables, Telling telling) {
        this.tables = tables;
        this.telling = telling;
    }

    Settlement rest(Handle handle, SagaRow saga, JobRow job, Wish.Rest rest) {
        if (isThere(handle, saga, job, rest.awaits())) {
            Move.Target again = Move.Target.same(job, JobRow.State.READY, job.attempt(), Duration.ZERO);
            tables.jobs().place(handle, job, again, null, saga);
        } else {
            tables.jobs().rest(handle, job, rest.awaits(), rest.atMost(), saga);
            tellWhoeverApproves(handle, saga, job, rest);
        }
        return new Settlement.Done(saga);
    }

    private void tellWhoeverApproves(Handle handle, SagaRow saga, JobRow job, Wish.Rest rest) {
        JournalRow asked = rest.row();
        if (asked != null && (Awaited.isApproval(rest.awaits()) || Awaited.isTool(rest.awaits()))) {
            Payload question = asked.output();
            String json = question == null ? null : question.jsonb();
            telling.tell(
                    handle,
                    saga,
                    SagaEvent.Type.NEEDS_APPROVAL,
                    job.branch(),
                    job.step(),
                    asked.item(),
                    "{\"branch\":" + job.branch() + (json == null ? "" : ",\"question\":" + json) + "}");
        }
    }

    private boolean isThere(Handle handle, SagaRow saga, JobRow job, String awaits) {
        if (Awaited.isSignal(awaits)) {
            return tables.waits().oldestMessage(handle, saga.id(), awaits).isPresent();
        }
        if (Awaited.isApproval(awaits)) {
            String key = Question.of(job, tables.journal().outline(handle, saga.id(), job.branch(), job.branch()))
                    .key();
            return tables.journal().message(handle, saga.id(), awaits, key).isPresent();
        }
        if (Awaited.isTool(awaits)) {
            return !tables.journal().messages(handle, saga.id(), awaits).isEmpty();
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
