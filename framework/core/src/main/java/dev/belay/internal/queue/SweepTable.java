package dev.belay.internal.queue;

import dev.belay.internal.journal.Schema;
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
        /** A group whose branches have all ended. */
        JOIN,
        /** A wake-up that is owed. */
        WAKE_UP,
        /** A saga whose deadline is over. */
        DEADLINE
    }

    /** One thing that is due. */
    public record Due(What what, UUID saga, int branch, int seq, long id) {}

    /** What is due, up to {@code limit} of each. */
    public List<Due> due(Handle handle, int limit) {
        return handle.createQuery(schema.sql("""
                                (select 'JOIN' as what, g.saga_id, g.branch, g.seq, 0::bigint as id
                                   from belay.job g
                                  where g.awaits = 'join' and g.state = 'W'
                                    and not exists (select from belay.job b where b.saga_id = g.saga_id and b.parent = g.branch)
                                  limit :limit)
                                union all
                                (select 'WAKE_UP', saga_id, branch, seq, id from belay.wake_up order by id limit :limit)
                                union all
                                (select 'DEADLINE', id, 0, 0, 0 from belay.saga
                                  where deadline_at <= belay.now() and state in ('RUNNING', 'SUSPENDED') and not paused
                                  order by deadline_at limit :limit)"""))
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
