package dev.belay.internal.journal;

import dev.belay.SagaEvent;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/**
 * The table {@code outbox}: events that somebody is still to be told of. An event is written without a receiver, by whoever changes
 * the saga; a worker then addresses it, which makes a row for each receiver. From there on each receiver's row goes its own way.
 */
public final class OutboxTable {
    private final Schema schema;

    /** The table in {@code schema}. */
    public OutboxTable(Schema schema) {
        this.schema = schema;
    }

    /** That {@code receiver} wants to be told of events of this type in sagas of this plan. */
    public record Want(int planId, SagaEvent.Type type, String receiver) {}

    /**
     * An event claimed for delivery to one receiver.
     *
     * @param id the row's
     * @param tries how often it was claimed, this time included
     */
    public record Due(long id, SagaEvent event, int planId, String receiver, int tries) {}

    /**
     * Adds an event, in the transaction in which it happens. Call it only if the plan is hooked for this type, for nobody would take
     * the row away.
     *
     * @param details a JSON object
     */
    public void add(
            Handle handle,
            UUID saga,
            int planId,
            SagaEvent.Type type,
            @Nullable Integer branch,
            @Nullable String step,
            int level,
            @Nullable String details) {
        handle.createUpdate(schema.sql("""
                                insert into belay.outbox (saga_id, plan_id, event, branch, step, level, details, recorded_at, due_at)
                                values (:saga, :plan, :event, :branch, :step, :level, :details::jsonb, belay.now(), belay.now())"""))
                .bind("saga", saga)
                .bind("plan", planId)
                .bind("event", type.name())
                .bind("branch", branch)
                .bind("step", step)
                .bind("level", level)
                .bind("details", details)
                .execute();
    }

    /** Whether there may be something to address or to claim. */
    public boolean isAnyDue(Handle handle, List<Want> wants) {
        return bind(wants, handle.createQuery(schema.sql("""
                                select exists (
                                         select from belay.outbox
                                          where receiver is null and due_at <= belay.now()
                                            and (plan_id, event) in (select * from unnest(:plans, :events)))
                                    or exists (
                                         select from belay.outbox
                                          where receiver = any(:receivers) and due_at <= belay.now() and plan_id = any(:plans))""")))
                .mapTo(Boolean.class)
                .one();
    }

    /** Addresses new events to those who want them; says how many it found. */
    public int address(Handle handle, List<Want> wants, int limit) {
        return bind(wants, handle.createQuery(schema.sql("""
                                with fresh as materialized (
                                  select * from belay.outbox
                                   where receiver is null and due_at <= belay.now()
                                     and (plan_id, event) in (select * from unnest(:plans, :events))
                                   order by due_at limit :limit for update skip locked
                                ), wanted as materialized (
                                  select f.id, w.receiver, row_number() over (partition by f.id order by w.receiver) as place
                                    from fresh f
                                    join unnest(:plans, :events, :receivers) as w(plan_id, event, receiver) using (plan_id, event)
                                ), addressed as (
                                  update belay.outbox o set receiver = w.receiver
                                    from wanted w where o.id = w.id and w.place = 1
                                ), copied as (
                                  insert into belay.outbox (event_id, receiver, saga_id, plan_id, event, branch, step, level, details,
                                                            recorded_at, due_at)
                                  select f.id, w.receiver, f.saga_id, f.plan_id, f.event, f.branch, f.step, f.level, f.details,
                                         f.recorded_at, f.due_at
                                    from fresh f join wanted w using (id) where w.place > 1
                                )
                                select count(*) from fresh""")))
                .bind("limit", limit)
                .mapTo(Integer.class)
                .one();
    }

    /**
     * Claims up to {@code limit} due events for each of {@code receivers}, until {@code lease} is over: an event whose deliverer dies is
     * delivered by another then.
     */
    public List<Due> claim(
            Handle handle, Collection<String> receivers, Collection<Integer> plans, Duration lease, int limit) {
        return handle.createQuery(schema.sql("""
                                with due as materialized (
                                  select mine.id
                                    from unnest(:receivers) as free(receiver)
                                   cross join lateral (
                                     select o.id from belay.outbox o
                                      where o.receiver = free.receiver and o.due_at <= belay.now() and o.plan_id = any(:plans)
                                      order by o.due_at limit :limit for update skip locked) as mine
                                ), claimed as (
                                  update belay.outbox o
                                     set tries = tries + 1, taken = true, due_at = belay.now() + :lease * interval '1 millisecond'
                                    from due where o.id = due.id
                                  returning o.*
                                )
                                select c.*, p.definition from claimed c join belay.plan p on p.id = c.plan_id order by c.id"""))
                .bindArray("receivers", String.class, List.copyOf(receivers))
                .bindArray("plans", Integer.class, List.copyOf(plans))
                .bind("limit", limit)
                .bind("lease", lease.toMillis())
                .map((rs, context) -> due(rs))
                .list();
    }

    private static Due due(ResultSet rs) throws SQLException {
        long id = rs.getLong("id");
        long original = rs.getLong("event_id");
        SagaEvent event = new SagaEvent(
                rs.wasNull() ? id : original,
                SagaEvent.Type.valueOf(rs.getString("event")),
                rs.getObject("saga_id", UUID.class),
                rs.getString("definition"),
                Optional.ofNullable(rs.getString("step")),
                rs.getInt("level"),
                rs.getObject("recorded_at", OffsetDateTime.class).toInstant(),
                Optional.ofNullable(rs.getString("details")));
        return new Due(id, event, rs.getInt("plan_id"), rs.getString("receiver"), rs.getInt("tries"));
    }

    /** Removes an event that its receiver has heard. */
    public void delivered(Handle handle, Due due) {
        handle.createUpdate(schema.sql("delete from belay.outbox where id = :id"))
                .bind("id", due.id())
                .execute();
    }

    /** Has a claimed event told again after {@code wait}, unless somebody else has claimed it by now. */
    public void failed(Handle handle, Due due, Duration wait) {
        handle.createUpdate(schema.sql("""
                                update belay.outbox
                                   set taken = false, due_at = belay.now() + :wait * interval '1 millisecond'
                                 where id = :id and tries = :tries"""))
                .bind("wait", wait.toMillis())
                .bind("id", due.id())
                .bind("tries", due.tries())
                .execute();
    }

    /** Hands back claimed events that were not told to anybody. */
    public void handBack(Handle handle, List<Due> unheard) {
        handle.createUpdate(schema.sql("""
                                update belay.outbox o
                                   set taken = false, due_at = belay.now(), tries = o.tries - 1
                                  from unnest(:ids, :tries) as unheard(id, tries)
                                 where o.id = unheard.id and o.tries = unheard.tries"""))
                .bindArray("ids", Long.class, unheard.stream().map(Due::id).toList())
                .bindArray(
                        "tries", Integer.class, unheard.stream().map(Due::tries).toList())
                .execute();
    }

    /** How long until the first event is due that one of these wants; zero while one is due or being told; empty if there is none. */
    public Optional<Duration> untilNextDue(Handle handle, List<Want> wants) {
        Optional<Long> micros = bind(wants, handle.createQuery(schema.sql("""
                                select ceil(extract(epoch from min(case when taken then belay.now() else due_at end) - belay.now())
                                            * 1000000)::bigint
                                  from belay.outbox
                                 where (receiver is null and (plan_id, event) in (select * from unnest(:plans, :events)))
                                    or (receiver = any(:receivers) and plan_id = any(:plans))""")))
                .mapTo(Long.class)
                .findOne();
        return micros.map(left -> Duration.ofNanos(Math.max(0, left) * 1000));
    }

    private static <S extends SqlStatement<S>> S bind(List<Want> wants, S statement) {
        return statement
                .bindArray(
                        "plans", Integer.class, wants.stream().map(Want::planId).toList())
                .bindArray(
                        "events",
                        String.class,
                        wants.stream().map(want -> want.type().name()).toList())
                .bindArray(
                        "receivers",
                        String.class,
                        wants.stream().map(Want::receiver).toList());
    }
}
