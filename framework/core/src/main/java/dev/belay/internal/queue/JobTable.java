package dev.belay.internal.queue;

import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.journal.SagaTable;
import dev.belay.internal.journal.Schema;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The table {@code job}: claiming, handing back, taking over, and what a change of direction writes. */
public final class JobTable {
    /** The attempts of claims that were freed, as the roll-ups count them. */
    private static final String COUNT_LOST = """
            insert into belay.stat_minute (minute, plan_id, step, direction, outcome, n, took_us, longest_us)
            select date_trunc('minute', belay.now()), plan_id, step, direction, 'L', count(*), 0, 0
              from freed group by plan_id, step, direction""";

    private final Schema schema;
    private final String countLost;

    /** The table in {@code schema}. */
    public JobTable(Schema schema) {
        this.schema = schema;
        this.countLost = schema.sql(COUNT_LOST);
    }

    /** A job just claimed, with its saga. */
    public record Claimed(JobRow job, SagaRow saga) {}

    /** A job that its owner holds, as a heartbeat sees it. */
    public record Held(UUID sagaId, int branch, long fence, long epoch) {}

    /**
     * Claims up to {@code limit} due jobs of a queue for {@code owner}, most urgent first. Jobs suspected of killing their process
     * more often than {@code suspicions} times are left alone.
     */
    public List<Claimed> claim(
            Handle handle, String queue, Collection<Integer> plans, int suspicions, int limit, long owner) {
        return handle.createQuery(schema.sql("""
                                with due as materialized (
                                  select saga_id, branch, priority, run_at from belay.job
                                  where state = 'W' and queue = :queue and run_at <= belay.now()
                                    and plan_id = any(:plans) and suspicions <= :suspicions
                                  order by run_at limit :limit for update skip locked
                                ), ready as materialized (
                                  select saga_id, branch, priority, run_at from belay.job
                                  where state = 'R' and queue = :queue
                                    and plan_id = any(:plans) and suspicions <= :suspicions
                                  order by priority, run_at, saga_id limit :limit for update skip locked
                                ), taken as (
                                  select * from due union all select * from ready order by priority, run_at limit :limit
                                ), claimed as (
                                  update belay.job j
                                     set state = 'C', owner = :owner, fence = j.fence + 1, attempt = j.attempt + 1, started = false,
                                         awaits = null
                                    from taken t where j.saga_id = t.saga_id and j.branch = t.branch
                                  returning j.*
                                )
                                select c.*, <columns> from claimed c join belay.saga s on s.id = c.saga_id
                                order by c.priority, c.run_at, c.saga_id"""))
                .define("columns", SagaTable.COLUMNS)
                .bind("queue", queue)
                .bindArray("plans", Integer.class, List.copyOf(plans))
                .bind("suspicions", suspicions)
                .bind("limit", limit)
                .bind("owner", owner)
                .map((rs, context) -> new Claimed(JobRow.map(rs), SagaTable.map(rs)))
                .list();
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
                                       deadline_at = case when seq = :seq and run = :run then deadline_at end,
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
