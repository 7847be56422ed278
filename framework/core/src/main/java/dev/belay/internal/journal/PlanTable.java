package dev.belay.internal.journal;

import dev.belay.SagaEvent;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import tools.jackson.databind.JsonNode;

/** The table {@code plan}. */
public final class PlanTable {
    private final Schema schema;
    private final Payloads payloads;

    /** The table in {@code schema}. */
    public PlanTable(Schema schema, Payloads payloads) {
        this.schema = schema;
        this.payloads = payloads;
    }

    /**
     * A plan with its number.
     *
     * @param hooked the types of events that somebody, in some process, wants to be told of
     * @param shapes what its values look like; empty if it was stored before that was kept
     */
    public record Stored(int id, Plan plan, Set<SagaEvent.Type> hooked, Optional<Shapes> shapes) {}

    /** Every plan. */
    public List<Stored> all(Handle handle) {
        return handle.createQuery(schema.sql("select id, steps, hooked, shapes from belay.plan order by id"))
                .map((rs, context) -> stored(rs))
                .list();
    }

    /** Which version of which definition a plan is of, and the queue its jobs wait in. */
    public record Named(int id, String definition, int version, String queue) {}

    /** Every plan by its name, without its steps. */
    public List<Named> named(Handle handle) {
        return handle.createQuery(
                        schema.sql(
                                "select id, definition, version, steps ->> 'queue' as queue from belay.plan order by definition, version"))
                .map((rs, context) -> new Named(
                        rs.getInt("id"), rs.getString("definition"), rs.getInt("version"), rs.getString("queue")))
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
        return handle.createQuery(schema.sql("select id, steps, hooked, shapes from belay.plan where id = :id"))
                .bind("id", id)
                .map((rs, context) -> stored(rs))
                .findOne();
    }

    /** Stores a plan unless its version has one, and returns the one that is stored. */
    public Stored store(Handle handle, Plan plan, Shapes shapes) {
        handle.createUpdate(schema.sql("""
                                insert into belay.plan (definition, version, steps, fingerprint, shapes)
                                values (:definition, :version, :steps::jsonb, :fingerprint, :shapes::json)
                                on conflict (definition, version) do nothing"""))
                .bind("definition", plan.definition())
                .bind("version", plan.version())
                .bind("steps", payloads.json(plan))
                .bind("fingerprint", payloads.hash(plan))
                .bind("shapes", shapes.toJson().toString())
                .execute();
        return handle.createQuery(
                        schema.sql(
                                "select id, steps, hooked, shapes from belay.plan where definition = :definition and version = :version"))
                .bind("definition", plan.definition())
                .bind("version", plan.version())
                .map((rs, context) -> stored(rs))
                .one();
    }

    private Stored stored(ResultSet rs) throws SQLException {
        Set<SagaEvent.Type> hooked = EnumSet.noneOf(SagaEvent.Type.class);
        for (String name : (String[]) rs.getArray("hooked").getArray()) {
            // A newer version of Belay may know more types; what cannot happen here needs not be told from here.
            Stream.of(SagaEvent.Type.values())
                    .filter(type -> type.name().equals(name))
                    .forEach(hooked::add);
        }
        Optional<Shapes> shapes = Optional.ofNullable(rs.getString("shapes"))
                .map(json -> Shapes.parse(payloads.fromJson(json, JsonNode.class)));
        return new Stored(rs.getInt("id"), payloads.fromJson(rs.getString("steps"), Plan.class), hooked, shapes);
    }

    /** Notes what the values of a plan look like by now. */
    public void describe(Handle handle, int id, Shapes shapes) {
        handle.createUpdate(schema.sql("update belay.plan set shapes = :shapes::json where id = :id"))
                .bind("id", id)
                .bind("shapes", shapes.toJson().toString())
                .execute();
    }

    /** Notes that somebody wants to be told of events of these types; nobody's wish is ever taken back. */
    public void hook(Handle handle, int id, Set<SagaEvent.Type> types) {
        handle.createUpdate(schema.sql("""
                                update belay.plan
                                   set hooked = (select array_agg(distinct type order by type)
                                                   from unnest(hooked || :types) as wanted(type))
                                 where id = :id and not hooked @> :types"""))
                .bind("id", id)
                .bindArray("types", String.class, types.stream().map(Enum::name).toList())
                .execute();
    }

    /** How many open sagas follow each of the given plans; plans that none follows are left out. */
    public Map<Integer, Long> openSagas(Handle handle, List<Integer> plans) {
        Map<Integer, Long> open = new TreeMap<>();
        handle.createQuery(schema.sql("""
                        select plan_id, count(distinct saga_id) as sagas from belay.job
                         where plan_id = any(:plans) group by plan_id"""))
                .bindArray("plans", Integer.class, plans)
                .map((rs, context) -> Map.entry(rs.getInt("plan_id"), rs.getLong("sagas")))
                .forEach(entry -> open.put(entry.getKey(), entry.getValue()));
        return open;
    }

    /** Replaces the plan of a version that no open saga follows; says whether it did. */
    public boolean replaceIfUnused(Handle handle, int id, Plan plan, Shapes shapes) {
        return handle.createUpdate(schema.sql("""
                                        update belay.plan
                                           set steps = :steps::jsonb, fingerprint = :fingerprint, shapes = :shapes::json,
                                               stored_at = pg_catalog.now()
                                         where id = :id and not exists (select from belay.job where plan_id = :id)"""))
                        .bind("id", id)
                        .bind("steps", payloads.json(plan))
                        .bind("fingerprint", payloads.hash(plan))
                        .bind("shapes", shapes.toJson().toString())
                        .execute()
                == 1;
    }
}
