package dev.belay.internal.journal;

import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The table {@code plan}. */
public final class PlanTable {
    private final Schema schema;
    private final Payloads payloads;

    /** The table in {@code schema}. */
    public PlanTable(Schema schema, Payloads payloads) {
        this.schema = schema;
        this.payloads = payloads;
    }

    /** A plan with its number. */
    public record Stored(int id, Plan plan) {}

    /** Every plan. */
    public List<Stored> all(Handle handle) {
        return handle.createQuery(schema.sql("select id, steps from belay.plan order by id"))
                .map((rs, context) -> new Stored(rs.getInt("id"), payloads.fromJson(rs.getString("steps"), Plan.class)))
                .list();
    }

    /** The names of all definitions that have a plan. */
    public List<String> definitions(Handle handle) {
        return handle.createQuery(schema.sql("select distinct definition from belay.plan order by definition"))
                .mapTo(String.class)
                .list();
    }

    /** The plan with the given number. */
    public Optional<Stored> find(Handle handle, int id) {
        return handle.createQuery(schema.sql("select id, steps from belay.plan where id = :id"))
                .bind("id", id)
                .map((rs, context) -> new Stored(rs.getInt("id"), payloads.fromJson(rs.getString("steps"), Plan.class)))
                .findOne();
    }

    /** Stores a plan unless its version has one, and returns the one that is stored. */
    public Stored store(Handle handle, Plan plan) {
        handle.createUpdate(schema.sql("""
                                insert into belay.plan (definition, version, steps, fingerprint)
                                values (:definition, :version, :steps::jsonb, :fingerprint)
                                on conflict (definition, version) do nothing"""))
                .bind("definition", plan.definition())
                .bind("version", plan.version())
                .bind("steps", payloads.json(plan))
                .bind("fingerprint", payloads.hash(plan))
                .execute();
        return handle.createQuery(schema.sql(
                        "select id, steps from belay.plan where definition = :definition and version = :version"))
                .bind("definition", plan.definition())
                .bind("version", plan.version())
                .map((rs, context) -> new Stored(rs.getInt("id"), payloads.fromJson(rs.getString("steps"), Plan.class)))
                .one();
    }

    /** Replaces the plan of a version that no open saga follows; says whether it did. */
    public boolean replaceIfUnused(Handle handle, int id, Plan plan) {
        return handle.createUpdate(schema.sql("""
                                        update belay.plan
                                           set steps = :steps::jsonb, fingerprint = :fingerprint, stored_at = pg_catalog.now()
                                         where id = :id and not exists (select from belay.job where plan_id = :id)"""))
                        .bind("id", id)
                        .bind("steps", payloads.json(plan))
                        .bind("fingerprint", payloads.hash(plan))
                        .execute()
                == 1;
    }
}
