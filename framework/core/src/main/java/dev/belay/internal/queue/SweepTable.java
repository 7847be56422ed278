package dev.belay.internal.queue;

import dev.belay.internal.journal.Schema;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** What is due in any table and belongs to no job's own turn; asked in one statement, for every worker asks it every second. */
public final class SweepTable {
    private final Schema schema;

    /** A look over the tables in {@code schema}. */
    public SweepTable(Schema schema) {
        this.schema = schema;
    }

    /** What is due. */
    public enum What {
        /** A group whose branches have all ended, or are parked in a saga in which nothing can run on. */
        JOIN,
        /** A group of which nobody runs, and some wait for their turn. */
        TURN,
        /** A wake-up that is owed. */
        WAKE_UP,
        /** A saga whose deadline is over. */
        DEADLINE,
        /** A job that waits for a slot under a limit, and there may be one. */
        LIMIT,
        /** A decision about many sagas that is not carried out yet; of which, is not said. */
        BULK,
        /** Something to claim; what, is not said. */
        READY
    }

    /** One thing that is due. */
    public record Due(What what, UUID saga, int branch, int seq, long id) {}

    /** What is due, up to {@code limit} of each, and whether there is something to claim in {@code queues}. */
    public List<Due> due(Handle handle, int limit, Collection<String> queues) {
        return handle.createQuery(schema.sql("""
                                with recursive waited as (
                                  -- One key after the other, by the index: it costs as much as there are keys, not jobs. The column
                                  -- sorts by bytes, so that what begins alike stands together.
                                  (select awaits from belay.job
                                    where awaits is not null and awaits not in ('join', 'turn')
                                      and awaits >= 'limit:' and awaits < 'limit;' order by awaits limit 1)
                                  union all
                                  select (select j.awaits from belay.job j
                                           where j.awaits is not null and j.awaits not in ('join', 'turn')
                                             and j.awaits > w.awaits and j.awaits < 'limit;' order by j.awaits limit 1)
                                    from waited w where w.awaits is not null
                                )
                                (select 'JOIN' as what, g.saga_id, g.branch, g.seq, 0::bigint as id
                                   from belay.job g
                                  where g.awaits = 'join' and g.state = 'W'
                                    and not exists (select from belay.job b where b.saga_id = g.saga_id and b.parent = g.branch)
                                  limit :limit)
                                union all
                                (select 'JOIN', g.saga_id, g.branch, g.seq, 0
                                   from belay.job g join belay.saga s on s.id = g.saga_id
                                  where g.awaits = 'join' and g.state = 'W' and s.state in ('RUNNING', 'COMPENSATING')
                                    and exists (select from belay.job b where b.saga_id = g.saga_id and b.parent = g.branch)
                                    and not exists (select from belay.job b where b.saga_id = g.saga_id and b.state <> 'P'
                                                       and b.awaits is distinct from 'join')
                                  limit :limit)
                                union all
                                (select 'TURN', t.saga_id, t.parent, 0, 0
                                   from (select distinct saga_id, parent from belay.job
                                          where awaits = 'turn' and state = 'W' limit :limit) t
                                  where not exists (select from belay.job b
                                                     where b.saga_id = t.saga_id and b.parent = t.parent and b.state <> 'P'
                                                       and b.awaits is distinct from 'turn'))
                                union all
                                (select 'WAKE_UP', saga_id, branch, seq, id from belay.wake_up order by id limit :limit)
                                union all
                                (select 'DEADLINE', id, 0, 0, 0 from belay.saga
                                  where deadline_at <= belay.now() and state in ('RUNNING', 'SUSPENDED') and not paused
                                  order by deadline_at limit :limit)
                                union all
                                (select 'LIMIT', next.saga_id, next.branch, 0, 0
                                   from waited w
                                   cross join lateral (
                                     select count(*) as free from belay.limit_slot l
                                      where l.key = substr(w.awaits, 7) and l.slot >= 0
                                        and not exists (select from belay.job h
                                                         where h.saga_id = l.saga_id and h.branch = l.branch and h.seq = l.seq
                                                           and h.fence = l.fence and h.state = 'C' and h.direction = '+')) slots
                                   cross join lateral (
                                     select j.saga_id, j.branch from belay.job j
                                      where j.awaits = w.awaits and j.awaits is not null and j.awaits not in ('join', 'turn')
                                        and j.state = 'W'
                                      order by j.priority, j.run_at, j.saga_id, j.branch limit slots.free) next
                                  where w.awaits is not null
                                  limit :limit)
                                union all
                                (select 'BULK', id, 0, 0, 0 from belay.bulk where ended_at is null limit 1)
                                union all
                                (select 'READY', '00000000-0000-0000-0000-000000000000', 0, 0, 0
                                  -- The indexes know jobs with a tenant from those without.
                                  where exists (select from belay.job where state = 'R' and tenant is null and queue = any(:queues))
                                     or exists (select from belay.job where state = 'R' and tenant is not null and queue = any(:queues))
                                     or exists (select from belay.job where state = 'W' and tenant is null and queue = any(:queues)
                                                   and run_at <= belay.now())
                                     or exists (select from belay.job where state = 'W' and tenant is not null and queue = any(:queues)
                                                   and run_at <= belay.now()))"""))
                .bindArray("queues", String.class, List.copyOf(queues))
                .bind("limit", limit)
                .map((rs, context) -> new Due(
                        What.valueOf(rs.getString("what")),
                        rs.getObject("saga_id", UUID.class),
                        rs.getInt("branch"),
                        rs.getInt("seq"),
                        rs.getLong("id")))
                .list();
    }
}
