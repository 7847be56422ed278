package dev.belay.internal.queue;

import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Schema;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

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

    /** Gives a message that nobody has to take, and that stands in the journal alone, its number. */
    public int nextNumber(Handle handle, UUID saga) {
        return handle.createQuery(
                        schema.sql("update belay.saga set messages = messages + 1 where id = :saga returning messages"))
                .bind("saga", saga)
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

    /** A question that a person is asked, and that is open. */
    public record Asked(
            UUID saga,
            int planId,
            int branch,
            String step,
            @Nullable Payload question,
            Instant since,
            @Nullable Instant deadline,
            int level,
            boolean paused) {}

    /** The questions that resting jobs await an answer to, by what {@code awaits} may say; the oldest first. */
    public List<Asked> asked(Handle handle, List<String> awaits) {
        return handle.createQuery(schema.sql("""
                                select j.saga_id, j.plan_id, j.branch, j.step, j.deadline_at, s.paused,
                                       last.item, last.output_type, last.output, last.output_bytes, first.recorded_at
                                  from belay.job j
                                  join belay.saga s on s.id = j.saga_id
                                  cross join lateral (
                                    select w.* from belay.journal w
                                     where w.saga_id = j.saga_id and w.branch = j.branch and w.seq = j.seq and w.run = j.run
                                       and w.direction = '+' and w.kind = 'W' and w.name = j.awaits
                                     order by w.n desc limit 1) last
                                  cross join lateral (
                                    select w.recorded_at from belay.journal w
                                     where w.saga_id = j.saga_id and w.branch = j.branch and w.seq = j.seq and w.run = j.run
                                       and w.direction = '+' and w.kind = 'W' and w.item = 0 and w.name = j.awaits
                                     order by w.n desc limit 1) first
                                 where (j.awaits = any(:awaits) or (j.awaits >= 'tool:' and j.awaits < 'tool;'))
                                   and j.awaits is not null and j.awaits not in ('join', 'turn')
                                 order by first.recorded_at, j.saga_id, j.branch"""))
                .bindArray("awaits", String.class, awaits)
                .map((rs, context) -> asked(rs))
                .list();
    }

    static Asked asked(ResultSet rs) throws SQLException {
        OffsetDateTime deadline = rs.getObject("deadline_at", OffsetDateTime.class);
        return new Asked(
                rs.getObject("saga_id", UUID.class),
                rs.getInt("plan_id"),
                rs.getInt("branch"),
                rs.getString("step"),
                Payload.of(rs.getString("output_type"), rs.getString("output"), rs.getBytes("output_bytes")),
                rs.getObject("recorded_at", OffsetDateTime.class).toInstant(),
                deadline == null ? null : deadline.toInstant(),
                rs.getInt("item"),
                rs.getBoolean("paused"));
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
