package dev.belay.internal.queue;

import dev.belay.SagaState;
import dev.belay.inspect.BulkAction;
import dev.belay.internal.journal.BulkPages;
import dev.belay.internal.journal.Schema;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The tables {@code bulk} and {@code bulk_item}: decisions about many sagas, and what came of each. */
public final class BulkTable {
    private static final UUID BEFORE_ALL = new UUID(0, 0);

    private final Schema schema;

    /** The tables in {@code schema}. */
    public BulkTable(Schema schema) {
        this.schema = schema;
    }

    /** A decision that has not ended. */
    public record Open(UUID id, BulkAction action, String actor, String reason) {}

    /** Notes a decision, and locks it; says whether there was none of that id. */
    public boolean begin(Handle handle, Open bulk, String filter) {
        return handle.createUpdate(schema.sql("""
                                insert into belay.bulk (id, action, filter, actor, reason, started_at, total)
                                values (:id, :action, :filter::jsonb, :actor, :reason, belay.now(), 0)
                                on conflict (id) do nothing"""))
                        .bind("id", bulk.id())
                        .bind("action", bulk.action().name())
                        .bind("filter", filter)
                        .bind("actor", bulk.actor())
                        .bind("reason", bulk.reason())
                        .execute()
                == 1;
    }

    /** Notes which sagas it is about. */
    public void add(Handle handle, UUID bulk, List<UUID> sagas) {
        handle.createUpdate(schema.sql(
                        "insert into belay.bulk_item (bulk_id, saga_id) select :bulk, id from unnest(:sagas) as s(id)"))
                .bind("bulk", bulk)
                .bindArray("sagas", UUID.class, sagas)
                .execute();
        handle.createUpdate(schema.sql("update belay.bulk set total = :total where id = :bulk"))
                .bind("bulk", bulk)
                .bind("total", sagas.size())
                .execute();
    }

    /**
     * Those that have not ended, the oldest first. Every worker asks this every second; an action of a newer version is left to workers
     * of it.
     */
    public List<Open> open(Handle handle) {
        return handle.createQuery(schema.sql("""
                        select id, action, actor, reason from belay.bulk
                         where ended_at is null and action = any(:known)
                         order by started_at, id"""))
                .bindArray("known", String.class, BulkPages.actions())
                .map((rs, context) -> new Open(
                        rs.getObject("id", UUID.class),
                        BulkAction.valueOf(rs.getString("action")),
                        rs.getString("actor"),
                        rs.getString("reason")))
                .list();
    }

    /** Locks the next saga behind {@code after} whose turn has not come, that is none of {@code but}, and that nobody else has locked. */
    public Optional<UUID> claim(Handle handle, UUID bulk, @Nullable UUID after, List<UUID> but) {
        return handle.createQuery(schema.sql("""
                        select saga_id from belay.bulk_item
                         where bulk_id = :bulk and result = 'W' and saga_id > :after and saga_id <> all(:but)
                           and exists (select from belay.bulk where id = :bulk and ended_at is null)
                         order by saga_id limit 1 for update of bulk_item skip locked"""))
                .bind("bulk", bulk)
                .bind("after", after == null ? BEFORE_ALL : after)
                .bindArray("but", UUID.class, but)
                .mapTo(UUID.class)
                .findOne();
    }

    /** Notes what came of one whose turn it is; {@code result} as in the table. */
    public void settle(Handle handle, UUID bulk, UUID saga, String result, String words) {
        handle.createUpdate(schema.sql("""
                                update belay.bulk_item set result = :result::"char", words = :words, at = belay.now()
                                 where bulk_id = :bulk and saga_id = :saga and result = 'W'"""))
                .bind("bulk", bulk)
                .bind("saga", saga)
                .bind("result", result)
                .bind("words", words)
                .execute();
    }

    /** Ends a decision of which nothing is left. */
    public void endIfThrough(Handle handle, UUID bulk) {
        handle.createUpdate(schema.sql("""
                                update belay.bulk set ended_at = belay.now()
                                 where id = :bulk and ended_at is null
                                   and not exists (select from belay.bulk_item where bulk_id = :bulk and result = 'W')""")).bind("bulk", bulk).execute();
    }

    /** Ends a decision before it is through; says whether it had not ended. */
    public boolean stop(Handle handle, UUID bulk, String actor) {
        return handle.createUpdate(schema.sql("""
                                update belay.bulk set ended_at = belay.now(), stopped_by = :actor
                                 where id = :bulk and ended_at is null"""))
                        .bind("bulk", bulk)
                        .bind("actor", actor)
                        .execute()
                == 1;
    }

    /**
     * How many sagas stand alike.
     *
     * @param goesBack whether they are undone to a save-point only
     * @param parked whether something of them has failed and waits for an operator
     */
    public record Standing(SagaState state, boolean pivotPassed, boolean goesBack, boolean parked, long sagas) {}

    /** How the given sagas stand. */
    public List<Standing> standings(Handle handle, List<UUID> sagas) {
        return handle.createQuery(schema.sql("""
                        select s.state, s.pivot_passed, s.undo_to is not null as goes_back, s.parked, count(*) as sagas
                          from unnest(:sagas) as c(id)
                         cross join lateral (
                           select s.state, s.pivot_passed, s.undo_to,
                                  exists (select from belay.job j where j.saga_id = c.id and j.state = 'P') as parked
                             from belay.saga s where s.id = c.id offset 0) s
                         group by 1, 2, 3, 4"""))
                .bindArray("sagas", UUID.class, sagas)
                .map((rs, context) -> new Standing(
                        SagaState.valueOf(rs.getString("state")),
                        rs.getBoolean("pivot_passed"),
                        rs.getBoolean("goes_back"),
                        rs.getBoolean("parked"),
                        rs.getLong("sagas")))
                .list();
    }
}
