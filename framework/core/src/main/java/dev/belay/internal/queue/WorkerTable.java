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
     * What a heartbeat is told.
     *
     * @param settings what is paused and limited
     * @param threadsAsked whether somebody wants to know what this worker's threads do, and has not been told since
     * @param othersExpired whether there are workers whose lease is over
     * @param holdsJobs whether the database knows of jobs that this worker, which is idle, has claimed
     */
    public record Beat(
            List<ControlTable.Setting> settings, boolean threadsAsked, boolean othersExpired, boolean holdsJobs) {}

    /**
     * Renews a lease, for a worker that knows of no job it holds if it is {@code idle}, and reads in the same statement what is paused and limited. Empty if the row is gone: others may have taken
     * over everything.
     */
    public Optional<Beat> heartbeat(Handle handle, long id, Duration lease, boolean idle) {
        boolean[] asked = {false};
        boolean[] expired = {false};
        boolean[] holds = {false};
        List<Optional<ControlTable.Setting>> rows = handle.createQuery(schema.sql("""
                                with beat as (
                                  update belay.worker
                                     set seen_at = clock_timestamp(),
                                         expires_at = clock_timestamp() + :lease * interval '1 millisecond'
                                   where id = :id
                                  returning id, dump_asked_at is not null and dump_asked_at > coalesce(dump_at, '-infinity') as asked
                                )
                                select beat.asked,
                                       exists (select from belay.worker where expires_at < clock_timestamp() and id <> :id) as expired,
                                       case when :idle then exists (select from belay.job where state = 'C' and owner = :id) else false end as holds,
                                       c.*
                                  from beat left join belay.control c on c.paused or c.at_once is not null
                                order by c.kind, c.name"""))
                .bind("id", id)
                .bind("lease", lease.toMillis())
                .bind("idle", idle)
                .map((rs, context) -> {
                    asked[0] = rs.getBoolean("asked");
                    expired[0] = rs.getBoolean("expired");
                    holds[0] = rs.getBoolean("holds");
                    return rs.getString("kind") == null
                            ? Optional.<ControlTable.Setting>empty()
                            : Optional.of(ControlTable.map(rs));
                })
                .list();
        return rows.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Beat(rows.stream().flatMap(Optional::stream).toList(), asked[0], expired[0], holds[0]));
    }

    /** Asks a live worker what its threads do; says whether there is such a worker. */
    public boolean askForThreads(Handle handle, long id) {
        return handle.createUpdate(schema.sql("""
                                update belay.worker set dump_asked_at = clock_timestamp()
                                 where id = :id and expires_at >= clock_timestamp()""")).bind("id", id).execute() == 1;
    }

    /** Writes what a worker's threads do. */
    public void tellThreads(Handle handle, long id, String dump) {
        handle.createUpdate(
                        schema.sql("update belay.worker set dump = :dump, dump_at = clock_timestamp() where id = :id"))
                .bind("id", id)
                .bind("dump", dump)
                .execute();
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
