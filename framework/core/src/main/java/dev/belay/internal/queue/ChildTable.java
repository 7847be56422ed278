package dev.belay.internal.queue;

import dev.belay.SagaState;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.journal.Schema;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Sagas that a step of another saga started and waits for. A child is made in the transaction that makes its parent's step rest, and
 * has its family's time in its id: so its rows are in its root's partition, and looking for a family looks there only.
 */
public final class ChildTable {
    private static final long TIME = 0xFFFF_FFFF_FFFF_0000L;

    private final Schema schema;

    /** The children in {@code schema}. */
    public ChildTable(Schema schema) {
        this.schema = schema;
    }

    /** A child to start. */
    public record Child(
            UUID id,
            int plan,
            String queue,
            String firstStep,
            @Nullable Payload input,
            @Nullable Duration deadline) {}

    /** A descendant that does not go on without an operator. */
    public record Stuck(UUID id, int plan, SagaState state) {}

    /**
     * Starts a child of the given step, with the priority and the tenant of that step's job; does nothing if it is there already. The
     * parent's row is locked by the transaction.
     */
    public void start(Handle handle, SagaRow parent, JobRow step, Child child) {
        Payload input = child.input();
        handle.createUpdate(schema.sql("""
                                with fresh as (
                                  insert into belay.saga (id, plan_id, started_at, input_type, input, input_bytes,
                                                          parent_id, parent_branch, parent_seq, root_id, tenant, deadline_at)
                                  select :id, :plan, belay.now(), :type, :input::jsonb, :bytes, :parent, :branch, :seq, :root, j.tenant,
                                         belay.now() + :deadline::bigint * interval '1 millisecond'
                                    from belay.job j where j.saga_id = :parent and j.branch = :branch
                                  on conflict do nothing
                                  returning id
                                )
                                insert into belay.job (saga_id, plan_id, step, queue, priority, tenant, run_at)
                                select f.id, :plan, :step, :queue, j.priority, j.tenant, belay.now()
                                  from fresh f join belay.job j on j.saga_id = :parent and j.branch = :branch"""))
                .bind("id", child.id())
                .bind("plan", child.plan())
                .bind("type", input == null ? null : input.type())
                .bind("input", input == null ? null : input.jsonb())
                .bind("bytes", input == null ? null : input.bytes())
                .bind("parent", parent.id())
                .bind("branch", step.branch())
                .bind("seq", step.seq())
                .bind("root", parent.root())
                .bind("step", child.firstStep())
                .bind("queue", child.queue())
                .bind(
                        "deadline",
                        child.deadline() == null
                                ? null
                                : (Long) child.deadline().toMillis())
                .execute();
    }

    /**
     * Makes a trunk's job for a locked child that has completed and is to be undone. Its fence is above any that the child had, and
     * numbers of attempts at undoing do not return.
     */
    public void reopenTrunk(Handle handle, SagaRow child, String queue, String firstStep) {
        SagaRow.Parent parent = child.parent();
        handle.createUpdate(schema.sql("""
                                insert into belay.job (saga_id, plan_id, step, queue, priority, tenant, attempt, fence, epoch, run_at)
                                select s.id, s.plan_id, :step, :queue,
                                       coalesce((select priority from belay.job where saga_id = :parent and branch = :branch), 0),
                                       s.tenant,
                                       coalesce((select max(n) from belay.journal
                                                  where saga_id = s.id and branch = 0 and direction = '-'), 0),
                                       (s.epoch + 1) << 32, s.epoch, belay.now()
                                  from belay.saga s where s.id = :id"""))
                .bind("id", child.id())
                .bind("step", firstStep)
                .bind("queue", queue)
                .bind("parent", parent == null ? null : parent.sagaId())
                .bind("branch", parent == null ? null : (Integer) parent.branch())
                .execute();
    }

    /** Whether a child of a saga is open. */
    public boolean hasOpen(Handle handle, SagaRow saga) {
        return handle.createQuery(schema.sql("""
                                select exists (select from belay.saga
                                                where parent_id = :saga and id between :low and :high
                                                  and state not in ('COMPLETED', 'COMPENSATED', 'RESOLVED'))"""))
                .bind("saga", saga.id())
                .bind("low", low(saga.root()))
                .bind("high", high(saga.root()))
                .mapTo(Boolean.class)
                .one();
    }

    /** The descendants of a saga that wait for an operator, up to {@code limit}. */
    public List<Stuck> stuck(Handle handle, SagaRow saga, int limit) {
        return handle.createQuery(schema.sql("""
                                with recursive family as (
                                  select id, plan_id, state from belay.saga
                                   where parent_id = :saga and id between :low and :high
                                  union all
                                  select c.id, c.plan_id, c.state
                                    from family f join belay.saga c on c.parent_id = f.id and c.id between :low and :high
                                )
                                select id, plan_id, state from family
                                 where state in ('SUSPENDED', 'COMPENSATION_FAILED') order by id limit :limit"""))
                .bind("saga", saga.id())
                .bind("low", low(saga.root()))
                .bind("high", high(saga.root()))
                .bind("limit", limit)
                .map((rs, context) -> stuck(rs))
                .list();
    }

    private static Stuck stuck(ResultSet rs) throws SQLException {
        return new Stuck(
                rs.getObject("id", UUID.class), rs.getInt("plan_id"), SagaState.valueOf(rs.getString("state")));
    }

    /** The id that a family's time and {@code rest} make; of version 7, as any other. */
    public static UUID id(UUID root, long restHigh, long restLow) {
        return new UUID(
                (root.getMostSignificantBits() & TIME) | 0x7000L | (restHigh & 0x0FFFL),
                (restLow & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L);
    }

    private static UUID low(UUID root) {
        return new UUID(root.getMostSignificantBits() & TIME, 0);
    }

    private static UUID high(UUID root) {
        return new UUID(root.getMostSignificantBits() | ~TIME, -1);
    }
}
