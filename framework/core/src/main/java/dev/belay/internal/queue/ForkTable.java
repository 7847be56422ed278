package dev.belay.internal.queue;

import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.journal.Schema;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Writes a saga that takes up the course of another. What it takes over is copied within the database, whatever its size. */
public final class ForkTable {
    /** The branches of a saga that were begun before a step of its trunk, by that or inside one another. */
    private static final String BRANCHES_BEFORE = """
            recursive begun as (
              select branch from belay.journal b
               where saga_id = :from and kind = 'B' and n = 0 and item < :seq
                 and not exists (select from belay.journal r
                                  where r.saga_id = :from and r.branch = 0 and r.kind = 'D' and r.name = 'replan'
                                    and r.direction = '+' and r.seq <= :seq and r.item <= b.item and b.item < r.seq)
              union
              select j.branch from begun b join belay.journal j
                  on j.saga_id = :from and j.kind = 'B' and j.n = b.branch
            )""";

    private final Schema schema;

    /** The tables in {@code schema}. */
    public ForkTable(Schema schema) {
        this.schema = schema;
    }

    /** A step of a saga's trunk, and how the saga came to be at it. */
    public record Reached(int seq, String step) {}

    /** The step of a saga's trunk with the given place or, without one, with the given name where it was last reached. */
    public Optional<Reached> reached(Handle handle, UUID saga, @Nullable Integer seq, @Nullable String step) {
        return handle.createQuery(schema.sql("""
                                select seq, step from (
                                  select seq, step from belay.journal
                                   where saga_id = :saga and branch = 0 and seq > 0 and direction = '+' and kind <> 'E'
                                  union all
                                  select seq, step from belay.job where saga_id = :saga and branch = 0 and direction = '+'
                                ) as reached
                                where (:seq::integer is null or seq = :seq::integer) and (:step::text is null or step = :step::text)
                                order by seq desc limit 1"""))
                .bind("saga", saga)
                .bind("seq", seq)
                .bind("step", step)
                .map((rs, context) -> new Reached(rs.getInt("seq"), rs.getString("step")))
                .findOne();
    }

    /** Where a saga was forked from; empty if it was not. */
    public Optional<Origin> origin(Handle handle, UUID saga) {
        return handle.createQuery(schema.sql(
                        "select forked_from, forked_seq from belay.saga where id = :saga and forked_from is not null"))
                .bind("saga", saga)
                .map((rs, context) -> new Origin(rs.getObject("forked_from", UUID.class), rs.getInt("forked_seq")))
                .findOne();
    }

    /** The saga and the step of it that another began at. */
    public record Origin(UUID saga, int seq) {}

    /**
     * Writes a saga with the plan, the input and the tenant of {@code from}, whose row is locked.
     *
     * @param pivot the plan's pivot, or null: past it, the new saga only goes forward too
     */
    public UUID saga(Handle handle, SagaRow from, int seq, @Nullable String pivot) {
        return handle.createQuery(schema.sql("""
                                insert into belay.saga (id, plan_id, started_at, input_type, input, input_bytes, tenant, branches,
                                                        forked_from, forked_seq, pivot_passed)
                                select belay.new_id(belay.now()), plan_id, belay.now(), input_type, input, input_bytes, tenant, branches,
                                       id, :seq,
                                       exists (select from belay.journal j
                                                where j.saga_id = :from and j.seq > 0 and j.step = :pivot and j.direction = '+'
                                                  and j.kind in ('A', 'F') and j.outcome in ('S', 'K', 'P')
                                                  and (j.branch > 0 or j.seq < :seq))
                                  from belay.saga where id = :from
                                returning id"""))
                .bind("from", from.id())
                .bind("seq", seq)
                .bind("pivot", pivot)
                .mapTo(UUID.class)
                .one();
    }

    /**
     * Copies what the steps before {@code seq} came to, those of the branches they began with them: the last result of each. What
     * failed, or was undone on the way back to a save-point, is not copied.
     */
    public void takeOver(Handle handle, UUID from, int seq, UUID to) {
        handle.createUpdate(schema.sql("with " + BRANCHES_BEFORE + """
                                insert into belay.journal (saga_id, branch, seq, run, direction, kind, n, item, outcome, step, worker,
                                                           fence, recorded_at, took_us, name, key, request_hash, target,
                                                           input_type, input, input_bytes, output_type, output, output_bytes)
                                select distinct on (branch, seq)
                                       :to, branch, seq, 0, '+', 'F', n, item, outcome, step, worker,
                                       fence, recorded_at, took_us, name, key, request_hash, target,
                                       input_type, input, input_bytes, output_type, output, output_bytes
                                  from belay.journal a
                                 where saga_id = :from and direction = '+' and kind in ('A', 'F') and outcome in ('S', 'K', 'P')
                                   and seq > 0
                                   and (branch in (select branch from begun)
                                        or (branch = 0 and seq < :seq
                                            and not exists (select from belay.journal r
                                                             where r.saga_id = :from and r.branch = 0 and r.kind = 'D'
                                                               and r.name = 'replan' and r.direction = '+' and r.seq <= :seq
                                                               and r.item <= a.seq and a.seq < r.seq)))
                                 order by branch, seq, run desc, n desc"""))
                .bind("from", from)
                .bind("seq", seq)
                .bind("to", to)
                .execute();
    }

    /**
     * Makes the job of a forked saga, with the priority of its origin's if that is open.
     *
     * @param at where it begins: the first claim's attempt is one more
     */
    public void job(Handle handle, SagaRow from, JournalRow.Place at, int attempt, String queue) {
        handle.createUpdate(schema.sql("""
                                insert into belay.job (saga_id, plan_id, seq, run, attempt, step, queue, priority, tenant, run_at)
                                select :saga, plan_id, :seq, :run, :attempt, :step, :queue,
                                       coalesce((select priority from belay.job where saga_id = :from and branch = 0), 0),
                                       tenant, belay.now()
                                  from belay.saga where id = :saga"""))
                .bind("saga", at.sagaId())
                .bind("from", from.id())
                .bind("seq", at.seq())
                .bind("run", at.run())
                .bind("attempt", attempt)
                .bind("step", at.step())
                .bind("queue", queue)
                .execute();
    }
}
