package dev.belay.inspect;

import java.time.Instant;

/**
 * What database this is.
 *
 * @param schema the name of the schema
 * @param version the newest migration applied
 * @param server the version of PostgreSQL
 * @param now the database's clock
 */
public record SchemaStatus(String schema, String version, String server, Instant now) {}
