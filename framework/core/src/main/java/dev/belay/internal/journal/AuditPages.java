package dev.belay.internal.journal;

import dev.belay.inspect.AuditEntry;
import dev.belay.inspect.AuditFilter;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jspecify.annotations.Nullable;

/** What was decided, page by page, the newest first. Who may not see everything sees what is about sagas they may see. */
public final class AuditPages {
    private final Schema schema;

    /** The table in {@code schema}. */
    public AuditPages(Schema schema) {
        this.schema = schema;
    }

    /** Up to {@code size} entries that {@code filter} means, of the {@code most} behind {@code after} that it has an index for. */
    public List<AuditEntry> page(
            Handle handle, AuditFilter filter, Visible visible, @Nullable Long after, int most, int size) {
        String seen = visible.everything() ? "" : " and s.id is not null" + visible.and("s");
        return bound(
                        handle.createQuery(schema.sql("""
                                select o.*, p.definition from (select * <candidates>) o
                                  left join lateral (select * from belay.saga g where g.id = o.saga_id offset 0) s on true
                                  left join belay.plan p on p.id = s.plan_id
                                 where true <filter> <seen>
                                 order by o.id desc limit :size"""))
                                .define("candidates", schema.sql(candidates(filter, after)))
                                .define("filter", residue(filter))
                                .define("seen", seen),
                        filter,
                        visible,
                        after,
                        most)
                .bind("size", size)
                .map((rs, context) -> map(rs))
                .list();
    }

    /** The last of these {@code most}; empty if there are fewer. */
    public OptionalLong edge(Handle handle, AuditFilter filter, Visible visible, @Nullable Long after, int most) {
        return bound(
                        handle.createQuery(schema.sql("select id from (select id <candidates>) as e order by id desc"
                                        + " offset :most - 1 limit 1"))
                                .define("candidates", schema.sql(candidates(filter, after))),
                        filter,
                        visible,
                        after,
                        most)
                .mapTo(Long.class)
                .findOne()
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    /** When an entry was made. */
    public Instant at(Handle handle, long id) {
        return handle.createQuery(schema.sql("select at from belay.operation where id = :id"))
                .bind("id", id)
                .mapTo(OffsetDateTime.class)
                .one()
                .toInstant();
    }

    private static String candidates(AuditFilter filter, @Nullable Long after) {
        return "from belay.operation where true"
                + (filter.saga().isPresent() ? " and saga_id = :saga" : "")
                + (filter.actor().isPresent() ? " and actor = :actor" : "")
                + (after == null ? "" : " and id < :after")
                + " order by id desc limit :most";
    }

    private static String residue(AuditFilter filter) {
        return (filter.action().isPresent() ? " and o.action = :action" : "")
                + (filter.from().isPresent() ? " and o.at >= :from" : "")
                + (filter.to().isPresent() ? " and o.at < :to" : "");
    }

    private static Query bound(Query query, AuditFilter filter, Visible visible, @Nullable Long after, int most) {
        query.configure(SqlStatements.class, settings -> settings.setUnusedBindingAllowed(true));
        filter.saga().ifPresent(saga -> query.bind("saga", saga));
        filter.actor().ifPresent(actor -> query.bind("actor", actor));
        filter.action().ifPresent(action -> query.bind("action", action));
        filter.from().ifPresent(from -> query.bind("from", Times.bind(from)));
        filter.to().ifPresent(to -> query.bind("to", Times.bind(to)));
        if (after != null) {
            query.bind("after", after);
        }
        return visible.bind(query).bind("most", most);
    }

    private static AuditEntry map(ResultSet rs) throws SQLException {
        int seq = rs.getInt("seq");
        OptionalInt place = rs.wasNull() ? OptionalInt.empty() : OptionalInt.of(seq);
        return new AuditEntry(
                rs.getLong("id"),
                rs.getObject("at", OffsetDateTime.class).toInstant(),
                rs.getString("actor"),
                rs.getString("action"),
                rs.getString("reason"),
                Optional.ofNullable(rs.getObject("saga_id", UUID.class)),
                Optional.ofNullable(rs.getString("definition")),
                Optional.ofNullable(rs.getString("control_kind")),
                Optional.ofNullable(rs.getString("control_name")),
                place,
                Optional.ofNullable(rs.getString("step")),
                rs.getString("before"),
                rs.getString("after"));
    }
}
