package dev.belay.internal.journal;

import dev.belay.Cause;
import dev.belay.SagaState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The table {@code saga}. */
public final class SagaTable {
    /** The columns {@link #map} reads, of a table or subquery called s. */
    public static final String COLUMNS = """
            s.id as s_id, s.plan_id as s_plan_id, s.state as s_state, s.epoch as s_epoch, s.cause as s_cause,
            s.pivot_passed as s_pivot_passed, s.cancel_requested as s_cancel_requested, s.started_at as s_started_at,
            s.ended_at as s_ended_at, s.failure as s_failure, s.input_type as s_input_type, s.input as s_input,
            s.input_bytes as s_input_bytes, s.output_type as s_output_type, s.output as s_output,
            s.output_bytes as s_output_bytes, s.parent_id as s_parent_id, s.parent_branch as s_parent_branch,
            s.parent_seq as s_parent_seq, s.root_id as s_root_id, s.branches as s_branches, s.undo_to as s_undo_to,
            s.replans as s_replans, s.paused as s_paused, s.deadline_at as s_deadline_at, s.residue as s_residue""";

    private final Schema schema;

    /** The table in {@code schema}. */
    public SagaTable(Schema schema) {
        this.schema = schema;
    }

    /** Reads a saga without locking it. */
    public Optional<SagaRow> find(Handle handle, UUID id) {
        return handle.createQuery(schema.sql("select <columns> from belay.saga s where s.id = :id"))
                .define("columns", COLUMNS)
                .bind("id", id)
                .map((rs, context) -> map(rs))
                .findOne();
    }

    /** Locks a saga's row until the transaction ends; everything that changes a saga's direction begins with this. */
    public Optional<SagaRow> lock(Handle handle, UUID id) {
        return handle.createQuery(schema.sql("select <columns> from belay.saga s where s.id = :id for no key update"))
                .define("columns", COLUMNS)
                .bind("id", id)
                .map((rs, context) -> map(rs))
                .findOne();
    }

    /** The time, by the clock of sagas. */
    public Instant now(Handle handle) {
        return handle.createQuery(schema.sql("select belay.now()"))
                .mapTo(OffsetDateTime.class)
                .one()
                .toInstant();
    }

    /** Whether a locked saga's deadline is over, by the database's clock. */
    public boolean isOverdue(Handle handle, UUID id) {
        return handle.createQuery(
                        schema.sql("select coalesce(deadline_at <= belay.now(), false) from belay.saga where id = :id"))
                .bind("id", id)
                .mapTo(Boolean.class)
                .one();
    }

    /** Writes the state, epoch, cause, flags and failure of a locked saga that stays open. */
    public void turn(Handle handle, SagaRow saga) {
        handle.createUpdate(schema.sql("""
                                update belay.saga
                                   set state = :state, epoch = :epoch, cause = :cause, pivot_passed = :pivotPassed,
                                       cancel_requested = :cancelRequested, failure = :failure::jsonb,
                                       undo_to = :undoTo, replans = :replans, paused = :paused, branches = :branches,
                                       residue = residue or :residue, ended_at = null, deadline_at = :deadline
                                 where id = :id"""))
                .bind("undoTo", saga.undoTo())
                .bind("replans", saga.replans())
                .bind("paused", saga.paused())
                .bind("branches", saga.branches())
                .bind("residue", saga.residue())
                .bind(
                        "deadline",
                        saga.deadlineAt() == null ? null : saga.deadlineAt().atOffset(ZoneOffset.UTC))
                .bind("id", saga.id())
                .bind("state", saga.state().name())
                .bind("epoch", saga.epoch())
                .bind("cause", saga.cause() == null ? null : saga.cause().name())
                .bind("pivotPassed", saga.pivotPassed())
                .bind("cancelRequested", saga.cancelRequested())
                .bind("failure", saga.failure())
                .execute();
    }

    /** Ends a locked saga. */
    public void end(Handle handle, SagaRow saga, @Nullable Payload output) {
        handle.createUpdate(schema.sql("""
                                update belay.saga
                                   set state = :state, epoch = :epoch, ended_at = belay.now(), deadline_at = null,
                                       residue = residue or :residue, undo_to = null,
                                       output_type = :type, output = :json::jsonb, output_bytes = :bytes
                                 where id = :id"""))
                .bind("id", saga.id())
                .bind("state", saga.state().name())
                .bind("epoch", saga.epoch())
                .bind("residue", saga.residue())
                .bind("type", output == null ? null : output.type())
                .bind("json", output == null ? null : output.jsonb())
                .bind("bytes", output == null ? null : output.bytes())
                .execute();
    }

    /** Reads {@link #COLUMNS}. */
    public static SagaRow map(ResultSet rs) throws SQLException {
        String cause = rs.getString("s_cause");
        OffsetDateTime deadline = rs.getObject("s_deadline_at", OffsetDateTime.class);
        UUID parent = rs.getObject("s_parent_id", UUID.class);
        OffsetDateTime ended = rs.getObject("s_ended_at", OffsetDateTime.class);
        return new SagaRow(
                rs.getObject("s_id", UUID.class),
                rs.getInt("s_plan_id"),
                SagaState.valueOf(rs.getString("s_state")),
                rs.getLong("s_epoch"),
                cause == null ? null : Cause.valueOf(cause),
                rs.getBoolean("s_pivot_passed"),
                rs.getBoolean("s_cancel_requested"),
                rs.getObject("s_started_at", OffsetDateTime.class).toInstant(),
                ended == null ? null : ended.toInstant(),
                rs.getString("s_failure"),
                Payload.of(rs.getString("s_input_type"), rs.getString("s_input"), rs.getBytes("s_input_bytes")),
                Payload.of(rs.getString("s_output_type"), rs.getString("s_output"), rs.getBytes("s_output_bytes")),
                rs.getBoolean("s_residue"),
                parent == null
                        ? null
                        : new SagaRow.Parent(parent, rs.getInt("s_parent_branch"), rs.getInt("s_parent_seq")),
                rs.getObject("s_root_id", UUID.class),
                rs.getInt("s_branches"),
                rs.getObject("s_undo_to", Integer.class),
                rs.getInt("s_replans"),
                rs.getBoolean("s_paused"),
                deadline == null ? null : deadline.toInstant());
    }
}
