package dev.belay.internal.journal;

import dev.belay.Cause;
import dev.belay.SagaState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
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
            s.output_bytes as s_output_bytes""";

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

    /** Writes the state, epoch, cause, flags and failure of a locked saga that stays open. */
    public void turn(Handle handle, SagaRow saga) {
        handle.createUpdate(schema.sql("""
                                update belay.saga
                                   set state = :state, epoch = :epoch, cause = :cause, pivot_passed = :pivotPassed,
                                       cancel_requested = :cancelRequested, failure = :failure::jsonb
                                 where id = :id"""))
                .bind("id", saga.id())
                .bind("state", saga.state().name())
                .bind("epoch", saga.epoch())
                .bind("cause", saga.cause() == null ? null : saga.cause().name())
                .bind("pivotPassed", saga.pivotPassed())
                .bind("cancelRequested", saga.cancelRequested())
                .bind("failure", saga.failure())
                .execute();
    }

    /** Asks for a locked saga to be undone if its pivot fails. */
    public void requestCancel(Handle handle, UUID id) {
        handle.createUpdate(schema.sql("update belay.saga set cancel_requested = true where id = :id"))
                .bind("id", id)
                .execute();
    }

    /** Ends a locked saga. */
    public void end(Handle handle, SagaRow saga, @Nullable Payload output) {
        handle.createUpdate(schema.sql("""
                                update belay.saga
                                   set state = :state, epoch = :epoch, ended_at = belay.now(),
                                       output_type = :type, output = :json::jsonb, output_bytes = :bytes
                                 where id = :id"""))
                .bind("id", saga.id())
                .bind("state", saga.state().name())
                .bind("epoch", saga.epoch())
                .bind("type", output == null ? null : output.type())
                .bind("json", output == null ? null : output.jsonb())
                .bind("bytes", output == null ? null : output.bytes())
                .execute();
    }

    /** Reads {@link #COLUMNS}. */
    public static SagaRow map(ResultSet rs) throws SQLException {
        String cause = rs.getString("s_cause");
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
                Payload.of(rs.getString("s_output_type"), rs.getString("s_output"), rs.getBytes("s_output_bytes")));
    }
}
