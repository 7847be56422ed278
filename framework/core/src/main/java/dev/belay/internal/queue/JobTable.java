package dev.belay.internal.queue;

import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.journal.SagaTable;
import dev.belay.internal.journal.Schema;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The table {@code job}: claiming, handing back, taking over, and what a change of direction writes. */
public final class JobTable {
    private static final int FEWEST_TENANTS_LOOKED_AT = 16;

    /** The attempts of claims that were freed, as the roll-ups count them. */
    private static final String COUNT_LOST = """
            insert into belay.stat_minute (minute, plan_id, step, direction, outcome, n, took_us, longest_us)
            select date_trunc('minute', belay.now()), plan_id, step, direction, 'L', count(*), 0, 0
              from freed group by plan_id, step, direction""";

    private final Schema schema;
    private final ControlTable controls;
    private final String countLost;

    /** The table in {@code schema}. */
    public JobTable(Schema schema) {
        this.schema = schema;
        this.controls = new ControlTable(schema);
        this.countLost = schema.sql(COUNT_LOST);
    }

    /** A job just claimed, with its saga. */
    public record Claimed(JobRow job, SagaRow saga) {}

    /** Which job. */
    public record Key(UUID sagaId, int branch) {
        /** That of {@code job}. */
        public static Key of(JobRow job) {
            return new Key(job.sagaId(), job.branch());
        }
    }

    /** A job that its owner holds, as a heartbeat sees it. */
    public record Held(UUID sagaId, int branch, long fence, long epoch) {}

    /**
     * What to claim.
     *
     * @param plans the plans that can be run here
     * @param suspicions jobs suspected of killing their process more often than this are left alone
     * @param after the tenant served last; empty at first, and for the jobs that have no tenant
     * @param counted whether the queue's row in {@code control} is locked and what it allows was counted
     * @param since jobs without a tenant that were ready before are passed over; {@link Instant#MIN} passes over none
     */
    public record Request(
            String queue,
            Collection<Integer> plans,
            int suspicions,
            int limit,
            long owner,
            String after,
            boolean counted,
            Instant since) {

        private Request counted(int free) {
            return new Request(queue, plans, suspicions, free, owner, after, true, since);
        }
    }

    /**
     * What was claimed, in the order to run it.
     *
     * @param last the tenant served last
     * @param leftSome whether there may be more
     * @param full whether the queue has as many claimed jobs as it may have
     * @param oldest of each priority, since when the oldest of those without a tenant was ready
     */
    public record Batch(List<Claimed> jobs, String last, boolean leftSome, boolean full, Map<Short, Instant> oldest) {}

    /**
     * Claims due jobs. Nothing of a paused queue or definition is claimed, and nothing of a limited queue unless it was counted.
     *
     * <p>Tenants take turns, beginning after the one served last: they are found by skipping through the index from one to the
     * next, and each gives its share, most urgent first, so that what one tenant has queued up is neither read nor waited for by
     * another. Jobs without a tenant are one tenant more. Waiting jobs of tenants are not claimed but made ready once they are
     * due: claimed in the order of their times they would bring the crowd back in by the other door.
     *
     * <p>While somebody's snapshot is open, what was claimed leaves its entries in the index, before those of what is ready; hence
     * {@code since}.
     *
     * <p>Limits stand in subqueries, which hide their value from the planner: it then finds the plan it has kept no worse than a
     * new one, and spares itself planning, which would cost more than a claim of a few jobs.
     */
    public Batch claim(Handle handle, Request request) {
        List<Claimed> jobs = new ArrayList<>();
        Map<String, Integer> served = new HashMap<>();
        String[] last = {request.after()};
        boolean[] more = {false};
        Map<Short, Instant> oldest = new HashMap<>();
        handle.createQuery(schema.sql("""
                                with recursive allowed as materialized (
                                  select array(select p.id from unnest(:plans) as p(id)
                                                where not exists (select from belay.plan d join belay.control c on c.name = d.definition
                                                                   where d.id = p.id and c.kind = 'definition' and c.paused)) as plans
                                   where not exists (select from belay.control
                                                      where kind = 'queue' and name = :queue and (paused or (at_once is not null and not :counted)))
                                ), ahead(n, tenant) as (
                                  select 1, (select j.tenant from belay.job j
                                              where j.state = 'R' and j.queue = :queue and j.tenant > :after
                                                and j.plan_id = any(a.plans) and j.suspicions <= :suspicions
                                              order by j.tenant limit 1)
                                    from allowed a
                                  union all
                                  select t.n + 1, (select j.tenant from belay.job j
                                                    where j.state = 'R' and j.queue = :queue and j.tenant > t.tenant
                                                      and j.plan_id = any(a.plans) and j.suspicions <= :suspicions
                                                    order by j.tenant limit 1)
                                    from ahead t cross join allowed a where t.tenant is not null and t.n < :most
                                ), behind(n, tenant) as (
                                  select 1, (select j.tenant from belay.job j
                                              where j.state = 'R' and j.queue = :queue and j.tenant > '' and j.tenant <= :after
                                                and j.plan_id = any(a.plans) and j.suspicions <= :suspicions
                                              order by j.tenant limit 1)
                                    from allowed a where :after <> ''
                                  union all
                                  select t.n + 1, (select j.tenant from belay.job j
                                                    where j.state = 'R' and j.queue = :queue and j.tenant > t.tenant and j.tenant <= :after
                                                      and j.plan_id = any(a.plans) and j.suspicions <= :suspicions
                                                    order by j.tenant limit 1)
                                    from behind t cross join allowed a where t.tenant is not null and t.n < :most
                                ), source as materialized (
                                  select tenant, row_number() over (order by lap, n) as place
                                    from (select 1 as lap, n, tenant from ahead where tenant is not null
                                          union all
                                          select 2, 1, '' from allowed a
                                           where (select true from belay.job j where j.state = 'R' and j.queue = :queue and j.tenant is null
                                                            and j.run_at >= :since
                                                            and j.plan_id = any(a.plans) and j.suspicions <= :suspicions
                                                          order by j.priority, j.run_at, j.saga_id limit 1)
                                              or exists (select from belay.job j where j.state = 'W' and j.queue = :queue and j.tenant is null
                                                            and j.run_at <= belay.now()
                                                            and j.plan_id = any(a.plans) and j.suspicions <= :suspicions)
                                          union all
                                          select 3, n, tenant from behind where tenant is not null) ring
                                   order by lap, n limit (select :most)
                                ), share as materialized (
                                  select (:limit + count(*) - 1) / greatest(count(*), 1) as jobs,
                                         coalesce(max(place) filter (where tenant = ''), 0) as free_place from source
                                ), due as materialized (
                                  select saga_id, branch, priority, run_at from belay.job
                                   where state = 'W' and queue = :queue and tenant is null and run_at <= belay.now()
                                     and plan_id = any((select plans from allowed)::int[]) and suspicions <= :suspicions
                                   order by run_at limit (select case when free_place > 0 then jobs else 0 end from share) for update skip locked
                                ), ready as materialized (
                                  select saga_id, branch, priority, run_at from belay.job
                                   where state = 'R' and queue = :queue and tenant is null and run_at >= :since
                                     and plan_id = any((select plans from allowed)::int[]) and suspicions <= :suspicions
                                   order by priority, run_at, saga_id limit (select case when free_place > 0 then jobs else 0 end from share)
                                     for update skip locked
                                ), theirs as materialized (
                                  select j.saga_id, j.branch, j.priority, j.run_at, s.place
                                    from source s cross join lateral
                                         (select saga_id, branch, priority, run_at from belay.job
                                           where state = 'R' and queue = :queue and tenant = s.tenant
                                             and plan_id = any((select plans from allowed)::int[]) and suspicions <= :suspicions
                                           order by priority, run_at, saga_id limit (select jobs from share) for update skip locked) j
                                   where s.tenant <> ''
                                ), taken as materialized (
                                  select saga_id, branch, place, row_number() over (partition by place order by priority, run_at, saga_id) as turn
                                    from (select due.*, free_place as place from due cross join share
                                          union all select ready.*, free_place from ready cross join share
                                          union all select * from theirs) as candidate
                                   order by turn, place limit (select :limit)
                                ), claimed as (
                                  update belay.job j
                                     set state = 'C', owner = :owner, fence = j.fence + 1, attempt = j.attempt + 1, started = false, awaits = null
                                    from taken t where j.saga_id = t.saga_id and j.branch = t.branch
                                  returning j.*, t.turn, t.place
                                ), fallen_due as materialized (
                                  select saga_id, branch from belay.job
                                   where state = 'W' and queue = :queue and tenant is not null and run_at <= belay.now()
                                     and plan_id = any((select plans from allowed)::int[])
                                   order by run_at limit (select 1000 from allowed) for update skip locked
                                ), promoted as (
                                  update belay.job j set state = 'R', awaits = null
                                    from fallen_due f where j.saga_id = f.saga_id and j.branch = f.branch
                                  returning 1
                                )
                                select p.n as promoted, h.jobs as share, c.*, <columns>
                                  from (select count(*) as n from promoted) p cross join share h
                                  left join (claimed c join belay.saga s on s.id = c.saga_id) on true
                                 order by c.turn, c.place"""))
                .define("columns", SagaTable.COLUMNS)
                .bind("queue", request.queue())
                .bindArray("plans", Integer.class, List.copyOf(request.plans()))
                .bind("suspicions", request.suspicions())
                .bind("limit", request.limit())
                .bind("most", Math.max(request.limit(), FEWEST_TENANTS_LOOKED_AT))
                .bind("after", request.after())
                .bind("counted", request.counted())
                .bind(
                        "since",
                        request.since() == Instant.MIN
                                ? OffsetDateTime.MIN
                                : request.since().atOffset(ZoneOffset.UTC))
                .bind("owner", request.owner())
                .map((rs, context) -> {
                    more[0] |= rs.getLong("promoted") > 0;
                    if (rs.getObject("saga_id") == null) {
                        return last[0];
                    }
                    jobs.add(new Claimed(JobRow.map(rs), SagaTable.map(rs)));
                    String tenant = rs.getString("tenant");
                    if (tenant == null) {
                        oldest.merge(
                                rs.getShort("priority"),
                                rs.getObject("run_at", OffsetDateTime.class).toInstant(),
                                (one, other) -> one.isBefore(other) ? one : other);
                    }
                    last[0] = tenant == null ? "" : tenant;
                    more[0] |= served.merge(last[0], 1, Integer::sum) >= rs.getLong("share");
                    return last[0];
                })
                .list();
        return new Batch(jobs, last[0], more[0], false, oldest);
    }

    /**
     * Claims from a queue of which only so many jobs may be claimed at once. Workers count one after the other: each locks the
     * queue's row, and only then, in a statement that sees what the one before has committed, counts what is claimed.
     */
    public Batch claimCounted(Handle handle, Request request) {
        return handle.inTransaction(open -> {
            open.execute("set transaction isolation level read committed");
            Integer atOnce = controls.lockIfSet(open, ControlTable.Kind.QUEUE, request.queue())
                    .map(ControlTable.Setting::atOnce)
                    .orElse(null);
            int free = atOnce == null ? request.limit() : atOnce - claimed(open, request.queue());
            if (free <= 0) {
                return new Batch(List.of(), request.after(), true, true, Map.of());
            }
            Batch batch = claim(open, request.counted(Math.min(free, request.limit())));
            return new Batch(
                    batch.jobs(),
                    batch.last(),
                    batch.leftSome(),
                    atOnce != null && batch.jobs().size() >= free,
                    batch.oldest());
        });
    }

    /** How many jobs of a queue are claimed, by all workers together. */
    public int claimed(Handle handle, String queue) {
        return handle.createQuery(schema.sql("select count(*) from belay.job where state = 'C' and queue = :queue"))
                .bind("queue", queue)
                .mapTo(Integer.class)
                .one();
    }

    /** How many jobs of a definition's sagas are claimed, by all workers together. */
    public int claimedOf(Handle handle, String definition) {
        return handle.createQuery(schema.sql("""
                                select count(*) from belay.job
                                 where state = 'C' and plan_id in (select id from belay.plan where definition = :definition)"""))
                .bind("definition", definition)
                .mapTo(Integer.class)
                .one();
    }

    /** Hands back jobs that were claimed and not started. */
    public void handBack(Handle handle, Collection<JobRow> jobs, long owner) {
        handle.createUpdate(schema.sql("""
                                with held as materialized (
                                  select j.saga_id, j.branch from belay.job j
                                    join unnest(:sagas, :branches, :fences) as b(saga_id, branch, fence)
                                      on j.saga_id = b.saga_id and j.branch = b.branch and j.fence = b.fence
                                   where j.owner is not distinct from :owner and j.state = 'C'
                                   order by j.saga_id, j.branch for update of j
                                )
                                update belay.job j set state = 'R', owner = null, fence = j.fence + 1
                                  from held h where j.saga_id = h.saga_id and j.branch = h.branch"""))
                .bindArray(
                        "sagas", UUID.class, jobs.stream().map(JobRow::sagaId).toList())
                .bindArray(
                        "branches",
                        Integer.class,
                        jobs.stream().map(JobRow::branch).toList())
                .bindArray(
                        "fences", Long.class, jobs.stream().map(JobRow::fence).toList())
                .bind("owner", owner)
                .execute();
    }

    /**
     * Hands back jobs that {@code owner} holds and knows nothing of: a claim's reply was lost, or a step was dropped when its lease
     * seemed over. Which of the two is not known, so each claim is recorded as lost: a step that may have begun is undone with its
     * saga.
     */
    public void handBackHeld(Handle handle, Collection<Held> jobs, long owner) {
        handle.createUpdate(schema.sql("""
                                with held as materialized (
                                  select j.saga_id, j.branch, b.fence from belay.job j
                                    join unnest(:sagas, :branches, :fences) as b(saga_id, branch, fence)
                                      on j.saga_id = b.saga_id and j.branch = b.branch and j.fence = b.fence
                                   where j.owner is not distinct from :owner and j.state = 'C'
                                   order by j.saga_id, j.branch for update of j
                                ), freed as (
                                  update belay.job j set state = 'R', owner = null, fence = j.fence + 1
                                    from held h where j.saga_id = h.saga_id and j.branch = h.branch
                                  returning j.*, h.fence as lost_fence
                                ), counted as (
                                  <count>
                                )
                                insert into belay.journal (saga_id, branch, seq, run, direction, kind, n, item, outcome, step,
                                                           worker, fence, recorded_at)
                                select saga_id, branch, seq, run, direction, 'A', attempt, item, 'L', step,
                                       :owner, lost_fence, belay.now()
                                  from freed"""))
                .define("count", countLost)
                .bindArray("sagas", UUID.class, jobs.stream().map(Held::sagaId).toList())
                .bindArray(
                        "branches",
                        Integer.class,
                        jobs.stream().map(Held::branch).toList())
                .bindArray("fences", Long.class, jobs.stream().map(Held::fence).toList())
                .bind("owner", owner)
                .execute();
    }

    /** Writes that a rescued job is about to run, so that it is suspected if its process dies. False if it was lost. */
    public boolean markStarted(Handle handle, JobRow job) {
        return handle.createUpdate(schema.sql("""
                                        update belay.job set started = true
                                        where saga_id = :saga and branch = :branch and fence = :fence and owner = :owner
                                          and state = 'C'"""))
                        .bind("saga", job.sagaId())
                        .bind("branch", job.branch())
                        .bind("fence", job.fence())
                        .bind("owner", job.owner())
                        .execute()
                == 1;
    }

    /** What {@code owner} holds. */
    public List<Held> heldBy(Handle handle, long owner) {
        return handle.createQuery(schema.sql(
                        "select saga_id, branch, fence, epoch from belay.job where owner = :owner and state = 'C'"))
                .bind("owner", owner)
                .map((rs, context) -> new Held(
                        rs.getObject("saga_id", UUID.class),
                        rs.getInt("branch"),
                        rs.getLong("fence"),
                        rs.getLong("epoch")))
                .list();
    }

    /**
     * Frees up to {@code limit} jobs whose owner has no worker row any more, and records each claim as lost. Owners are found by
     * skipping through the index of claimed jobs, so that a look costs as much as there are workers, not jobs.
     */
    public int takeOver(Handle handle, int limit) {
        return handle.createQuery(schema.sql("""
                                with recursive owners as (
                                  (select owner from belay.job where state = 'C' order by owner limit 1)
                                  union all
                                  select (select j.owner from belay.job j where j.state = 'C' and j.owner > o.owner
                                           order by j.owner limit 1)
                                    from owners o where o.owner is not null
                                ), dead as (
                                  select owner from owners o
                                   where owner is not null and not exists (select from belay.worker w where w.id = o.owner)
                                ), lost as materialized (
                                  select j.saga_id, j.branch, j.owner, j.fence, j.started from belay.job j
                                   where j.state = 'C' and j.owner in (select owner from dead)
                                   limit :limit for update skip locked
                                ), freed as (
                                  update belay.job j
                                     set state = 'R', owner = null, fence = j.fence + 1, rescues = j.rescues + 1,
                                         suspicions = j.suspicions + lost.started::int, started = false
                                    from lost where j.saga_id = lost.saga_id and j.branch = lost.branch
                                  returning j.*, lost.owner as lost_owner, lost.fence as lost_fence
                                ), counted as (
                                  <count>
                                ), logged as (
                                  insert into belay.journal (saga_id, branch, seq, run, direction, kind, n, item, outcome, step,
                                                             worker, fence, recorded_at)
                                  select saga_id, branch, seq, run, direction, 'A', attempt, item, 'L', step,
                                         lost_owner, lost_fence, belay.now()
                                    from freed
                                )
                                select count(*) from freed"""))
                .define("count", countLost)
                .bind("limit", limit)
                .mapTo(Integer.class)
                .one();
    }

    /** Locks the jobs of a saga whose row the transaction has locked. */
    public List<JobRow> lockAll(Handle handle, UUID saga) {
        return handle.createQuery(
                        schema.sql("select * from belay.job where saga_id = :saga order by branch for update"))
                .bind("saga", saga)
                .map((rs, context) -> JobRow.map(rs))
                .list();
    }

    /** Reads the jobs of a saga without locking them. */
    public List<JobRow> of(Handle handle, UUID saga) {
        return handle.createQuery(schema.sql("select * from belay.job where saga_id = :saga order by branch"))
                .bind("saga", saga)
                .map((rs, context) -> JobRow.map(rs))
                .list();
    }

    /** One job, not locked. */
    public Optional<JobRow> find(Handle handle, UUID saga, int branch) {
        return handle.createQuery(schema.sql("select * from belay.job where saga_id = :saga and branch = :branch"))
                .bind("saga", saga)
                .bind("branch", branch)
                .map((rs, context) -> JobRow.map(rs))
                .findOne();
    }

    /** Locks one job of a saga whose row the transaction has locked. */
    public Optional<JobRow> lock(Handle handle, UUID saga, int branch) {
        return handle.createQuery(
                        schema.sql("select * from belay.job where saga_id = :saga and branch = :branch for update"))
                .bind("saga", saga)
                .bind("branch", branch)
                .map((rs, context) -> JobRow.map(rs))
                .findOne();
    }

    /**
     * Locks the jobs of a locked saga, in their order, and raises their epoch, so that no result found under the old direction
     * advances them.
     */
    public void raiseEpoch(Handle handle, UUID saga, long epoch) {
        handle.createUpdate(schema.sql("""
                                with held as materialized (
                                  select branch from belay.job where saga_id = :saga order by branch for update
                                )
                                update belay.job j set epoch = :epoch from held h
                                 where j.saga_id = :saga and j.branch = h.branch"""))
                .bind("saga", saga)
                .bind("epoch", epoch)
                .execute();
    }

    /**
     * Writes what becomes of a locked job. CLAIMED keeps {@code owner} and fence, anything else frees it under a new fence; while the
     * saga is paused nothing but a parked job is left where somebody would claim it.
     */
    public JobRow place(Handle handle, JobRow job, Move.Target target, @Nullable Long owner, SagaRow saga) {
        boolean held = saga.paused() && target.state() != JobRow.State.PARKED;
        JobRow.State state = held ? JobRow.State.HELD : target.state();
        boolean keeps = state == JobRow.State.CLAIMED;
        return handle.createQuery(schema.sql("""
                                update belay.job
                                   set seq = :seq, run = :run, item = :item, step = :step, attempt = :attempt, failures = :failures,
                                       direction = :direction::"char", state = :state::"char", owner = :owner::bigint,
                                       fence = fence + :raise, epoch = :epoch, awaits = null,
                                       run_at = case when :state = 'C' then run_at
                                                     else belay.now() + :wait * interval '1 microsecond' end,
                                       deadline_at = case when seq = :seq and run = :run and direction = '+' and :direction = '+'
                                                          then deadline_at end,
                                       started = false, rescues = 0, suspicions = 0
                                 where saga_id = :saga and branch = :branch
                                returning *"""))
                .bind("saga", job.sagaId())
                .bind("branch", job.branch())
                .bind("seq", target.seq())
                .bind("run", target.run())
                .bind("item", target.item())
                .bind("step", target.step())
                .bind(
                        "attempt",
                        held && target.state() == JobRow.State.CLAIMED ? target.attempt() - 1 : target.attempt())
                .bind("failures", target.failures())
                .bind("direction", target.undoing() ? "-" : "+")
                .bind("state", state.code())
                .bind("owner", keeps ? owner : null)
                .bind("raise", keeps ? 0 : 1)
                .bind("epoch", saga.epoch())
                .bind("wait", target.delay().toNanos() / 1000)
                .map((rs, context) -> JobRow.map(rs))
                .one();
    }

    /**
     * Makes a locked job rest where it is until somebody {@linkplain BranchTable#wake wakes} it, {@code atMost} is over, or its
     * step's deadline; without either it rests for ever.
     */
    public void rest(Handle handle, JobRow job, String awaits, @Nullable Duration atMost, SagaRow saga) {
        handle.createUpdate(schema.sql("""
                                update belay.job
                                   set state = :state::"char", owner = null, fence = fence + 1, epoch = :epoch, awaits = :awaits,
                                       run_at = least(coalesce(deadline_at, 'infinity'),
                                                      coalesce(belay.now() + :wait::bigint * interval '1 microsecond', 'infinity')),
                                       started = false, rescues = 0, suspicions = 0
                                 where saga_id = :saga and branch = :branch"""))
                .bind("saga", job.sagaId())
                .bind("branch", job.branch())
                .bind("state", (saga.paused() ? JobRow.State.HELD : JobRow.State.WAITING).code())
                .bind("epoch", saga.epoch())
                .bind("awaits", awaits)
                .bind("wait", atMost == null ? null : (Long) (atMost.toNanos() / 1000))
                .execute();
    }

    /** Sets when the step of a claimed job must be done at the latest, unless that is set; the job as it is then, if it is still held. */
    public Optional<JobRow> setDeadline(Handle handle, JobRow job, Duration within) {
        return handle.createQuery(schema.sql("""
                                update belay.job
                                   set deadline_at = coalesce(deadline_at, belay.now() + :within * interval '1 microsecond')
                                 where saga_id = :saga and branch = :branch and fence = :fence and owner = :owner and state = 'C'
                                returning *"""))
                .bind("within", within.toNanos() / 1000)
                .bind("saga", job.sagaId())
                .bind("branch", job.branch())
                .bind("fence", job.fence())
                .bind("owner", job.owner())
                .map((rs, context) -> JobRow.map(rs))
                .findOne();
    }

    /** Whether the time of a job's step is over once {@code delay} is. */
    public boolean isTooLate(Handle handle, JobRow job, Duration delay) {
        return handle.createQuery(schema.sql("""
                                select coalesce(belay.now() + :wait * interval '1 microsecond' >= deadline_at, false)
                                from belay.job where saga_id = :saga and branch = :branch"""))
                .bind("wait", delay.toNanos() / 1000)
                .bind("saga", job.sagaId())
                .bind("branch", job.branch())
                .mapTo(Boolean.class)
                .findOne()
                .orElse(false);
    }

    /** Writes when the step of a locked job must be done at the latest. */
    public void extendDeadline(Handle handle, JobRow job, Instant until) {
        handle.createUpdate(schema.sql(
                        "update belay.job set deadline_at = :until where saga_id = :saga and branch = :branch"))
                .bind("until", until.atOffset(ZoneOffset.UTC))
                .bind("saga", job.sagaId())
                .bind("branch", job.branch())
                .execute();
    }

    /** Forgets a locked job's deadline: whoever runs its step next sets it anew. */
    public void forgetDeadline(Handle handle, JobRow job) {
        handle.createUpdate(schema.sql(
                        "update belay.job set deadline_at = null where saga_id = :saga and branch = :branch"))
                .bind("saga", job.sagaId())
                .bind("branch", job.branch())
                .execute();
    }

    /** Deletes one locked job. */
    public void delete(Handle handle, JobRow job) {
        handle.createUpdate(schema.sql("delete from belay.job where saga_id = :saga and branch = :branch"))
                .bind("saga", job.sagaId())
                .bind("branch", job.branch())
                .execute();
    }

    /** Deletes the jobs of a saga that ends. */
    public void deleteAll(Handle handle, UUID saga) {
        handle.createUpdate(schema.sql("delete from belay.job where saga_id = :saga"))
                .bind("saga", saga)
                .execute();
    }
}
