package dev.belay.internal.journal;

import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The table {@code operation}: who decided what, when and why. */
public final class OperationTable {
    private final Schema schema;

    /** The table in {@code schema}. */
    public OperationTable(Schema schema) {
        this.schema = schema;
    }

    /** Adds a decision. */
    public void add(
            Handle handle,
            UUID saga,
            String action,
            String actor,
            String reason,
            @Nullable Integer seq,
            @Nullable String step,
            String before,
            String after) {
        handle.createUpdate(schema.sql("""
                                insert into belay.operation (saga_id, action, actor, reason, at, seq, step, before, after)
                                values (:saga, :action, :actor, :reason, belay.now(), :seq, :step, :before, :after)"""))
                .bind("saga", saga)
                .bind("action", action)
                .bind("actor", actor)
                .bind("reason", reason)
                .bind("seq", seq)
                .bind("step", step)
                .bind("before", before)
                .bind("after", after)
                .execute();
    }

    /** Adds a decision about a queue or a definition. */
    public void addControl(
            Handle handle,
            String kind,
            String name,
            String action,
            String actor,
            String reason,
            String before,
            String after) {
        handle.createUpdate(schema.sql("""
                                insert into belay.operation (control_kind, control_name, action, actor, reason, at, before, after)
                                values (:kind, :name, :action, :actor, :reason, belay.now(), :before, :after)"""))
                .bind("kind", kind)
                .bind("name", name)
                .bind("action", action)
                .bind("actor", actor)
                .bind("reason", reason)
                .bind("before", before)
                .bind("after", after)
                .execute();
    }
}
