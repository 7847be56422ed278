package dev.belay.internal.journal;

import dev.belay.Purged;
import dev.belay.Retention;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** The statements by which ended sagas go, with all that belongs to them. Each is bounded by the ids it is given. */
public final class PurgeTable {
    /**
     * Whether the saga m has ended longer ago than the policy says. An age that is missing makes it null: kept for ever. A saga
     * with a job is open, whatever its row says.
     */
    private static final String OLD = """
            coalesce(m.ended_at < belay.now() - interval '1 microsecond'
                     * case m.state when 'COMPLETED' then :completed::bigint else :others::bigint end, false)""";

    private final Schema schema;

    /** The tables in {@code schema}. */
    public PurgeTable(Schema schema) {
        this.schema = schema;
    }

    /** A stretch of ids that was looked at: how many there were, the last one, those that may go, and whether roots wait for members. */
    public record Looked(int seen, @Nullable UUID last, List<UUID> purgeable, boolean rootsHeld) {}

    /** Takes the lock under which one process at a time purges, until the transaction ends; false if another has it. */
    public boolean lock(Handle transaction) {
        return transaction
                .createQuery("select pg_try_advisory_xact_lock(hashtext(:lock))")
                .bind("lock", "belay purge " + schema.name())
                .mapTo(Boolean.class)
                .one();
    }

    /** Keeps the transaction short, and its statements planned for the ids they are given. */
    public void hurry(Handle transaction, Duration atMost) {
        transaction.execute("set local lock_timeout = '500ms'");
        transaction.execute("set local statement_timeout = " + atMost.toMillis());
        transaction.execute("set local plan_cache_mode = force_custom_plan");
    }

    /**
     * Looks at up to {@code limit} sagas of a day, from behind {@code after} on, and locks those that may go. A root goes after
     * its family, so that what is left is never without it.
     */
    public Looked look(Handle transaction, Retention policy, LocalDate day, @Nullable UUID after, int limit) {
        Looked[] looked = {new Looked(0, null, List.of(), false)};
        List<UUID> purgeable = new ArrayList<>();
        Query query = transaction
                .createQuery(schema.sql("""
                with seen as materialized (
                  select m.id, m.root_id, <old> as old from belay.saga m
                   where m.id >= belay.first_id(:day::timestamp at time zone 'UTC')
                     and m.id < belay.first_id((:day + 1)::timestamp at time zone 'UTC')
                     and (:after::uuid is null or m.id > :after::uuid)
                   order by m.id limit :limit
                ), old as materialized (
                  select s.id, s.root_id, coalesce(s.root_id, s.id) as root from seen s
                   where s.old and not exists (select from belay.job j where j.saga_id = s.id)
                     and not exists (select from belay.outbox o where o.saga_id = s.id)
                ), members as materialized (
                  select m.root_id as root, bool_and(<old> and not exists (select from belay.job j where j.saga_id = m.id)) as old
                    from belay.saga m where m.root_id in (select root from old) group by m.root_id
                ), free as materialized (
                  select o.id, o.root_id is null and f.root is not null as held
                    from old o left join members f on f.root = o.root
                   where f.old is not false
                     and (o.root_id is null
                          or not exists (select from belay.saga m
                                          where m.id = o.root_id
                                            and not (<old> and not exists (select from belay.job j where j.saga_id = m.id))))
                ), taken as materialized (
                  select s.id from belay.saga s
                   where s.id >= belay.first_id(:day::timestamp at time zone 'UTC')
                     and s.id < belay.first_id((:day + 1)::timestamp at time zone 'UTC')
                     and s.id = any(array(select id from free where not held)) and s.ended_at is not null
                   order by s.id for update skip locked
                )
                select (select count(*) from seen) as seen, (select s.id from seen s order by s.id desc limit 1) as last,
                       exists (select from free where held) as held, array(select id from taken) as purgeable"""))
                .define("old", schema.sql(OLD))
                .bind("day", day)
                .bind("after", after)
                .bind("limit", limit);
        ages(query, policy);
        return query.map((rs, context) -> new Looked(
                        rs.getInt("seen"),
                        rs.getObject("last", UUID.class),
                        ids(rs, "purgeable"),
                        rs.getBoolean("held")))
                .one();
    }

    private static List<UUID> ids(ResultSet rs, String column) throws SQLException {
        return List.of((UUID[]) rs.getArray(column).getArray());
    }

    private static void ages(Query statement, Retention policy) {
        statement.bind("completed", policy.completed().map(PurgeTable::micros).orElse(null));
        statement.bind("others", policy.others().map(PurgeTable::micros).orElse(null));
    }

    private static Long micros(Duration age) {
        return age.toNanos() / 1000;
    }

    /** Deletes sagas that the transaction has locked, with all that belongs to them. */
    public Purged delete(Handle transaction, List<UUID> sagas, boolean withAudit) {
        if (sagas.isEmpty()) {
            return Purged.NOTHING;
        }
        Purged beside = deleteBeside(transaction, sagas, withAudit);
        delete(transaction, "saga_turned", "id", sagas);
        int journal = delete(transaction, "journal", "saga_id", sagas);
        int gone = delete(transaction, "saga", "id", sagas);
        return new Purged(gone, journal, beside.keys(), beside.decisions(), List.of());
    }

    /** Deletes what belongs to sagas and is neither in the tables of their day nor goes together with these. */
    public Purged deleteBeside(Handle transaction, List<UUID> sagas, boolean withAudit) {
        int keys = transaction
                .createUpdate(schema.sql("""
                        delete from belay.saga_key k using belay.saga s, belay.plan p
                         where s.id = any(:sagas) and s.start_key is not null and p.id = s.plan_id
                           and k.definition = p.definition and k.start_key = s.start_key and k.saga_id = s.id"""))
                .bindArray("sagas", UUID.class, sagas)
                .execute();
        delete(transaction, "message", "saga_id", sagas);
        delete(transaction, "saga_lock", "saga_id", sagas);
        delete(transaction, "wake_up", "saga_id", sagas);
        int decisions = withAudit ? delete(transaction, "operation", "saga_id", sagas) : 0;
        return new Purged(0, 0, keys, decisions, List.of());
    }

    /**
     * Deletes up to {@code limit} rows of a decision about many sagas that ended longer ago than sagas which did not complete are
     * kept; the decision itself, with its audit, once no item of it is left. Says whether there was any.
     */
    public boolean deleteBulk(Handle transaction, Duration age, int limit) {
        UUID bulk = transaction
                .createQuery(schema.sql("""
                        select id from belay.bulk where ended_at < belay.now() - interval '1 microsecond' * :age::bigint
                         order by started_at, id limit 1 for update skip locked"""))
                .bind("age", micros(age))
                .mapTo(UUID.class)
                .findOne()
                .orElse(null);
        if (bulk == null) {
            return false;
        }
        int items = transaction
                .createUpdate(schema.sql("""
                        delete from belay.bulk_item where bulk_id = :bulk and saga_id = any(array(
                          select saga_id from belay.bulk_item where bulk_id = :bulk order by saga_id limit :limit))"""))
                .bind("bulk", bulk)
                .bind("limit", limit)
                .execute();
        if (items < limit) {
            transaction
                    .createUpdate(schema.sql(
                            "delete from belay.operation where control_kind = 'bulk' and control_name = :bulk::text"))
                    .bind("bulk", bulk)
                    .execute();
            transaction
                    .createUpdate(schema.sql("delete from belay.bulk where id = :bulk"))
                    .bind("bulk", bulk)
                    .execute();
        }
        return true;
    }

    private int delete(Handle transaction, String table, String column, List<UUID> sagas) {
        return transaction
                .createUpdate(schema.sql("delete from belay.<table> where <column> = any(:sagas)"))
                .define("table", table)
                .define("column", column)
                .bindArray("sagas", UUID.class, sagas)
                .execute();
    }

    /** The ids of up to {@code limit} sagas of a day, from behind {@code after} on. */
    public List<UUID> ids(Handle handle, LocalDate day, @Nullable UUID after, int limit) {
        return handle.createQuery(schema.sql("""
                        select id from belay.saga
                         where id >= belay.first_id(:day::timestamp at time zone 'UTC')
                           and id < belay.first_id((:day + 1)::timestamp at time zone 'UTC')
                           and (:after::uuid is null or id > :after::uuid)
                         order by id limit :limit"""))
                .bind("day", day)
                .bind("after", after)
                .bind("limit", limit)
                .mapTo(UUID.class)
                .list();
    }

    /** Whether a day is over and everything of it may go: all its sagas, and no family reaches beyond it. */
    public boolean wholeDayMayGo(Handle handle, Retention policy, LocalDate day) {
        Query query = handle.createQuery(schema.sql("""
                with bounds as materialized (
                  select belay.first_id(:day::timestamp at time zone 'UTC') as low,
                         belay.first_id((:day + 1)::timestamp at time zone 'UTC') as high
                )
                select :day + 2 <= (belay.now() at time zone 'UTC')::date
                   and not exists (select from belay.saga m where m.id >= (select low from bounds)
                                                              and m.id < (select high from bounds) and not <old>)
                   and not exists (select from belay.job where saga_id >= (select low from bounds)
                                                           and saga_id < (select high from bounds))
                   and not exists (select from belay.outbox where saga_id >= (select low from bounds)
                                                              and saga_id < (select high from bounds))
                   and not exists (select from belay.saga where id >= (select low from bounds)
                                                            and id < (select high from bounds)
                                                            and (root_id < (select low from bounds)
                                                              or root_id >= (select high from bounds)))
                   and not exists (select from belay.saga where root_id >= (select low from bounds)
                                                            and root_id < (select high from bounds)
                                                            and (id < (select low from bounds)
                                                              or id >= (select high from bounds)))"""))
                .define("old", schema.sql(OLD))
                .bind("day", day);
        ages(query, policy);
        return query.mapTo(Boolean.class).one();
    }

    /** A member of a saga's family, and why it must stay, if it must. */
    public record Member(UUID id, String state, boolean open, boolean untold) {}

    /** The family whose root is {@code root}, the root last; locked in the order of their ids. */
    public List<Member> lockFamily(Handle transaction, UUID root) {
        return transaction
                .createQuery(schema.sql("""
                        select s.id, s.state,
                               s.ended_at is null or exists (select from belay.job j where j.saga_id = s.id) as open,
                               exists (select from belay.outbox o where o.saga_id = s.id) as untold
                          from belay.saga s where s.id = :root or s.root_id = :root
                         order by s.id for update of s"""))
                .bind("root", root)
                .map((rs, context) -> new Member(
                        rs.getObject("id", UUID.class),
                        rs.getString("state"),
                        rs.getBoolean("open"),
                        rs.getBoolean("untold")))
                .list();
    }

    /** The root of a saga's family, if that is another; empty if it is its own. */
    public Optional<UUID> rootOf(Handle handle, UUID saga) {
        return handle.createQuery(schema.sql("select root_id from belay.saga where id = :saga and root_id <> id"))
                .bind("saga", saga)
                .mapTo(UUID.class)
                .findOne();
    }
}
