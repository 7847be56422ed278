package dev.belay.internal.queue;

import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.journal.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The table {@code job}, seen as the branches of one saga: beginning them, ending them, and who of them can still run. Everything
 * here expects the saga's row to be locked by the transaction, unless it says otherwise.
 */
public final class BranchTable {
    private final Schema schema;

    /** The branches in {@code schema}. */
    public BranchTable(Schema schema) {
        this.schema = schema;
    }

    /**
     * Branches that begin together.
     *
     * @param parent the branch that waits for them
     * @param first the number of the first; the others follow
     * @param steps the first step of each
     * @param inputs what each is given; null for those that take their saga's input
     * @param atOnce how many of them run at once
     */
    public record Beginning(JobRow parent, int first, List<String> steps, List<@Nullable Payload> inputs, int atOnce) {}

    /** Begins branches: a job and a journal row for each, in one statement. Those beyond the bound wait for their turn. */
    public void begin(Handle handle, SagaRow saga, Beginning branches) {
        List<Integer> numbers = new ArrayList<>(branches.steps().size());
        for (int i = 0; i < branches.steps().size(); i++) {
            numbers.add(branches.first() + i);
        }
        JobRow parent = branches.parent();
        handle.createUpdate(schema.sql("""
                                with fresh as materialized (
                                  select * from unnest(:numbers, :steps, :types, :inputs, :bytes)
                                      as b(branch, step, input_type, input, input_bytes)
                                ), logged as (
                                  insert into belay.journal (saga_id, branch, seq, run, direction, kind, n, item, outcome, step,
                                                             recorded_at, input_type, input, input_bytes)
                                  select :saga, branch, 0, 0, '+', 'B', :parent, :parentSeq, 'B', step,
                                         belay.now(), input_type, input::jsonb, input_bytes
                                    from fresh
                                )
                                insert into belay.job (saga_id, branch, plan_id, step, queue, priority, tenant, parent, fence, epoch,
                                                       state, awaits, run_at)
                                select :saga, f.branch, p.plan_id, f.step, p.queue, p.priority, p.tenant, :parent, :epoch << 32, :epoch,
                                       (case when :paused then 'H' when f.branch < :later then 'R' else 'W' end)::"char",
                                       case when f.branch >= :later then 'turn' end,
                                       case when f.branch < :later then belay.now() else 'infinity' end
                                  from fresh f join belay.job p on p.saga_id = :saga and p.branch = :parent"""))
                .bindArray("numbers", Integer.class, numbers)
                .bindArray("steps", String.class, branches.steps())
                .bindArray("types", String.class, map(branches.inputs(), Payload::type))
                .bindArray("inputs", String.class, map(branches.inputs(), Payload::jsonb))
                .bind(
                        "bytes",
                        branches.inputs().stream()
                                .map(input -> input == null ? null : input.bytes())
                                .toArray(byte[][]::new))
                .bind("saga", saga.id())
                .bind("parent", parent.branch())
                .bind("parentSeq", parent.seq())
                .bind("epoch", saga.epoch())
                .bind("paused", saga.paused())
                .bind("later", branches.first() + branches.atOnce())
                .execute();
    }

    /**
     * Where an undo begins: the branch, what is undone first, and how many attempts were recorded there already.
     *
     * @param attempt so that numbers of attempts never return
     */
    public record Undoing(int branch, int seq, int run, int item, String step, int attempt) {}

    /**
     * Makes jobs that undo the branches of a group, whose {@code parent} waits for them. Those beyond the bound wait for their turn.
     */
    public void beginUndoing(Handle handle, SagaRow saga, int parent, List<Undoing> undoings, int atOnce) {
        List<Integer> turns = new ArrayList<>();
        for (int i = 0; i < undoings.size(); i++) {
            turns.add(i);
        }
        handle.createUpdate(schema.sql("""
                                insert into belay.job (saga_id, branch, plan_id, step, queue, priority, tenant, parent, fence, epoch,
                                                       seq, run, item, attempt, direction, state, awaits, run_at)
                                select :saga, u.branch, p.plan_id, u.step, p.queue, p.priority, p.tenant, :parent, :epoch << 32, :epoch,
                                       u.seq, u.run, u.item, u.attempt, '-',
                                       (case when :paused then 'H' when turn < :atOnce then 'R' else 'W' end)::"char",
                                       case when turn >= :atOnce then 'turn' end,
                                       case when turn < :atOnce then belay.now() else 'infinity' end
                                  from unnest(:branches, :seqs, :runs, :items, :steps, :attempts, :turns)
                                    as u(branch, seq, run, item, step, attempt, turn)
                                  join belay.job p on p.saga_id = :saga and p.branch = :parent"""))
                .bindArray(
                        "branches",
                        Integer.class,
                        undoings.stream().map(Undoing::branch).toList())
                .bindArray(
                        "seqs",
                        Integer.class,
                        undoings.stream().map(Undoing::seq).toList())
                .bindArray(
                        "runs",
                        Integer.class,
                        undoings.stream().map(Undoing::run).toList())
                .bindArray(
                        "items",
                        Integer.class,
                        undoings.stream().map(Undoing::item).toList())
                .bindArray(
                        "steps",
                        String.class,
                        undoings.stream().map(Undoing::step).toList())
                .bindArray(
                        "attempts",
                        Integer.class,
                        undoings.stream().map(Undoing::attempt).toList())
                .bindArray("turns", Integer.class, turns)
                .bind("saga", saga.id())
                .bind("parent", parent)
                .bind("epoch", saga.epoch())
                .bind("paused", saga.paused())
                .bind("atOnce", atOnce)
                .execute();
    }

    /**
     * Makes the job of a saga's trunk anew, which undoes; the saga had ended and is open again.
     *
     * @param attempt the highest number that an attempt of undoing had there: numbers never return
     */
    public JobRow beginTrunkAnew(Handle handle, SagaRow saga, String queue, String step, int attempt) {
        return handle.createQuery(schema.sql("""
                                insert into belay.job (saga_id, plan_id, step, queue, tenant, fence, epoch, attempt, direction, run_at)
                                select id, plan_id, :step, :queue, tenant, :epoch << 32, :epoch, :attempt, '-', belay.now()
                                  from belay.saga where id = :saga
                                returning *"""))
                .bind("saga", saga.id())
                .bind("step", step)
                .bind("queue", queue)
                .bind("epoch", saga.epoch())
                .bind("attempt", attempt)
                .map((rs, context) -> JobRow.map(rs))
                .one();
    }

    /** Deletes the jobs of branches that no worker holds: what has not begun, waits or is parked. The trunk's stays. */
    public void deleteUnclaimed(Handle handle, UUID saga) {
        handle.createUpdate(schema.sql("delete from belay.job where saga_id = :saga and branch <> 0 and state <> 'C'"))
                .bind("saga", saga)
                .execute();
    }

    /** Whether a step still goes forward, beside the given branch. The trunk at its join does not. */
    public boolean hasForward(Handle handle, UUID saga, int beside) {
        return handle.createQuery(schema.sql("""
                                select exists (select from belay.job
                                                where saga_id = :saga and branch <> :beside and direction = '+'
                                                  and (branch <> 0 or awaits is distinct from 'join'))"""))
                .bind("saga", saga)
                .bind("beside", beside)
                .mapTo(Boolean.class)
                .one();
    }

    /**
     * Whether any job can run on, by itself or by what it waits for. Parked ones cannot, nor joins that wait for these; a join whose
     * branches are all gone is about to be woken.
     */
    public boolean hasMovable(Handle handle, UUID saga) {
        return exists(handle, """
                        select from belay.job j
                         where saga_id = :saga and state <> 'P'
                           and (awaits is distinct from 'join'
                                or not exists (select from belay.job b where b.saga_id = j.saga_id and b.parent = j.branch))""", saga, null);
    }

    /** Whether a job of a group is left. Not locked: whoever needs to be sure locks the saga first. */
    public boolean hasOpen(Handle handle, UUID saga, int parent) {
        return exists(
                handle,
                "select from belay.job where saga_id = :saga and parent = :parent order by branch desc limit 1",
                saga,
                parent);
    }

    /** Whether a job of a group is left that is not parked. Not locked: whoever needs to be sure locks the saga first. */
    public boolean hasUnparked(Handle handle, UUID saga, int parent) {
        return exists(
                handle,
                "select from belay.job where saga_id = :saga and parent = :parent and state <> 'P' order by branch desc limit 1",
                saga,
                parent);
    }

    private boolean exists(Handle handle, String question, UUID saga, @Nullable Integer parent) {
        var query = handle.createQuery(schema.sql("select exists (" + question + ")"))
                .bind("saga", saga);
        if (parent != null) {
            query.bind("parent", parent);
        }
        return query.mapTo(Boolean.class).one();
    }

    /** Lets items that wait for their turn begin, until {@code atOnce} of their group run. */
    public void giveTurns(Handle handle, UUID saga, int parent, int atOnce) {
        handle.createUpdate(schema.sql("""
                                with next as materialized (
                                  select branch from belay.job
                                   where saga_id = :saga and parent = :parent and awaits = 'turn' and state in ('W', 'H')
                                   order by branch
                                   limit greatest(0, :atOnce - (select count(*) from belay.job
                                                                 where saga_id = :saga and parent = :parent and state <> 'P'
                                                                   and awaits is distinct from 'turn'))
                                   for update
                                )
                                update belay.job j set state = (case state when 'H' then 'H' else 'R' end)::"char", awaits = null,
                                                       run_at = belay.now()
                                  from next n where j.saga_id = :saga and j.branch = n.branch"""))
                .bind("saga", saga)
                .bind("parent", parent)
                .bind("atOnce", atOnce)
                .execute();
    }

    /** Wakes a resting job: what it waits for may have come. */
    public void wake(Handle handle, UUID saga, int branch) {
        handle.createUpdate(schema.sql("""
                                update belay.job
                                   set run_at = belay.now(), awaits = null,
                                       state = (case state when 'H' then 'H' else 'R' end)::"char"
                                 where saga_id = :saga and branch = :branch and state in ('W', 'H')"""))
                .bind("saga", saga)
                .bind("branch", branch)
                .execute();
    }

    /** Wakes the jobs of a saga that wait for {@code awaits}; says how many. */
    public int wake(Handle handle, UUID saga, String awaits) {
        return handle.createUpdate(schema.sql("""
                                update belay.job
                                   set run_at = belay.now(), awaits = null,
                                       state = (case state when 'H' then 'H' else 'R' end)::"char"
                                 where saga_id = :saga and awaits = :awaits and state in ('W', 'H')"""))
                .bind("saga", saga)
                .bind("awaits", awaits)
                .execute();
    }

    /** Holds every resting job of a saga that is being paused. */
    public void hold(Handle handle, UUID saga) {
        handle.createUpdate(
                        schema.sql("update belay.job set state = 'H' where saga_id = :saga and state in ('R', 'W')"))
                .bind("saga", saga)
                .execute();
    }

    /** Lets held jobs of a resumed saga go on, each when it is due. */
    public void letGo(Handle handle, UUID saga) {
        handle.createUpdate(schema.sql("update belay.job set state = 'W' where saga_id = :saga and state = 'H'"))
                .bind("saga", saga)
                .execute();
    }

    private static <T> List<@Nullable T> map(
            List<@Nullable Payload> payloads, java.util.function.Function<Payload, @Nullable T> of) {
        List<@Nullable T> all = new ArrayList<>(payloads.size());
        for (Payload payload : payloads) {
            all.add(payload == null ? null : of.apply(payload));
        }
        return all;
    }
}
