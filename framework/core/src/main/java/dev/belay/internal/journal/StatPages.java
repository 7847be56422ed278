package dev.belay.internal.journal;

import dev.belay.inspect.FailureGroup;
import dev.belay.inspect.StatPoint;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jdbi.v3.core.Handle;

/**
 * The counts by the minute, summed for people. They know the plan and not the tenant: who may only see certain tenants is told of no
 * counts at all.
 */
public final class StatPages {
    private final Schema schema;

    /** The tables in {@code schema}. */
    public StatPages(Schema schema) {
        this.schema = schema;
    }

    /** What happened in each of {@code n} stretches from {@code from} on. */
    public List<StatPoint> throughput(Handle handle, Visible visible, Instant from, Duration width, int n) {
        Map<Long, StatPoint> points = new HashMap<>();
        if (visible.tenants().isEmpty()) {
            visible.bind(handle.createQuery(schema.sql("""
                                    select floor(extract(epoch from t.minute - :from) / :seconds)::bigint as stretch,
                                           coalesce(sum(t.n) filter (where t.direction = '+' and t.outcome = 'S'), 0) as succeeded,
                                           coalesce(sum(t.n) filter (where t.outcome in ('F', 'G', 'N', 'L', 'U')), 0) as failed,
                                           coalesce(sum(t.n) filter (where t.direction = '-' and t.outcome in ('S', 'E')), 0) as undone,
                                           sum(t.took_us)::bigint as took_us, max(t.longest_us) as longest_us
                                      from belay.stat_minute t
                                     where t.minute >= :from and t.minute < :to and t.activity is null <t>
                                     group by 1"""))
                            .define("t", visible.and("t"))
                            .bind("from", Times.bind(from))
                            .bind("to", Times.bind(from.plus(width.multipliedBy(n))))
                            .bind("seconds", width.toSeconds()))
                    .map((rs, context) -> points.put(
                            rs.getLong("stretch"),
                            new StatPoint(
                                    from.plus(width.multipliedBy(rs.getLong("stretch"))),
                                    rs.getLong("succeeded"),
                                    rs.getLong("failed"),
                                    rs.getLong("undone"),
                                    Duration.of(rs.getLong("took_us"), ChronoUnit.MICROS),
                                    Duration.of(rs.getLong("longest_us"), ChronoUnit.MICROS))))
                    .list();
        }
        List<StatPoint> all = new ArrayList<>(n);
        for (long i = 0; i < n; i++) {
            Instant at = from.plus(width.multipliedBy(i));
            all.add(points.getOrDefault(i, new StatPoint(at, 0, 0, 0, Duration.ZERO, Duration.ZERO)));
        }
        return all;
    }

    /** Why attempts and calls failed in the minutes from {@code from} to {@code to}, the most frequent reason first. */
    public List<FailureGroup> failures(Handle handle, Visible visible, Instant from, Instant to, int most) {
        if (visible.tenants().isPresent()) {
            return List.of();
        }
        return visible.bind(handle.createQuery(schema.sql("""
                                with kinds as materialized (
                                  select p.definition, t.step, coalesce(t.activity, '') as activity, t.fingerprint,
                                         sum(t.n)::bigint as n, min(t.minute) as first, max(t.minute) as last
                                    from belay.stat_minute t join belay.plan p on p.id = t.plan_id
                                   where t.minute >= :from and t.minute < :to and t.fingerprint is not null <t>
                                   group by 1, 2, 3, 4 order by n desc, 1, 2, 3, 4 limit :most
                                )
                                select k.*, f.type, f.message
                                  from kinds k left join belay.failure_kind f on f.fingerprint = k.fingerprint
                                 order by k.n desc, k.definition, k.step, k.activity, k.fingerprint"""))
                        .define("t", visible.and("t"))
                        .bind("from", Times.bind(from))
                        .bind("to", Times.bind(to))
                        .bind("most", most))
                .map((rs, context) -> new FailureGroup(
                        rs.getString("definition"),
                        rs.getString("step"),
                        rs.getString("activity"),
                        rs.getString("fingerprint"),
                        Objects.requireNonNullElse(rs.getString("type"), ""),
                        Objects.requireNonNullElse(rs.getString("message"), ""),
                        0,
                        rs.getLong("n"),
                        rs.getObject("first", OffsetDateTime.class).toInstant(),
                        rs.getObject("last", OffsetDateTime.class).toInstant()))
                .list();
    }
}
