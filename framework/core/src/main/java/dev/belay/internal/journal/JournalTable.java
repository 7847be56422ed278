package dev.belay.internal.journal;

import dev.belay.JournalEntry.Kind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The table {@code journal}: rows are added and read, never changed. */
public final class JournalTable {
    private final Schema schema;

    /** The table in {@code schema}. */
    public JournalTable(Schema schema) {
        this.schema = schema;
    }

    /**
     * Everything that happened to a saga: forward before undoing, step by step, in the order of attempts and events. Not by time,
     * which may stand still or jump.
     */
    public List<JournalRow> of(Handle handle, UUID saga) {
        return handle.createQuery(schema.sql("""
                                select * from belay.journal where saga_id = :saga
                                order by direction, seq, run, n, kind"""))
                .bind("saga", saga)
                .map((rs, context) -> map(rs))
                .list();
    }

    /** What happened in one branch of a saga, in the same order. */
    public List<JournalRow> of(Handle handle, UUID saga, int branch) {
        return handle.createQuery(schema.sql("""
                                select * from belay.journal where saga_id = :saga and branch = :branch
                                order by direction, seq, run, n, kind"""))
                .bind("saga", saga)
                .bind("branch", branch)
                .map((rs, context) -> map(rs))
                .list();
    }

    /** What happened in several branches, of any sagas: {@code sagas} and {@code branches} go together; each in the same order. */
    public List<JournalRow> of(Handle handle, List<UUID> sagas, List<Integer> branches) {
        return handle.createQuery(schema.sql("""
                                select j.* from unnest(:sagas, :branches) as b(saga_id, branch)
                                  cross join lateral (select * from belay.journal
                                                       where saga_id = b.saga_id and branch = b.branch
                                                       order by direction, seq, run, n, kind) j"""))
                .bindArray("sagas", UUID.class, sagas)
                .bindArray("branches", Integer.class, branches)
                .map((rs, context) -> map(rs))
                .list();
    }

    /** What happened in a range of branches of a saga, in the same order, without payloads. */
    public List<JournalRow> outline(Handle handle, UUID saga, int first, int last) {
        return handle.createQuery(schema.sql("""
                                select saga_id, branch, seq, run, direction, kind, n, item, outcome, step, worker, fence,
                                       recorded_at, took_us, name, key, request_hash, target,
                                       null::text as input_type, null::jsonb as input, null::bytea as input_bytes,
                                       null::text as output_type, null::jsonb as output, null::bytea as output_bytes,
                                       null::jsonb as error, null::numeric as spend, called
                                from belay.journal where saga_id = :saga and branch between :first and :last
                                order by branch, direction, seq, run, n, kind"""))
                .bind("saga", saga)
                .bind("first", first)
                .bind("last", last)
                .map((rs, context) -> map(rs))
                .list();
    }

    /** What a step returned, in whichever branches it ran to its end; the latest run of each, in the order of branches. */
    public List<JournalRow> outputs(Handle handle, UUID saga, String step) {
        return handle.createQuery(schema.sql("""
                                select distinct on (branch) * from belay.journal
                                where saga_id = :saga and direction = '+' and kind in ('A', 'F') and step = :step
                                  and outcome in ('S', 'K')
                                order by branch, seq desc, run desc, n desc"""))
                .bind("saga", saga)
                .bind("step", step)
                .map((rs, context) -> map(rs))
                .list();
    }

    /**
     * The effects that steps which ended well hold back, and whose time has not come yet. One whose time has come is known by a row
     * with number 0, which names it by where it was held.
     */
    public List<JournalRow> heldBack(Handle handle, UUID saga) {
        return handle.createQuery(schema.sql("""
                                select h.* from belay.journal h
                                where h.saga_id = :saga and h.direction = '+' and h.kind = 'H' and h.n > 0
                                  and exists (select from belay.journal a
                                               where a.saga_id = h.saga_id and a.branch = h.branch and a.seq = h.seq
                                                 and a.run = h.run and a.direction = '+' and a.kind = 'A' and a.outcome = 'S')
                                  and not exists (select from belay.journal d
                                                   where d.saga_id = h.saga_id and d.direction = '+' and d.kind = 'H' and d.n = 0
                                                     and d.key = concat_ws('/', h.branch, h.seq, h.run, h.n))
                                order by h.branch, h.seq, h.run, h.n"""))
                .bind("saga", saga)
                .map((rs, context) -> map(rs))
                .list();
    }

    /** What the message with the given number brought. */
    public Optional<JournalRow> message(Handle handle, UUID saga, int n) {
        return handle.createQuery(schema.sql("""
                                select * from belay.journal
                                where saga_id = :saga and branch = 0 and seq = 0 and run = 0 and direction = '+' and kind = 'M'
                                  and n = :n"""))
                .bind("saga", saga)
                .bind("n", n)
                .map((rs, context) -> map(rs))
                .findOne();
    }

    /** The message that arrived under the given name and key. */
    public Optional<JournalRow> message(Handle handle, UUID saga, String name, String key) {
        return messages(handle, saga, name).stream()
                .filter(row -> key.equals(row.key()))
                .findFirst();
    }

    /** All messages that arrived under the given name, oldest first. */
    public List<JournalRow> messages(Handle handle, UUID saga, String name) {
        return handle.createQuery(schema.sql("""
                                select * from belay.journal
                                where saga_id = :saga and branch = 0 and seq = 0 and run = 0 and direction = '+' and kind = 'M'
                                  and name = :name
                                order by n"""))
                .bind("saga", saga)
                .bind("name", name)
                .map((rs, context) -> map(rs))
                .list();
    }

    /** How those branches of a range began that ever ran a step, in their order. */
    public List<JournalRow> begun(Handle handle, UUID saga, int first, int last) {
        return handle.createQuery(schema.sql("""
                                select * from belay.journal b
                                where saga_id = :saga and branch between :first and :last and seq = 0 and kind = 'B'
                                  and exists (select from belay.journal a
                                               where a.saga_id = :saga and a.branch = b.branch and a.seq > 0)
                                order by branch"""))
                .bind("saga", saga)
                .bind("first", first)
                .bind("last", last)
                .map((rs, context) -> map(rs))
                .list();
    }

    /** How many branches of a range came to their end: those whose last attempt ended well. */
    public int countDone(Handle handle, UUID saga, int first, int last) {
        return handle.createQuery(schema.sql("""
                                select count(*) from (
                                  select distinct on (branch) outcome from belay.journal
                                   where saga_id = :saga and branch between :first and :last and direction = '+' and kind = 'A'
                                   order by branch, seq desc, run desc, n desc) as ends
                                where outcome in ('S', 'K', 'P')"""))
                .bind("saga", saga)
                .bind("first", first)
                .bind("last", last)
                .mapTo(Integer.class)
                .one();
    }

    /** Whether an attempt at a place was recorded, or that one was about to begin. */
    public boolean hasAttempt(Handle handle, JournalRow.Place place) {
        return handle.createQuery(schema.sql("""
                                select exists (select from belay.journal
                                                where saga_id = :saga and branch = :branch and seq = :seq and run = :run
                                                  and direction = '+' and kind in ('A', 'S'))"""))
                .bind("saga", place.sagaId())
                .bind("branch", place.branch())
                .bind("seq", place.seq())
                .bind("run", place.run())
                .mapTo(Boolean.class)
                .one();
    }

    /** The attempt recorded under the key of {@code row}, if there is one. */
    public Optional<JournalRow> sameAttempt(Handle handle, JournalRow row) {
        return handle.createQuery(schema.sql("""
                                select * from belay.journal
                                where saga_id = :saga and branch = :branch and seq = :seq and run = :run
                                  and direction = :direction::"char" and kind = 'A' and n = :n"""))
                .bind("saga", row.place().sagaId())
                .bind("branch", row.place().branch())
                .bind("seq", row.place().seq())
                .bind("run", row.place().run())
                .bind("direction", row.place().undoing() ? "-" : "+")
                .bind("n", row.n())
                .map((rs, context) -> map(rs))
                .findOne();
    }

    /**
     * Adds a row. A row whose key is taken is left out, and the answer is false: only a late result, told twice, comes here with a key
     * of its own making.
     */
    public boolean add(Handle handle, JournalRow row) {
        Payload input = row.input();
        Payload output = row.output();
        return handle.createUpdate(schema.sql("""
                                insert into belay.journal (saga_id, branch, seq, run, direction, kind, n, item, outcome, step,
                                  worker, fence, recorded_at, took_us, name, key, request_hash, target,
                                  input_type, input, input_bytes, output_type, output, output_bytes, error,
                                  spend, called)
                                values (:saga, :branch, :seq, :run, :direction::"char", :kind::"char", :n, :item,
                                  :outcome::"char", :step, :worker, :fence, belay.now(), :took, :name, :key, :hash, :target,
                                  :inputType, :input::jsonb, :inputBytes, :outputType, :output::jsonb, :outputBytes,
                                  :error::jsonb, :spend, :called::jsonb)
                                <conflict>"""))
                        .define("conflict", row.kind() == Kind.LATE ? "on conflict do nothing" : "")
                        .bind("saga", row.place().sagaId())
                        .bind("branch", row.place().branch())
                        .bind("seq", row.place().seq())
                        .bind("run", row.place().run())
                        .bind("direction", row.place().undoing() ? "-" : "+")
                        .bind("kind", Codes.of(row.kind()))
                        .bind("n", row.n())
                        .bind("item", row.item())
                        .bind("outcome", Codes.of(row.outcome()))
                        .bind("step", row.place().step())
                        .bind("worker", row.worker())
                        .bind("fence", row.fence())
                        .bind("took", row.tookMicros())
                        .bind("name", row.name())
                        .bind("key", row.key())
                        .bind("hash", row.requestHash())
                        .bind("target", row.target())
                        .bind("inputType", input == null ? null : input.type())
                        .bind("input", input == null ? null : input.jsonb())
                        .bind("inputBytes", input == null ? null : input.bytes())
                        .bind("outputType", output == null ? null : output.type())
                        .bind("output", output == null ? null : output.jsonb())
                        .bind("outputBytes", output == null ? null : output.bytes())
                        .bind("error", row.error())
                        .bind("spend", row.spend())
                        .bind("called", row.called())
                        .execute()
                == 1;
    }

    /** Whether the end of a saga was recorded before: a late effect has opened it again since. */
    public boolean hasEnd(Handle handle, UUID saga) {
        return handle.createQuery(
                        schema.sql(
                                "select exists (select from belay.journal where saga_id = :saga and branch = 0 and kind = 'E')"))
                .bind("saga", saga)
                .mapTo(Boolean.class)
                .one();
    }

    static JournalRow map(ResultSet rs) throws SQLException {
        OffsetDateTime recorded = rs.getObject("recorded_at", OffsetDateTime.class);
        return new JournalRow(
                new JournalRow.Place(
                        rs.getObject("saga_id", UUID.class),
                        rs.getInt("branch"),
                        rs.getInt("seq"),
                        rs.getInt("run"),
                        rs.getString("direction").equals("-"),
                        rs.getString("step")),
                Codes.kind(rs.getString("kind")),
                rs.getInt("n"),
                rs.getInt("item"),
                Codes.result(rs.getString("outcome")),
                nullableLong(rs, "worker"),
                nullableLong(rs, "fence"),
                recorded.toInstant(),
                rs.getLong("took_us"),
                rs.getString("name"),
                rs.getString("key"),
                rs.getString("request_hash"),
                rs.getString("target"),
                Payload.of(rs.getString("input_type"), rs.getString("input"), rs.getBytes("input_bytes")),
                Payload.of(rs.getString("output_type"), rs.getString("output"), rs.getBytes("output_bytes")),
                rs.getString("error"),
                rs.getBigDecimal("spend"),
                rs.getString("called"));
    }

    private static @Nullable Long nullableLong(ResultSet rs, String column) throws SQLException {
        long value = rs.getLong(column);
        return rs.wasNull() ? null : value;
    }
}
