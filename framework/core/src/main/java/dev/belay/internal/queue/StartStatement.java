package dev.belay.internal.queue;

import dev.belay.SagaException;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.journal.Schema;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.argument.Argument;
import org.jspecify.annotations.Nullable;

/** Starts sagas: the saga's row, its key and its first job, any number of them in one statement. */
public final class StartStatement {
    private final Schema schema;

    /** The statement for {@code schema}. */
    public StartStatement(Schema schema) {
        this.schema = schema;
    }

    /**
     * What a start came to.
     *
     * @param ids of each start, in their order
     * @param fresh those that were not there before
     * @param claimed of these, the first jobs of those that were started for a worker
     */
    public record Started(List<UUID> ids, Collection<UUID> fresh, List<JobTable.Claimed> claimed) {}

    /** One saga to start. */
    public record Start(@Nullable String key, @Nullable Payload input) {}

    /** The worker for which sagas are started, and the first how many of a statement. */
    public record Claimant(@Nullable Long owner, int room) {
        /** Whoever looks first claims. */
        public static final Claimant NOBODY = new Claimant(null, 0);
    }

    /** What all sagas of one statement have in common. */
    public record Kind(
            String definition,
            int planId,
            String queue,
            String firstStep,
            int priority,
            @Nullable String tenant,
            @Nullable Duration deadline) {}

    /**
     * Starts what is not there yet. The answer has the id of each start, in their order, be it new or found by its key. Keys are
     * taken in their own order, so that two bulk starts with the same keys cannot deadlock.
     *
     * @param claimant who runs the first of them at once, unless anything is paused or limited
     */
    public Started start(Handle handle, Kind kind, List<Start> starts, Claimant claimant) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            order.add(i);
        }
        order.sort(Comparator.comparing(i -> starts.get(i).key(), Comparator.nullsFirst(Comparator.naturalOrder())));
        List<JobTable.Claimed> claimed = new ArrayList<>();
        Map<Integer, UUID> ids = insert(handle, kind, starts, order, claimant, claimed);
        List<UUID> fresh = List.copyOf(ids.values());
        if (ids.size() < starts.size()) {
            Map<String, UUID> existing = find(handle, kind, starts);
            for (int i = 0; i < starts.size(); i++) {
                String key = starts.get(i).key();
                if (!ids.containsKey(i) && key != null) {
                    ids.put(i, existing.get(key));
                }
            }
        }
        List<UUID> result = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            UUID id = ids.get(i);
            if (id == null) {
                throw new SagaException("A saga of \"" + kind.definition() + "\" with the key \""
                        + starts.get(i).key()
                        + "\" was started by another transaction that this one, by its isolation level, cannot see."
                        + " Start it in a READ COMMITTED transaction, or try the transaction again.");
            }
            result.add(id);
        }
        return new Started(result, fresh, claimed);
    }

    private Map<Integer, UUID> insert(
            Handle handle,
            Kind kind,
            List<Start> starts,
            List<Integer> order,
            Claimant claimant,
            List<JobTable.Claimed> claimed) {
        Map<Integer, UUID> ids = new HashMap<>();
        handle.createQuery(schema.sql("""
                                with asked as materialized (
                                  select a.*, belay.new_id(belay.now()) as id
                                  from unnest(:ns, :keys, :types, :inputs, :bytes) as a(n, start_key, input_type, input, input_bytes)
                                ), keyed as (
                                  insert into belay.saga_key (definition, start_key, saga_id)
                                  select :definition, start_key, id from asked where start_key is not null
                                  on conflict do nothing
                                  returning saga_id
                                ), fresh as materialized (
                                  select * from asked where start_key is null or id in (select saga_id from keyed)
                                ), saga as (
                                  insert into belay.saga (id, plan_id, start_key, started_at, input_type, input, input_bytes,
                                                          tenant, deadline_at)
                                  select id, :plan, start_key, belay.now(), input_type, input::jsonb, input_bytes,
                                         :tenant, belay.now() + :deadline * interval '1 millisecond' from fresh
                                ), claim as materialized (
                                  select :claimant::bigint as owner
                                   where :claimant::bigint is not null
                                     and not exists (select from belay.control where paused or at_once is not null)
                                ), job as (
                                  insert into belay.job (saga_id, plan_id, step, queue, priority, run_at, tenant,
                                                         state, owner, fence, attempt)
                                  select id, :plan, :step, :queue, :priority, belay.now(), :tenant,
                                         case when owner is null then 'R' else 'C' end, owner,
                                         case when owner is null then 0 else 1 end, case when owner is null then 0 else 1 end
                                    from fresh left join claim on fresh.n < :room
                                )
                                select n, id, owner, belay.now() as started_at,
                                       belay.now() + :deadline * interval '1 millisecond' as deadline_at
                                  from fresh left join claim on fresh.n < :room"""))
                .bindArray("ns", Integer.class, order)
                .bindArray("keys", String.class, pick(order, starts, Start::key))
                .bindArray(
                        "types",
                        String.class,
                        pick(
                                order,
                                starts,
                                s -> s.input() == null ? null : s.input().type()))
                .bindArray(
                        "inputs",
                        String.class,
                        pick(
                                order,
                                starts,
                                s -> s.input() == null ? null : s.input().jsonb()))
                .bind(
                        "bytes",
                        byteas(pick(
                                order,
                                starts,
                                s -> s.input() == null ? null : s.input().bytes())))
                .bind("definition", kind.definition())
                .bind("plan", kind.planId())
                .bind("step", kind.firstStep())
                .bind("queue", kind.queue())
                .bind("priority", kind.priority())
                .bind("tenant", kind.tenant())
                .bind(
                        "deadline",
                        kind.deadline() == null ? null : kind.deadline().toMillis())
                .bind("claimant", claimant.owner())
                .bind("room", claimant.room())
                .map((rs, context) -> {
                    UUID id = rs.getObject("id", UUID.class);
                    int n = rs.getInt("n");
                    if (rs.getObject("owner") != null) {
                        claimed.add(claimed(kind, id, starts.get(n).input(), rs));
                    }
                    return ids.put(n, id);
                })
                .list();
        return ids;
    }

    private static JobTable.Claimed claimed(Kind kind, UUID id, @Nullable Payload input, ResultSet rs)
            throws SQLException {
        Instant startedAt = rs.getObject("started_at", OffsetDateTime.class).toInstant();
        OffsetDateTime deadline = rs.getObject("deadline_at", OffsetDateTime.class);
        return new JobTable.Claimed(
                JobRow.begun(id, kind.planId(), rs.getLong("owner"), startedAt, kind.queue(), kind.firstStep()),
                SagaRow.begun(id, kind.planId(), startedAt, input, deadline == null ? null : deadline.toInstant()));
    }

    /** As an array of the driver's own making, because Jdbi's, an Object[], is refused by the driver where it holds bytes. */
    private static Argument byteas(List<byte @Nullable []> values) {
        byte[][] column = values.toArray(new byte[0][]);
        return (position, statement, context) ->
                statement.setArray(position, statement.getConnection().createArrayOf("bytea", column));
    }

    private static <T> List<@Nullable T> pick(
            List<Integer> order, List<Start> starts, java.util.function.Function<Start, @Nullable T> value) {
        List<@Nullable T> picked = new ArrayList<>(order.size());
        for (int i : order) {
            picked.add(value.apply(starts.get(i)));
        }
        return picked;
    }

    private Map<String, UUID> find(Handle handle, Kind kind, List<Start> starts) {
        Map<String, UUID> found = new HashMap<>();
        handle.createQuery(schema.sql("""
                                select start_key, saga_id from belay.saga_key
                                where definition = :definition and start_key = any(:keys)"""))
                .bind("definition", kind.definition())
                .bindArray("keys", String.class, pick(found(starts), starts, Start::key))
                .map((rs, context) -> found.put(rs.getString("start_key"), rs.getObject("saga_id", UUID.class)))
                .list();
        return found;
    }

    private static List<Integer> found(List<Start> starts) {
        List<Integer> keyed = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            if (starts.get(i).key() != null) {
                keyed.add(i);
            }
        }
        return keyed;
    }
}
