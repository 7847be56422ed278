package dev.belay.internal.queue;

import dev.belay.internal.journal.Schema;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * What waiting jobs wait for: the messages a saga has been sent and not yet taken, and the wake-ups it is owed by others. The
 * payloads of messages are in the journal.
 */
public final class WaitTable {
    private final Schema schema;

    /** The tables in {@code schema}. */
    public WaitTable(Schema schema) {
        this.schema = schema;
    }

    /** A wake-up that a saga is owed. */
    public record WakeUp(long id, UUID saga, int branch, int seq) {}

    /** Gives a message to a locked saga its number; the caller writes its payload to the journal. */
    public int addMessage(Handle handle, UUID saga, String name) {
        return handle.createQuery(schema.sql("""
                                with numbered as (
                                  update belay.saga set messages = messages + 1 where id = :saga returning messages
                                )
                                insert into belay.message (saga_id, n, name) select :saga, messages, :name from numbered
                                returning n"""))
                .bind("saga", saga)
                .bind("name", name)
                .mapTo(Integer.class)
                .one();
    }

    /** The oldest message of a name (what {@code awaits} says) that nobody has taken; empty if there is none. */
    public Optional<Integer> oldestMessage(Handle handle, UUID saga, String name) {
        return handle.createQuery(schema.sql(
                        "select n from belay.message where saga_id = :saga and name = :name order by n limit 1"))
                .bind("saga", saga)
                .bind("name", name)
                .mapTo(Integer.class)
                .findOne();
    }

    /** Takes a message of a locked saga; false if it was taken before. */
    public boolean take(Handle handle, UUID saga, int message) {
        return handle.createUpdate(schema.sql("delete from belay.message where saga_id = :saga and n = :n"))
                        .bind("saga", saga)
                        .bind("n", message)
                        .execute()
                == 1;
    }

    /** Forgets the messages of a saga that has ended and that nobody took; the journal keeps what they said. */
    public void deleteMessages(Handle handle, UUID saga) {
        handle.createUpdate(schema.sql("delete from belay.message where saga_id = :saga"))
                .bind("saga", saga)
                .execute();
    }

    /** Owes another saga a wake-up: it is woken in a transaction of its own, for no transaction locks two sagas. */
    public void oweWakeUp(Handle handle, UUID saga, int branch, int seq) {
        handle.createUpdate(
                        schema.sql("insert into belay.wake_up (saga_id, branch, seq) values (:saga, :branch, :seq)"))
                .bind("saga", saga)
                .bind("branch", branch)
                .bind("seq", seq)
                .execute();
    }

    /** Some of the wake-ups that are owed, oldest first. */
    public List<WakeUp> owed(Handle handle, int limit) {
        return handle.createQuery(schema.sql("select * from belay.wake_up order by id limit :limit"))
                .bind("limit", limit)
                .map((rs, context) -> new WakeUp(
                        rs.getLong("id"), rs.getObject("saga_id", UUID.class), rs.getInt("branch"), rs.getInt("seq")))
                .list();
    }

    /** Settles a wake-up, in the transaction that wakes. */
    public void settled(Handle handle, long id) {
        handle.createUpdate(schema.sql("delete from belay.wake_up where id = :id"))
                .bind("id", id)
                .execute();
    }
}
