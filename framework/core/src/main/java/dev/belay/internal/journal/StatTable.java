package dev.belay.internal.journal;

import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaException;
import dev.belay.Statistic;
import java.math.BigDecimal;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The table {@code stat_minute}: how many attempts and calls ended how in a minute, so that no page counts the journal.
 *
 * <p>The journal is the truth; the counts follow it. What the coordinator and a takeover write is counted in their own
 * transaction. What a lane commits is counted in the process and written a second later, see {@code Lane}: a killed process takes
 * with it about its last second's counts of such steps and calls, and {@link #rebuild} brings them back. A connection that breaks
 * in the very commit that carries counts may leave them counted twice; {@code rebuild} mends that too. A count may stand in the
 * minute before the journal row's if the row was written within a second of the turn.
 */
public final class StatTable {
    private final Schema schema;
    private final FailureKinds kinds;

    /** The table in {@code schema}. */
    public StatTable(Schema schema) {
        this.schema = schema;
        this.kinds = new FailureKinds(schema);
    }

    /** What the failures that are counted look like. */
    public FailureKinds kinds() {
        return kinds;
    }

    /**
     * What is counted together.
     *
     * @param activity null for attempts of the step itself
     * @param fingerprint null for what did not fail
     */
    public record Key(
            int planId,
            String step,
            @Nullable String activity,
            boolean undoing,
            Result outcome,
            @Nullable String fingerprint) {

        /** What a journal row counts as; null if it is neither an attempt nor the end of a call. */
        public static @Nullable Key of(int planId, JournalRow row) {
            boolean call = row.kind() == Kind.ACTIVITY && row.outcome() != Result.BEGUN;
            if (!call && row.kind() != Kind.ATTEMPT) {
                return null;
            }
            return new Key(
                    planId,
                    row.place().step(),
                    call ? row.name() : null,
                    row.place().undoing(),
                    row.outcome(),
                    Failures.fingerprint(row.error()));
        }
    }

    /**
     * A count.
     *
     * @param ageMicros how long ago the first of them was
     */
    public record Count(
            Key key,
            long n,
            long tookMicros,
            long longestMicros,
            @Nullable BigDecimal spend,
            long ageMicros) {}

    /** Counts one journal row in the transaction that writes it. */
    public void add(Handle handle, int planId, JournalRow row) {
        Key key = Key.of(planId, row);
        if (key == null) {
            return;
        }
        try {
            add(handle.getConnection(), List.of(new Count(key, 1, row.tookMicros(), row.tookMicros(), row.spend(), 0)));
        } catch (SQLException e) {
            throw new SagaException(
                    "An attempt of step \"" + key.step() + "\" could not be counted: " + e.getMessage(), e);
        }
    }

    /**
     * Writes samples in a transaction of its own, begun by the caller who holds no row of a saga. Whoever writes the same kind is not
     * waited for: it may be long until that is committed.
     */
    public void addSamples(Connection transaction, Collection<FailureKinds.Sample> samples) throws SQLException {
        try (Statement statement = transaction.createStatement()) {
            statement.execute("set local lock_timeout = '100ms'");
        }
        kinds.add(transaction, samples);
    }

    /** Writes counts by one statement. */
    public void add(Connection connection, List<Count> counts) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(schema.sql("""
                insert into belay.stat_minute (minute, plan_id, step, activity, direction, outcome, fingerprint,
                                               n, took_us, longest_us, spend)
                select date_trunc('minute', belay.now() - age_us * interval '1 microsecond'), plan_id, step, activity,
                       direction::"char", outcome::"char", fingerprint, n, took_us, longest_us, spend
                  from unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    as c(age_us, plan_id, step, activity, direction, outcome, fingerprint, n, took_us, longest_us, spend)"""))) {
            bind(connection, insert, 1, "int8", counts, Count::ageMicros);
            bind(connection, insert, 2, "int4", counts, c -> c.key().planId());
            bind(connection, insert, 3, "text", counts, c -> c.key().step());
            bind(connection, insert, 4, "text", counts, c -> c.key().activity());
            bind(connection, insert, 5, "text", counts, c -> c.key().undoing() ? "-" : "+");
            bind(connection, insert, 6, "text", counts, c -> Codes.of(c.key().outcome()));
            bind(connection, insert, 7, "text", counts, c -> c.key().fingerprint());
            bind(connection, insert, 8, "int8", counts, Count::n);
            bind(connection, insert, 9, "int8", counts, Count::tookMicros);
            bind(connection, insert, 10, "int8", counts, Count::longestMicros);
            bind(connection, insert, 11, "numeric", counts, Count::spend);
            insert.executeUpdate();
        }
    }

    private static void bind(
            Connection connection,
            PreparedStatement insert,
            int position,
            String type,
            List<Count> counts,
            Function<Count, ? extends @Nullable Object> column)
            throws SQLException {
        Object[] values = new Object[counts.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = column.apply(counts.get(i));
        }
        Array array = connection.createArrayOf(type, values);
        insert.setArray(position, array);
    }

    /** What happened in the minutes that begin at {@code from} or later and before {@code to}, versions together. */
    public List<Statistic> read(Handle handle, Instant from, Instant to) {
        return handle.createQuery(schema.sql("""
                                select p.definition, s.step, s.activity, s.direction, s.outcome, s.fingerprint, sum(s.n)::bigint as n,
                                       sum(s.took_us)::bigint as took_us, max(s.longest_us) as longest_us, sum(s.spend) as spend
                                  from belay.stat_minute s join belay.plan p on p.id = s.plan_id
                                 where s.minute >= :from and s.minute < :to
                                 group by p.definition, s.step, s.activity, s.direction, s.outcome, s.fingerprint
                                 order by p.definition, s.step, s.activity nulls first, s.direction, s.outcome, s.fingerprint"""))
                .bind("from", from.atOffset(ZoneOffset.UTC))
                .bind("to", to.atOffset(ZoneOffset.UTC))
                .map((rs, context) -> map(rs))
                .list();
    }

    private static Statistic map(ResultSet rs) throws SQLException {
        return new Statistic(
                rs.getString("definition"),
                rs.getString("step"),
                Optional.ofNullable(rs.getString("activity")),
                rs.getString("direction").equals("-"),
                Codes.result(rs.getString("outcome")),
                Optional.ofNullable(rs.getString("fingerprint")),
                rs.getLong("n"),
                Duration.of(rs.getLong("took_us"), ChronoUnit.MICROS),
                Duration.of(rs.getLong("longest_us"), ChronoUnit.MICROS),
                Optional.ofNullable(rs.getBigDecimal("spend")));
    }

    /**
     * Counts the journal anew, for all minutes that {@code from} to {@code to} touches, in a transaction. Reads that time's part
     * of the journal. Meant for minutes that are over, and of which the journal is still kept: what a worker has committed and not
     * yet counted is counted by both, and what was purged is counted no more.
     */
    public void rebuild(Handle handle, Instant from, Instant to) {
        Instant first = from.truncatedTo(ChronoUnit.MINUTES);
        Instant whole = to.truncatedTo(ChronoUnit.MINUTES);
        Instant end = whole.equals(to) ? to : whole.plus(1, ChronoUnit.MINUTES);
        handle.useTransaction(transaction -> {
            transaction
                    .createQuery(schema.sql(
                            "select pg_advisory_xact_lock('belay.stat_minute'::regclass::oid::bigint)::text"))
                    .mapTo(String.class)
                    .one();
            transaction
                    .createUpdate(schema.sql("delete from belay.stat_minute where minute >= :from and minute < :to"))
                    .bind("from", first.atOffset(ZoneOffset.UTC))
                    .bind("to", end.atOffset(ZoneOffset.UTC))
                    .execute();
            transaction
                    .createUpdate(schema.sql("""
                            insert into belay.stat_minute (minute, plan_id, step, activity, direction, outcome, fingerprint,
                                                           n, took_us, longest_us, spend)
                            select date_trunc('minute', j.recorded_at), g.plan_id, j.step, case j.kind when 'C' then j.name end,
                                   j.direction, j.outcome, j.error ->> 'fingerprint', count(*), sum(coalesce(j.took_us, 0)),
                                   max(coalesce(j.took_us, 0)), sum(j.spend)
                              from belay.journal j join belay.saga g on g.id = j.saga_id
                             where j.recorded_at >= :from and j.recorded_at < :to
                               and (j.kind = 'A' or (j.kind = 'C' and j.outcome <> 'B'))
                             group by 1, 2, 3, 4, 5, 6, 7"""))
                    .bind("from", first.atOffset(ZoneOffset.UTC))
                    .bind("to", end.atOffset(ZoneOffset.UTC))
                    .execute();
        });
    }

    /**
     * Makes one row of those that say the same, for the minutes of the last day that have been over for five minutes. Does nothing
     * while another does it; nobody waits for it.
     */
    public void fold(Handle handle) {
        handle.createUpdate(schema.sql("""
                                with alone as materialized (
                                  select pg_try_advisory_xact_lock('belay.stat_minute'::regclass::oid::bigint) as it
                                ), several as materialized (
                                  select distinct minute from (
                                    select minute from belay.stat_minute
                                     where minute >= belay.now() - interval '1 day' and minute < belay.now() - interval '6 minutes'
                                       and (select it from alone)
                                     group by minute, plan_id, step, activity, direction, outcome, fingerprint
                                    having count(*) > 1) as twice
                                ), gone as (
                                  delete from belay.stat_minute s using several v where s.minute = v.minute returning s.*
                                )
                                insert into belay.stat_minute (minute, plan_id, step, activity, direction, outcome, fingerprint,
                                                               n, took_us, longest_us, spend)
                                select minute, plan_id, step, activity, direction, outcome, fingerprint,
                                       sum(n), sum(took_us), max(longest_us), sum(spend)
                                  from gone group by 1, 2, 3, 4, 5, 6, 7""")).execute();
    }

    /** Deletes the minutes that began before {@code instant}; says how many rows went. */
    public int purgeBefore(Handle handle, Instant instant) {
        return handle.createUpdate(schema.sql("delete from belay.stat_minute where minute < :instant"))
                .bind("instant", instant.atOffset(ZoneOffset.UTC))
                .execute();
    }
}
