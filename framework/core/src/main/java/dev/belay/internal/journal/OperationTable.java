package dev.belay.internal.journal;

import java.util.Optional;
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

    /**
     * A decision about a saga.
     *
     * @param request names the request that brought it; null if it may be made again
     */
    public record Row(
            UUID saga,
            String action,
            String actor,
            String reason,
            @Nullable UUID request,
            @Nullable Integer seq,
            @Nullable String step,
            String before,
            String after) {}

    /** Adds a decision. Says whether it did: if not, another has come by the same request. */
    public boolean add(Handle handle, Row row) {
        return handle.createUpdate(schema.sql("""
                                insert into belay.operation
                                       (saga_id, action, actor, reason, at, seq, step, before, after, request_id)
                                values (:saga, :action, :actor, :reason, belay.now(), :seq, :step, :before, :after, :request::uuid)
                                on conflict (request_id) where request_id is not null do nothing"""))
                        .bind("saga", row.saga())
                        .bind("action", row.action())
                        .bind("actor", row.actor())
                        .bind("reason", row.reason())
                        .bind("seq", row.seq())
                        .bind("step", row.step())
                        .bind("before", row.before())
                        .bind("after", row.after())
                        .bind("request", row.request())
                        .execute()
                == 1;
    }

    /**
     * What came of a request.
     *
     * @param saga null if it was about a queue, a definition or the like
     */
    public record Requested(@Nullable UUID saga, String action, String after) {}

    /** What came of the given request, if it came before. */
    public Optional<Requested> requested(Handle handle, UUID request) {
        return handle.createQuery(
                        schema.sql("select saga_id, action, after from belay.operation where request_id = :request"))
                .bind("request", request)
                .map((rs, context) -> new Requested(
                        rs.getObject("saga_id", UUID.class), rs.getString("action"), rs.getString("after")))
                .findOne();
    }

    /** Adds a decision about a queue, a definition, many sagas, or what else has a name. */
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
