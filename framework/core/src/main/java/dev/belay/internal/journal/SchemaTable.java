package dev.belay.internal.journal;

import dev.belay.inspect.SchemaStatus;
import java.time.OffsetDateTime;
import org.jdbi.v3.core.Handle;

/** What database this is, and which migrations it has had. */
public final class SchemaTable {
    private final Schema schema;

    /** The schema to be asked about. */
    public SchemaTable(Schema schema) {
        this.schema = schema;
    }

    /** How it stands. */
    public SchemaStatus status(Handle handle) {
        return handle.createQuery(schema.sql("""
                                select (select version from belay.belay_migration
                                         where success and version is not null order by installed_rank desc limit 1) as version,
                                       current_setting('server_version') as server, belay.now() as now"""))
                .map((rs, context) -> new SchemaStatus(
                        schema.name(),
                        rs.getString("version"),
                        rs.getString("server"),
                        rs.getObject("now", OffsetDateTime.class).toInstant()))
                .one();
    }
}
