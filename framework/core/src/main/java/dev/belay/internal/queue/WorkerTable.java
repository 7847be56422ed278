package dev.belay.internal.queue;

import dev.belay.internal.journal.Schema;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * The table {@code worker}. Its times are real time, whatever clock the sagas run on: a moved test clock must not make live
 * workers look dead.
 */
public final class WorkerTable {
    private final Schema schema;

    /** The table in {@code schema}. */
    public WorkerTable(Schema schema) {
        this.schema = schema;
    }

    /** Registers an incarnation. */
    public void register(Handle handle, long id, String name, Duration lease) {
        handle.createUpdate(schema.sql("""
                                insert into belay.worker (id, name, started_at, seen_at, expires_at)
                                values (:id, :name, clock_timestamp(), clock_timestamp(),
                                        clock_timestamp() + :lease * interval '1 millisecond')"""))
                .bind("id", id)
                .bind("name", name)
                .bind("lease", lease.toMillis())
                .execute();
    }

    /**
     * Renews a lease, and reads in the same statement what is paused and limited. Empty if the row is gone: others may have taken
     * over everything.
     */
    public Optional<List<ControlTable.Setting>> heartbeat(Handle handle, long id, Duration lease) {
        List<Optional<ControlTable.Setting>> rows = handle.createQuery(schema.sql("""
                                with beat as (
                                  update belay.worker
                                     set seen_at = clock_timestamp(),
                                         expires_at = clock_timestamp() + :lease * interval '1 millisecond'
                                   where id = :id
                                  returning id
                                )
                                select c.* from beat left join belay.control c on c.paused or c.at_once is not null
                                order by c.kind, c.name"""))
                .bind("id", id)
                .bind("lease", lease.toMillis())
                .map((rs, context) -> rs.getString("kind") == null
                        ? Optional.<ControlTable.Setting>empty()
                        : Optional.of(ControlTable.map(rs)))
                .list();
        return rows.isEmpty()
                ? Optional.empty()
                : Optional.of(rows.stream().flatMap(Optional::stream).toList());
    }

    /** Removes the rows of workers whose lease is over; this, and nothing else, is what makes a worker dead. */
    public int removeExpired(Handle handle) {
        return handle.createUpdate(schema.sql("delete from belay.worker where expires_at < clock_timestamp()"))
                .execute();
    }

    /** Removes the row of a worker that stops. */
    public void remove(Handle handle, long id) {
        handle.createUpdate(schema.sql("delete from belay.worker where id = :id"))
                .bind("id", id)
                .execute();
    }
}
