package dev.belay.internal.journal;

import dev.belay.inspect.BulkAction;
import dev.belay.inspect.BulkItem;
import dev.belay.inspect.BulkStatus;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** What became of decisions about many sagas, of the actions that this version knows. Who may not see everything sees those all of whose sagas they may see. */
public final class BulkPages {
    /** Only those that are shown have their items counted. */
    private static final String STATUS = """
            select b.*, i.done, i.refused, i.failed
              from (select b.* from belay.bulk b where b.action = any(:known) and %s) b
              cross join lateral (
                select count(*) filter (where result = 'D') as done, count(*) filter (where result = 'R') as refused,
                       count(*) filter (where result = 'F') as failed
                  from belay.bulk_item where bulk_id = b.id) i
             order by b.started_at desc, b.id""";

    private final Schema schema;

    /** The tables in {@code schema}. */
    public BulkPages(Schema schema) {
        this.schema = schema;
    }

    /** The actions that this version knows. */
    public static List<String> actions() {
        return Stream.of(BulkAction.values()).map(BulkAction::name).toList();
    }

    /** The newest of them. */
    public List<BulkStatus> newest(Handle handle, Visible visible, int most) {
        String newest = "true" + within(visible) + " order by b.started_at desc, b.id limit :most";
        return visible.bind(handle.createQuery(schema.sql(STATUS.formatted(newest)))
                        .bindArray("known", String.class, actions())
                        .bind("most", most))
                .map((rs, context) -> status(rs))
                .list();
    }

    /** One of them. */
    public Optional<BulkStatus> find(Handle handle, UUID id, Visible visible) {
        return visible.bind(handle.createQuery(schema.sql(STATUS.formatted("b.id = :id" + within(visible))))
                        .bindArray("known", String.class, actions())
                        .bind("id", id))
                .map((rs, context) -> status(rs))
                .findOne();
    }

    /** Whether there is such a one, and it may be seen. */
    public boolean isVisible(Handle handle, UUID id, Visible visible) {
        return visible.bind(handle.createQuery(schema.sql(
                                "select exists (select from belay.bulk b where b.id = :id" + within(visible) + ")"))
                        .bind("id", id))
                .mapTo(Boolean.class)
                .one();
    }

    private static String within(Visible visible) {
        return visible.everything() ? "" : " " + """
                 and not exists (
                  select from belay.bulk_item m
                    left join lateral (select * from belay.saga s where s.id = m.saga_id offset 0) g on true
                   where m.bulk_id = b.id and not coalesce(g.id is not null%s, false))""".formatted(visible.and("g"));
    }

    /** What it did to its sagas, in the order of their start, from behind {@code after} on. */
    public List<BulkItem> items(
            Handle handle, UUID bulk, Set<BulkItem.Result> results, @Nullable UUID after, int size) {
        Query query = handle.createQuery(schema.sql("select * from belay.bulk_item where bulk_id = :bulk"
                        + (results.isEmpty() ? "" : " and result = any(:results::\"char\"[])")
                        + (after == null ? "" : " and saga_id > :after") + " order by saga_id limit :size"))
                .bind("bulk", bulk)
                .bind("size", size);
        if (!results.isEmpty()) {
            query.bindArray(
                    "results",
                    String.class,
                    results.stream().map(BulkPages::code).toList());
        }
        if (after != null) {
            query.bind("after", after);
        }
        return query.map((rs, context) -> item(rs)).list();
    }

    private static BulkStatus status(ResultSet rs) throws SQLException {
        return new BulkStatus(
                rs.getObject("id", UUID.class),
                BulkAction.valueOf(rs.getString("action")),
                FilterJson.read(rs.getString("filter")),
                rs.getString("actor"),
                rs.getString("reason"),
                rs.getObject("started_at", OffsetDateTime.class).toInstant(),
                rs.getLong("total"),
                rs.getLong("done"),
                rs.getLong("refused"),
                rs.getLong("failed"),
                Optional.ofNullable(rs.getObject("ended_at", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant),
                Optional.ofNullable(rs.getString("stopped_by")));
    }

    private static BulkItem item(ResultSet rs) throws SQLException {
        return new BulkItem(
                rs.getObject("saga_id", UUID.class),
                result(rs.getString("result")),
                rs.getString("words"),
                Optional.ofNullable(rs.getObject("at", OffsetDateTime.class)).map(OffsetDateTime::toInstant));
    }

    /** The code of a result. */
    public static String code(BulkItem.Result result) {
        return switch (result) {
            case WAITING -> "W";
            case DONE -> "D";
            case REFUSED -> "R";
            case FAILED -> "F";
        };
    }

    private static BulkItem.Result result(String code) {
        for (BulkItem.Result result : BulkItem.Result.values()) {
            if (code(result).equals(code)) {
                return result;
            }
        }
        throw new IllegalStateException(
                "The table bulk_item holds the result '" + code + "', which this version does not know.");
    }
}
