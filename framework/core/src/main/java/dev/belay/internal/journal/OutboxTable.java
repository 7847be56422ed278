package dev.belay.internal.journal;

import dev.belay.EndEvent;
import dev.belay.SagaState;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The table {@code outbox}: terminal events that a listener has not yet been told of. */
public final class OutboxTable {
    private final Schema schema;

    /** The table in {@code schema}. */
    public OutboxTable(Schema schema) {
        this.schema = schema;
    }

    /** An event claimed for delivery. */
    public record Due(EndEvent event, int planId, int tries) {}

    /** Adds the end of a saga, in the transaction that ends it. */
    public void add(Handle handle, UUID saga, int planId, SagaState state) {
        handle.createUpdate(schema.sql("""
                                insert into belay.outbox (saga_id, plan_id, event, recorded_at, due_at)
                                values (:saga, :plan, :event, belay.now(), belay.now())"""))
                .bind("saga", saga)
                .bind("plan", planId)
                .bind("event", state.name())
                .execute();
    }

    /**
     * Claims due events of the given plans, by making them due again after {@code retryAfter}: an event whose deliverer dies is
     * delivered by another.
     */
    public List<Due> claim(Handle handle, List<Integer> plans, Duration retryAfter, int limit) {
        return handle.createQuery(schema.sql("""
                                with due as (
                                  select id from belay.outbox
                                  where due_at <= belay.now() and plan_id = any(:plans)
                                  order by due_at limit :limit for update skip locked
                                ), claimed as (
                                  update belay.outbox o
                                     set tries = tries + 1,
                                         due_at = belay.now() + :retryAfter * interval '1 millisecond' * least(power(2, o.tries), 64)
                                    from due where o.id = due.id
                                  returning o.*
                                )
                                select c.*, p.definition from claimed c join belay.plan p on p.id = c.plan_id order by c.id"""))
                .bindArray("plans", Integer.class, plans)
                .bind("limit", limit)
                .bind("retryAfter", retryAfter.toMillis())
                .map((rs, context) -> new Due(
                        new EndEvent(
                                rs.getLong("id"),
                                rs.getObject("saga_id", UUID.class),
                                rs.getString("definition"),
                                SagaState.valueOf(rs.getString("event")),
                                rs.getObject("recorded_at", OffsetDateTime.class)
                                        .toInstant()),
                        rs.getInt("plan_id"),
                        rs.getInt("tries")))
                .list();
    }

    /** Removes an event that every listener has been told of. */
    public void delivered(Handle handle, long id) {
        handle.createUpdate(schema.sql("delete from belay.outbox where id = :id"))
                .bind("id", id)
                .execute();
    }
}
