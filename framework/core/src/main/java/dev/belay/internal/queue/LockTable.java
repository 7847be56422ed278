package dev.belay.internal.queue;

import dev.belay.SemanticLock;
import dev.belay.internal.journal.Schema;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * The table {@code saga_lock}: for each key the line of those who asked for it. The saga of the row with the lowest place holds the
 * key. All of its steps that ask for it hold it too.
 *
 * <p>Whoever changes a line has {@linkplain #serialize serialized} its key before, so that no two believe to be first.
 */
public final class LockTable {
    private final Schema schema;

    /** The table in {@code schema}. */
    public LockTable(Schema schema) {
        this.schema = schema;
    }

    /**
     * Lets nobody else change the lines of the keys until the transaction ends. Taken in one order, after every row lock, and nothing
     * is waited for while they are held: so they are no part of any deadlock.
     */
    public void serialize(Handle handle, Collection<String> keys) {
        handle.createQuery(schema.sql("""
                                with hashes as materialized (
                                  select distinct hashtextextended(:schema || ' saga_lock ' || key, 0) as hash
                                    from unnest(:keys) as k(key) order by 1
                                )
                                select pg_advisory_xact_lock(hash)::text from hashes"""))
                .bind("schema", schema.name())
                .bindArray("keys", String.class, keys)
                .mapTo(String.class)
                .list();
    }

    /** Who holds each of the keys; a key that is free is not in it. In the order of the keys. */
    public Map<String, UUID> holders(Handle handle, Collection<String> keys) {
        Map<String, UUID> holders = new LinkedHashMap<>();
        handle.createQuery(schema.sql("""
                                select distinct on (key) key, saga_id from belay.saga_lock
                                 where key = any(:keys) order by key, place"""))
                .bindArray("keys", String.class, keys)
                .map((rs, context) -> Map.entry(rs.getString("key"), rs.getObject("saga_id", UUID.class)))
                .forEach(entry -> holders.put(entry.getKey(), entry.getValue()));
        return holders;
    }

    /** Puts a step at the end of the line of each key, unless it stands there already. */
    public void ask(Handle handle, JobRow job, Collection<String> keys) {
        handle.createUpdate(schema.sql("""
                                insert into belay.saga_lock (key, saga_id, branch, seq, asked_at)
                                select k.key, :saga, :branch, :seq, belay.now() from unnest(:keys) as k(key)
                                 where not exists (select from belay.saga_lock l
                                                    where l.key = k.key and l.saga_id = :saga and l.branch = :branch
                                                      and l.seq = :seq)"""))
                .bind("saga", job.sagaId())
                .bind("branch", job.branch())
                .bind("seq", job.seq())
                .bindArray("keys", String.class, keys)
                .execute();
    }

    /** The keys that a saga holds or waits for. */
    public List<String> keysOf(Handle handle, UUID saga) {
        return handle.createQuery(schema.sql("select distinct key from belay.saga_lock where saga_id = :saga"))
                .bind("saga", saga)
                .mapTo(String.class)
                .list();
    }

    /** The keys for which a step of a saga stands in line. */
    public List<String> keysOf(Handle handle, JobRow job) {
        return handle.createQuery(schema.sql("""
                                select distinct key from belay.saga_lock
                                 where saga_id = :saga and branch = :branch and seq = :seq"""))
                .bind("saga", job.sagaId())
                .bind("branch", job.branch())
                .bind("seq", job.seq())
                .mapTo(String.class)
                .list();
    }

    /** Takes a saga out of every line. */
    public void remove(Handle handle, UUID saga) {
        handle.createUpdate(schema.sql("delete from belay.saga_lock where saga_id = :saga"))
                .bind("saga", saga)
                .execute();
    }

    /**
     * Takes one step out of every line. Where another step of its saga stands behind it, that one gets the place: the saga may hold
     * the key by it.
     */
    public void remove(Handle handle, JobRow job) {
        handle.createUpdate(schema.sql("""
                                with mine as materialized (
                                  select key, place from belay.saga_lock
                                   where saga_id = :saga and branch = :branch and seq = :seq
                                ), heirs as materialized (
                                  select distinct on (l.key) l.key, l.branch, l.seq, l.place, m.place as inherits
                                    from belay.saga_lock l join mine m on m.key = l.key
                                   where l.saga_id = :saga and l.place > m.place
                                   order by l.key, l.place
                                ), inherited as (
                                  update belay.saga_lock l set branch = h.branch, seq = h.seq
                                    from heirs h where l.key = h.key and l.place = h.inherits
                                )
                                delete from belay.saga_lock l
                                 using (select key, place from mine where key not in (select key from heirs)
                                        union all select key, place from heirs) gone
                                 where l.key = gone.key and l.place = gone.place"""))
                .bind("saga", job.sagaId())
                .bind("branch", job.branch())
                .bind("seq", job.seq())
                .execute();
    }

    /** Owes a wake-up to each step that waits for one of the keys and whose saga holds it by now. */
    public void oweNext(Handle handle, Collection<String> keys) {
        handle.createUpdate(schema.sql("""
                                with next as materialized (
                                  select distinct on (key) key, saga_id from belay.saga_lock
                                   where key = any(:keys) order by key, place
                                )
                                insert into belay.wake_up (saga_id, branch, seq)
                                select distinct l.saga_id, l.branch, l.seq
                                  from belay.saga_lock l join next n on n.key = l.key and n.saga_id = l.saga_id"""))
                .bindArray("keys", String.class, keys)
                .execute();
    }

    /** Every line, in order. */
    public List<SemanticLock> all(Handle handle) {
        return handle.createQuery(schema.sql("""
                                select key, saga_id, first_place, asked_at,
                                       row_number() over (partition by key order by first_place) as position
                                  from (select key, saga_id, min(place) as first_place, min(asked_at) as asked_at
                                          from belay.saga_lock group by key, saga_id) asked
                                 order by key, first_place"""))
                .map((rs, context) -> new SemanticLock(
                        rs.getString("key"),
                        rs.getObject("saga_id", UUID.class),
                        rs.getInt("position") - 1,
                        rs.getObject("asked_at", OffsetDateTime.class).toInstant()))
                .list();
    }
}
