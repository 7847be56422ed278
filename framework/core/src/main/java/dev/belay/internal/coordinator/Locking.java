package dev.belay.internal.coordinator;

import dev.belay.SagaState;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.JobRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Semantic locks: asking for them, and giving them up when their saga ends.
 *
 * <p>A release and a step that goes to rest cannot miss each other. Both hold their key serialized while they look at its line: the
 * release sees the step's row and owes it a wake-up, or came first, and the step sees that it holds. The wake-up locks the step's
 * saga, so it comes after the step rests.
 */
public final class Locking {
    private final Jdbi jdbi;
    private final Tables tables;

    Locking(Jdbi jdbi, Tables tables) {
        this.jdbi = jdbi;
        this.tables = tables;
    }

    /**
     * What became of asking.
     *
     * @param missing the first key that another saga holds; null if all are held
     * @param holder who holds it; null if nobody was asked, for the claim is not ours any more or the saga was turned
     */
    public record Answer(@Nullable String missing, @Nullable UUID holder) {}

    /**
     * Asks for all keys at once, in a transaction of its own. Keys that are not all free leave the step in line, or, if it may not
     * wait, in no line.
     *
     * @param keys sorted, each once
     */
    public Answer ask(JobRow from, List<String> keys, boolean mayWait) {
        return jdbi.inTransaction(handle -> {
            SagaRow saga = tables.sagas().lock(handle, from.sagaId()).orElse(null);
            JobRow job = saga == null
                    ? null
                    : tables.jobs().lock(handle, saga.id(), from.branch()).orElse(null);
            if (saga == null
                    || saga.state() != SagaState.RUNNING
                    || job == null
                    || !Coordinator.isSameClaim(job, from)) {
                return new Answer(keys.get(0), null);
            }
            return ask(handle, job, keys, mayWait);
        });
    }

    private Answer ask(Handle handle, JobRow job, List<String> keys, boolean mayWait) {
        List<String> lines = mayWait ? keys : withThoseOf(handle, job, keys);
        tables.locks().serialize(handle, lines);
        Map<String, UUID> holders = tables.locks().holders(handle, lines);
        for (String key : keys) {
            UUID holder = holders.getOrDefault(key, job.sagaId());
            if (!holder.equals(job.sagaId())) {
                if (mayWait) {
                    tables.locks().ask(handle, job, keys);
                } else {
                    tables.locks().remove(handle, job);
                    oweThoseHeldBy(handle, job.sagaId(), holders);
                }
                return new Answer(key, holder);
            }
        }
        tables.locks().ask(handle, job, keys);
        return new Answer(null, null);
    }

    /** A step that waited and waits no more gives up what it asked for, whatever it asks for now. */
    private List<String> withThoseOf(Handle handle, JobRow job, List<String> keys) {
        List<String> all = new ArrayList<>(tables.locks().keysOf(handle, job));
        keys.stream().filter(key -> !all.contains(key)).forEach(all::add);
        return all;
    }

    private void oweThoseHeldBy(Handle handle, UUID saga, Map<String, UUID> holders) {
        List<String> held = holders.entrySet().stream()
                .filter(entry -> entry.getValue().equals(saga))
                .map(Map.Entry::getKey)
                .toList();
        if (!held.isEmpty()) {
            tables.locks().oweNext(handle, held);
        }
    }

    /** Gives up whatever a locked saga holds or waits for, as it ends. To be called after everything the transaction waits for. */
    public static void release(Tables tables, Handle handle, UUID saga) {
        List<String> keys = tables.locks().keysOf(handle, saga);
        if (keys.isEmpty()) {
            return;
        }
        tables.locks().serialize(handle, keys);
        List<String> held = tables.locks().holders(handle, keys).entrySet().stream()
                .filter(entry -> entry.getValue().equals(saga))
                .map(Map.Entry::getKey)
                .toList();
        tables.locks().remove(handle, saga);
        tables.locks().oweNext(handle, held);
    }

    /** Whether a saga holds a key. */
    static boolean holds(Tables tables, Handle handle, UUID saga, String key) {
        return saga.equals(tables.locks().holders(handle, List.of(key)).get(key));
    }
}
