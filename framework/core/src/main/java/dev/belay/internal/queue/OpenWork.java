package dev.belay.internal.queue;

import dev.belay.SagaState;
import dev.belay.inspect.FailureGroup;
import dev.belay.inspect.WorkerStatus;
import dev.belay.internal.journal.Schema;
import dev.belay.internal.journal.Visible;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** What is open, taken together: read from the jobs, the workers and the sagas that have turned, never from those that have ended. */
public final class OpenWork {
    private static final int MOST_HOLDINGS = 50;
    private static final int MOST_PARKED = 5_000;

    /**
     * Whether nobody knows how the run ended that the parked job p stands at, as the coordinator decides it: its last word is that it is
     * unknown, or something was begun that may run at most once, and nothing settles it.
     */
    private static final String UNKNOWN = """
            (coalesce((select u.outcome = 'U' from belay.journal u
                        where u.saga_id = p.saga_id and u.branch = p.branch and u.seq = p.seq and u.run = p.run
                          and u.direction = '+' and u.kind in ('A', 'D') and u.outcome <> 'L'
                        order by u.n desc limit 1), false)
             or exists (
               select from (
                 select max(b.n) as n from belay.journal b
                  where b.saga_id = p.saga_id and b.branch = p.branch and b.seq = p.seq and b.run = p.run
                    and b.direction = '+' and b.kind = 'S') begun
                where begun.n is not null and not exists (
                  select from belay.journal e
                   where e.saga_id = p.saga_id and e.branch = p.branch and e.seq = p.seq and e.run = p.run
                     and e.direction = '+'
                     and (e.kind = 'D' and e.n > begun.n
                          or e.kind = 'A' and e.n = begun.n and e.outcome not in ('L', 'U')
                          or e.kind = 'A' and e.n > begun.n and e.outcome in ('N', 'S', 'K', 'P')))))""";

    private final Schema schema;

    /** The tables in {@code schema}. */
    public OpenWork(Schema schema) {
        this.schema = schema;
    }

    /** The sums of an overview. */
    public record Sums(
            Instant at,
            long ready,
            long claimed,
            Optional<Duration> oldest,
            int workers,
            long approvals,
            long orphaned,
            long overdue,
            long unknown) {}

    /** What of all there is can be counted in one pass over the jobs. */
    public Sums sums(Handle handle, Visible visible) {
        return visible.bind(handle.createQuery(schema.sql("""
                                with live as materialized (
                                  select id from belay.worker where expires_at >= clock_timestamp()
                                ), jobs as (
                                  select count(*) filter (where j.state in ('R', 'W') and j.run_at <= belay.now()) as ready,
                                         count(*) filter (where j.state = 'C') as claimed,
                                         min(j.run_at) filter (where j.state in ('R', 'W') and j.run_at <= belay.now()) as oldest,
                                         count(*) filter (where (j.awaits >= 'tool:' and j.awaits < 'tool;') or (j.awaits >= 'approval:' and j.awaits < 'approval;')) as approvals,
                                         count(*) filter (where j.state = 'C' and not exists (select from live w where w.id = j.owner))
                                           as orphaned
                                    from belay.job j where true <j>
                                ), late as (
                                  select j.saga_id from belay.job j where j.deadline_at <= belay.now() <j>
                                  union
                                  select s.id from belay.saga s where s.deadline_at <= belay.now() and s.ended_at is null <s>
                                ), parked as materialized (
                                  select j.saga_id, j.branch, j.seq, j.run from belay.job j
                                   where j.state = 'P' and j.direction = '+' <j>
                                )
                                select belay.now() as at, jobs.*, (select count(*) from live) as workers,
                                       (select count(*) from late) as overdue,
                                       (select count(distinct p.saga_id) from parked p where <unknown>) as unknown
                                  from jobs"""))
                        .define("unknown", schema.sql(UNKNOWN))
                        .define("j", visible.and("j"))
                        .define("s", visible.and("s")))
                .map((rs, context) -> {
                    Instant at = rs.getObject("at", OffsetDateTime.class).toInstant();
                    OffsetDateTime oldest = rs.getObject("oldest", OffsetDateTime.class);
                    return new Sums(
                            at,
                            rs.getLong("ready"),
                            rs.getLong("claimed"),
                            Optional.ofNullable(oldest).map(since -> between(since.toInstant(), at)),
                            rs.getInt("workers"),
                            rs.getLong("approvals"),
                            rs.getLong("orphaned"),
                            rs.getLong("overdue"),
                            rs.getLong("unknown"));
                })
                .one();
    }

    private static Duration between(Instant from, Instant to) {
        return from.isBefore(to) ? Duration.between(from, to) : Duration.ZERO;
    }

    /** How many open sagas of which plan are in which state. */
    public record Open(int planId, SagaState state, long n) {}

    /** The open sagas, counted by plan and state. */
    public List<Open> open(Handle handle, Visible visible) {
        return visible.bind(handle.createQuery(schema.sql("""
                                with open as materialized (
                                  select saga_id, min(plan_id) as plan_id from belay.job j where true <j> group by saga_id
                                ), turned as materialized (
                                  select t.id, t.state from belay.saga_turned t
                                   where t.state in ('SUSPENDED', 'COMPENSATING', 'COMPENSATION_FAILED') <t>
                                )
                                select o.plan_id, coalesce(t.state, 'RUNNING') as state, count(*) as n
                                  from open o left join turned t on t.id = o.saga_id group by 1, 2 order by 1, 2"""))
                        .define("j", visible.and("j"))
                        .define("t", visible.and("t")))
                .map((rs, context) ->
                        new Open(rs.getInt("plan_id"), SagaState.valueOf(rs.getString("state")), rs.getLong("n")))
                .list();
    }

    /** Those of them in each state, whatever their plan. */
    public static Map<SagaState, Long> byState(Collection<Open> open) {
        Map<SagaState, Long> counts = new EnumMap<>(SagaState.class);
        open.forEach(some -> counts.merge(some.state(), some.n(), Long::sum));
        return counts;
    }

    /**
     * Why sagas wait for an operator, the most frequent reason first, in the words of the newest saga of each. Sagas that run although a
     * branch is parked are few beside those that have turned; of more than can be looked at the longest parked count.
     */
    public List<FailureGroup> stuck(Handle handle, Visible visible, int most) {
        return visible.bind(handle.createQuery(schema.sql("""
                                with parked as materialized (
                                  select j.saga_id, min(j.run_at) as since from (
                                    select j.saga_id, j.run_at from belay.job j
                                     where j.state = 'P' and not exists (select from belay.saga_turned t where t.id = j.saga_id) <j>
                                     order by j.run_at limit :mostParked) j
                                   group by j.saga_id
                                ), stuck as (
                                  select t.id, t.plan_id, t.step, t.fingerprint, t.since from belay.saga_turned t
                                   where t.state in ('SUSPENDED', 'COMPENSATION_FAILED') <t>
                                  union all
                                  select s.id, s.plan_id, s.failure ->> 'step', s.failure ->> 'fingerprint', r.since
                                    from parked r cross join lateral (select * from belay.saga s where s.id = r.saga_id offset 0) s
                                   where s.state = 'RUNNING'
                                ), kinds as materialized (
                                  select p.definition, coalesce(t.step, '') as step, coalesce(t.fingerprint, '') as fingerprint,
                                         count(*) as n, min(t.since) as first, max(t.since) as last,
                                         max(t.id::text collate "C")::uuid as newest
                                    from stuck t join belay.plan p on p.id = t.plan_id
                                   group by 1, 2, 3 order by n desc, 1, 2, 3 limit :most
                                )
                                select k.*, coalesce(w.failure ->> 'type', f.type) as type,
                                       coalesce(left(w.failure ->> 'message', 500), f.message) as message
                                  from kinds k
                                  left join lateral (
                                    select <failure> as failure from belay.saga g where g.id = k.newest offset 0) w on true
                                  left join belay.failure_kind f on f.fingerprint = k.fingerprint
                                 order by k.n desc, k.definition, k.step, k.fingerprint"""))
                        .define("t", visible.and("t"))
                        .define("j", visible.and("j"))
                        .define("failure", schema.sql(Criteria.FAILURE))
                        .bind("mostParked", MOST_PARKED)
                        .bind("most", most))
                .map((rs, context) -> new FailureGroup(
                        rs.getString("definition"),
                        rs.getString("step"),
                        "",
                        rs.getString("fingerprint"),
                        Objects.requireNonNullElse(rs.getString("type"), ""),
                        Objects.requireNonNullElse(rs.getString("message"), ""),
                        rs.getLong("n"),
                        0,
                        minute(rs, "first"),
                        minute(rs, "last")))
                .list();
    }

    private static Instant minute(ResultSet rs, String column) throws SQLException {
        return rs.getObject(column, OffsetDateTime.class).toInstant().truncatedTo(ChronoUnit.MINUTES);
    }

    /** The jobs of a queue, counted. */
    public record QueueSums(
            String queue, long ready, long claimed, long waiting, long held, long parked, Optional<Duration> oldest) {}

    /** Every queue that has jobs. */
    public List<QueueSums> queues(Handle handle, Visible visible) {
        return visible.bind(handle.createQuery(schema.sql("""
                                select queue, count(*) filter (where state in ('R', 'W') and run_at <= belay.now()) as ready,
                                       count(*) filter (where state = 'C') as claimed,
                                       count(*) filter (where state in ('R', 'W') and run_at > belay.now()) as waiting,
                                       count(*) filter (where state = 'H') as held, count(*) filter (where state = 'P') as parked,
                                       belay.now() as at,
                                       min(run_at) filter (where state in ('R', 'W') and run_at <= belay.now()) as oldest
                                  from belay.job j where true <j> group by queue order by queue""")).define("j", visible.and("j")))
                .map((rs, context) -> {
                    Instant at = rs.getObject("at", OffsetDateTime.class).toInstant();
                    OffsetDateTime oldest = rs.getObject("oldest", OffsetDateTime.class);
                    return new QueueSums(
                            rs.getString("queue"),
                            rs.getLong("ready"),
                            rs.getLong("claimed"),
                            rs.getLong("waiting"),
                            rs.getLong("held"),
                            rs.getLong("parked"),
                            Optional.ofNullable(oldest).map(since -> between(since.toInstant(), at)));
                })
                .list();
    }

    /** Every worker with what it holds; with its threads for who sees everything. */
    public List<WorkerStatus> workers(Handle handle, Visible visible) {
        Map<Long, List<WorkerStatus.Holding>> doing = new LinkedHashMap<>();
        Map<Long, Integer> holds = new LinkedHashMap<>();
        visible.bind(handle.createQuery(schema.sql("""
                                select * from (
                                  select j.owner, j.saga_id, p.definition, j.branch, j.seq, j.step, j.direction, j.attempt, j.started,
                                         row_number() over (partition by j.owner order by j.run_at, j.saga_id, j.branch) as place,
                                         count(*) over (partition by j.owner) as holds
                                    from belay.job j join belay.plan p on p.id = j.plan_id
                                   where j.state = 'C' and j.owner in (select id from belay.worker) <j>) as held
                                where place <= :most order by owner, place"""))
                        .define("j", visible.and("j"))
                        .bind("most", MOST_HOLDINGS))
                .map((rs, context) -> {
                    long owner = rs.getLong("owner");
                    holds.put(owner, rs.getInt("holds"));
                    return doing.computeIfAbsent(owner, any -> new ArrayList<>())
                            .add(holding(rs));
                })
                .list();
        return handle.createQuery(schema.sql("""
                                select *, expires_at < clock_timestamp() as expired from belay.worker order by name, started_at, id"""))
                .map((rs, context) -> {
                    long id = rs.getLong("id");
                    OffsetDateTime dumpAt = rs.getObject("dump_at", OffsetDateTime.class);
                    return new WorkerStatus(
                            id,
                            rs.getString("name"),
                            rs.getObject("started_at", OffsetDateTime.class).toInstant(),
                            rs.getObject("seen_at", OffsetDateTime.class).toInstant(),
                            rs.getObject("expires_at", OffsetDateTime.class).toInstant(),
                            rs.getBoolean("expired"),
                            holds.getOrDefault(id, 0),
                            doing.getOrDefault(id, List.of()),
                            // It tells of all that the worker does.
                            dumpAt == null || !visible.everything()
                                    ? Optional.empty()
                                    : Optional.of(new WorkerStatus.Dump(dumpAt.toInstant(), rs.getString("dump"))));
                })
                .list();
    }

    private static WorkerStatus.Holding holding(ResultSet rs) throws SQLException {
        return new WorkerStatus.Holding(
                rs.getObject("saga_id", UUID.class),
                rs.getString("definition"),
                rs.getInt("branch"),
                rs.getInt("seq"),
                rs.getString("step"),
                rs.getString("direction").equals("-"),
                rs.getInt("attempt"),
                rs.getBoolean("started"));
    }

    /**
     * For each saga what changes with it: its own row, its jobs, and how many rows its journal has, of long ones only where claimed
     * jobs stand.
     */
    public Map<UUID, String> tokens(Handle handle, Visible visible, Collection<UUID> sagas, int mostRows) {
        Map<UUID, String> tokens = new LinkedHashMap<>();
        visible.bind(handle.createQuery(schema.sql("""
                                select g.id, md5(concat_ws('/', g.state, g.epoch, g.cancel_requested, g.pivot_passed, g.paused, g.messages,
                                                           g.residue, g.deadline_at, g.ended_at, md5(g.failure::text), jobs.hash, jobs.rows,
                                                           (select count(*) from (select from belay.journal l where l.saga_id = g.id
                                                                                   limit :most) as counted))) as token
                                  from unnest(:sagas) as v(id)
                                  cross join lateral (select * from belay.saga s where s.id = v.id offset 0) g
                                  cross join lateral (
                                    select md5(string_agg(concat_ws(',', j.branch, j.seq, j.run, j.item, j.attempt, j.failures, j.fence,
                                                                    j.state, j.direction, j.run_at, j.awaits, j.deadline_at, j.started,
                                                                    j.owner), ';' order by j.branch)) as hash,
                                           sum(case j.state when 'C' then
                                             (select count(*) from belay.journal l
                                               where l.saga_id = j.saga_id and l.branch = j.branch and l.seq = j.seq) else 0 end) as rows
                                      from belay.job j where j.saga_id = v.id) jobs
                                 where true <g>"""))
                        .define("g", visible.and("g"))
                        .bindArray("sagas", UUID.class, List.copyOf(sagas))
                        .bind("most", mostRows))
                .map((rs, context) -> tokens.put(rs.getObject("id", UUID.class), rs.getString("token")))
                .list();
        return tokens;
    }

    /** A question that waits for a person, as {@link WaitTable} reads it; the nearest deadline first, then the longest asked. */
    public List<WaitTable.Asked> asked(Handle handle, Visible visible, int most) {
        return visible.bind(handle.createQuery(schema.sql("""
                                select j.saga_id, j.plan_id, j.branch, j.step, j.deadline_at, s.paused,
                                       last.item, last.output_type, last.output, last.output_bytes, last.first_at as recorded_at
                                  from belay.job j
                                  cross join lateral (select s.paused from belay.saga s where s.id = j.saga_id offset 0) s
                                  cross join lateral (
                                    select w.item, w.output_type, w.output, w.output_bytes,
                                           (select f.recorded_at from belay.journal f
                                             where f.saga_id = j.saga_id and f.branch = j.branch and f.seq = j.seq and f.run = j.run
                                               and f.direction = '+' and f.kind = 'W' and f.item = 0 and f.name = j.awaits
                                             order by f.n desc limit 1) as first_at
                                      from belay.journal w
                                     where w.saga_id = j.saga_id and w.branch = j.branch and w.seq = j.seq and w.run = j.run
                                       and w.direction = '+' and w.kind = 'W' and w.name = j.awaits
                                     order by w.n desc limit 1) last
                                 where j.awaits is not null and j.awaits not in ('join', 'turn')
                                   and ((j.awaits >= 'tool:' and j.awaits < 'tool;') or (j.awaits >= 'approval:' and j.awaits < 'approval;')) <j>
                                 order by j.deadline_at nulls last, last.first_at, j.saga_id, j.branch limit :most"""))
                        .define("j", visible.and("j"))
                        .bind("most", most))
                .map((rs, context) -> WaitTable.asked(rs))
                .list();
    }

    /** The sagas forked from one, the newest first. */
    public List<UUID> forks(Handle handle, UUID saga, Visible visible, int most) {
        return visible.bind(
                        handle.createQuery(schema.sql("select g.id from belay.saga g where g.forked_from = :saga <g>"
                                        + " order by g.id desc limit :most"))
                                .define("g", visible.and("g"))
                                .bind("saga", saga)
                                .bind("most", most))
                .mapTo(UUID.class)
                .list();
    }
}
