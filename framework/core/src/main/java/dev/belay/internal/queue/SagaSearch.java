package dev.belay.internal.queue;

import dev.belay.Cause;
import dev.belay.SagaState;
import dev.belay.inspect.Count;
import dev.belay.inspect.SagaFilter;
import dev.belay.inspect.SagaSummary;
import dev.belay.internal.journal.PlanTable;
import dev.belay.internal.journal.Schema;
import dev.belay.internal.journal.Visible;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jspecify.annotations.Nullable;

/**
 * Finds sagas by a filter, in the order of their ids. Of the candidates that an index gives it looks at no more than a window, in
 * steps that grow: what is frequent is found at once, and what is rare costs no more than the window.
 */
public final class SagaSearch {
    private static final int FIRST_LOOK = 500;
    private static final int NEXT_LOOK = 4_500;

    private static final String SUMMARY = """
            g.id, p.definition, p.version, g.state, g.cause, g.paused and g.ended_at is null as paused, g.residue,
            g.pivot_passed, g.started_at, g.ended_at, g.deadline_at, g.start_key, g.tenant, g.parent_id,
            f.failure ->> 'step' as f_step, f.failure ->> 'type' as f_type, left(f.failure ->> 'message', 500) as f_message,
            coalesce(f.failure ->> 'fingerprint', '') as f_fingerprint,
            j.branches, j.step as j_step, j.state as j_state, j.direction as j_direction, j.attempt as j_attempt,
            j.failures as j_failures, j.run_at as j_run_at, j.awaits as j_awaits""";

    private static final String STANDS = " cross join lateral (select " + Criteria.FAILURE + """
             as failure) f
            join belay.plan p on p.id = g.plan_id
            left join lateral (
              select j.*, count(*) over () as branches from belay.job j where j.saga_id = g.id
               order by j.state = 'P' desc, j.branch limit 1) j on true""";

    private final Schema schema;
    private final int window;

    /** A search that looks at up to {@code window} candidates for a page. */
    public SagaSearch(Schema schema, int window) {
        this.schema = schema;
        this.window = window;
    }

    /**
     * What was found.
     *
     * @param last the last candidate that was looked at, if there may be more behind it
     * @param whole whether {@code last} is where the page was full, not where the window was
     */
    public record Found(List<SagaSummary> sagas, Optional<UUID> last, boolean whole) {}

    /** A page of what {@code filter} means and {@code visible} lets be seen, from behind {@code after} on. */
    public Found page(
            Handle handle,
            SagaFilter filter,
            Visible visible,
            List<PlanTable.Named> plans,
            @Nullable UUID after,
            int size) {
        Criteria criteria = new Criteria(filter, plans);
        List<SagaSummary> found = new ArrayList<>();
        UUID place = after;
        int left = window;
        int look = Math.max(FIRST_LOOK, size + 1);
        while (true) {
            int most = Math.min(look, left);
            List<SagaSummary> more = look(handle, filter, criteria, visible, place, most, size + 1 - found.size());
            found.addAll(more);
            if (found.size() > size) {
                return new Found(
                        found.subList(0, size), Optional.of(found.get(size - 1).id()), true);
            }
            Optional<UUID> edge = edge(handle, filter, criteria, visible, place, most);
            left -= most;
            if (edge.isEmpty() || left <= 0) {
                return new Found(found, edge, false);
            }
            place = edge.get();
            look = look < NEXT_LOOK ? NEXT_LOOK : left;
        }
    }

    private List<SagaSummary> look(
            Handle handle,
            SagaFilter filter,
            Criteria criteria,
            Visible visible,
            @Nullable UUID after,
            int most,
            int size) {
        Candidates candidates = Candidates.of(criteria, visible, filter.oldestFirst(), after != null);
        String order = " order by g.place" + (filter.oldestFirst() ? "" : " desc");
        return bound(
                        handle.createQuery(schema.sql("select " + SUMMARY + " from (select * from (" + candidates.rows()
                                + ") as g where true" + criteria.and() + visible.and("g") + order
                                + " limit :size) as g " + STANDS + order)),
                        criteria,
                        visible,
                        after,
                        most)
                .bind("size", size)
                .map((rs, context) -> summary(rs))
                .list();
    }

    /** The last of {@code most} candidates; empty if there are fewer. */
    private Optional<UUID> edge(
            Handle handle, SagaFilter filter, Criteria criteria, Visible visible, @Nullable UUID after, int most) {
        Candidates candidates = Candidates.of(criteria, visible, filter.oldestFirst(), after != null);
        return bound(
                        handle.createQuery(schema.sql("select id from (" + candidates.ids() + ") as e order by id"
                                + (filter.oldestFirst() ? "" : " desc") + " offset :most - 1 limit 1")),
                        criteria,
                        visible,
                        after,
                        most)
                .mapTo(UUID.class)
                .findOne();
    }

    /** How many there are, up to {@code most} of them. */
    public Count count(Handle handle, SagaFilter filter, Visible visible, List<PlanTable.Named> plans, int most) {
        Criteria criteria = new Criteria(filter, plans);
        Candidates candidates = Candidates.of(criteria, visible, filter.oldestFirst(), false);
        if (candidates.exact()) {
            long n = bound(
                            handle.createQuery(
                                    schema.sql("select count(*) from (" + candidates.ids() + ") as counted")),
                            criteria,
                            visible,
                            null,
                            most + 1)
                    .mapTo(Long.class)
                    .one();
            return new Count(Math.min(n, most), n > most);
        }
        long n = bound(
                        handle.createQuery(schema.sql(
                                "select count(*) from (select from (" + candidates.rows() + ") as g where true"
                                        + criteria.and() + visible.and("g") + " limit :size) as counted")),
                        criteria,
                        visible,
                        null,
                        window)
                .bind("size", most + 1)
                .mapTo(Long.class)
                .one();
        return n > most
                ? new Count(most, true)
                : new Count(
                        n,
                        edge(handle, filter, criteria, visible, null, window + 1)
                                .isPresent());
    }

    /** The ids of all that {@code filter} means, however far back, in order; at most {@code most}. For what is not done often. */
    public List<UUID> ids(Handle handle, SagaFilter filter, Visible visible, List<PlanTable.Named> plans, int most) {
        Criteria criteria = new Criteria(filter, plans);
        Candidates candidates = Candidates.of(criteria, visible, filter.oldestFirst(), false);
        return bound(
                        handle.createQuery(schema.sql("select g.id from (" + candidates.rows() + ") as g where true"
                                + criteria.and() + visible.and("g") + " order by g.place"
                                + (filter.oldestFirst() ? "" : " desc") + " limit :size")),
                        criteria,
                        visible,
                        null,
                        Integer.MAX_VALUE)
                .bind("size", most)
                .mapTo(UUID.class)
                .list();
    }

    /** One saga; empty if there is none, or it may not be seen. */
    public Optional<SagaSummary> find(Handle handle, UUID id, Visible visible) {
        return visible.bind(handle.createQuery(schema.sql("select " + SUMMARY
                                + " from (select *, g.id as place from belay.saga g where g.id = :id"
                                + visible.and("g") + ") as g " + STANDS))
                        .bind("id", id))
                .map((rs, context) -> summary(rs))
                .findOne();
    }

    /** Whether there is such a saga, and it may be seen. */
    public boolean isVisible(Handle handle, UUID id, Visible visible) {
        return visible.bind(handle.createQuery(schema.sql(
                                "select exists (select from belay.saga g where g.id = :id" + visible.and("g") + ")"))
                        .bind("id", id))
                .mapTo(Boolean.class)
                .one();
    }

    private static <S extends SqlStatement<S>> S bound(
            S statement, Criteria criteria, Visible visible, @Nullable UUID after, int most) {
        // Where to look is said by some of the conditions only.
        statement.configure(SqlStatements.class, settings -> settings.setUnusedBindingAllowed(true));
        if (after != null) {
            statement.bind("after", after);
        }
        return visible.bind(criteria.bind(statement)).bind("most", most);
    }

    static SagaSummary summary(ResultSet rs) throws SQLException {
        String cause = rs.getString("cause");
        return new SagaSummary(
                rs.getObject("id", UUID.class),
                rs.getString("definition"),
                rs.getInt("version"),
                SagaState.valueOf(rs.getString("state")),
                Optional.ofNullable(cause).map(Cause::valueOf),
                failure(rs),
                at(rs),
                rs.getBoolean("paused"),
                rs.getBoolean("residue"),
                rs.getBoolean("pivot_passed"),
                rs.getObject("started_at", OffsetDateTime.class).toInstant(),
                instant(rs, "ended_at"),
                instant(rs, "deadline_at"),
                Optional.ofNullable(rs.getString("start_key")),
                Optional.ofNullable(rs.getString("tenant")),
                Optional.ofNullable(rs.getObject("parent_id", UUID.class)));
    }

    private static Optional<SagaSummary.FailureBrief> failure(ResultSet rs) throws SQLException {
        String type = rs.getString("f_type");
        return type == null
                ? Optional.empty()
                : Optional.of(new SagaSummary.FailureBrief(
                        rs.getString("f_step"), type, rs.getString("f_message"), rs.getString("f_fingerprint")));
    }

    private static Optional<SagaSummary.At> at(ResultSet rs) throws SQLException {
        String step = rs.getString("j_step");
        return step == null
                ? Optional.empty()
                : Optional.of(new SagaSummary.At(
                        rs.getInt("branches"),
                        step,
                        JobRow.State.of(rs.getString("j_state")).name(),
                        rs.getString("j_direction").equals("-"),
                        rs.getInt("j_attempt"),
                        rs.getInt("j_failures"),
                        Objects.requireNonNull(JobRow.time(rs, "j_run_at")),
                        Optional.ofNullable(rs.getString("j_awaits"))));
    }

    private static Optional<Instant> instant(ResultSet rs, String column) throws SQLException {
        return Optional.ofNullable(rs.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }
}
