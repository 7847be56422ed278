package dev.belay;

import dev.belay.internal.Engine;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.sql.DataSource;

/** How an engine is opened. */
public final class BelayBuilder {
    private final DataSource dataSource;
    private final List<SagaDefinition<?, ?>> definitions = new ArrayList<>();
    private final List<SagaListener> listeners = new ArrayList<>();
    private String schema = "belay";
    private boolean migrate = true;
    private int payloadLimit = 1024 * 1024;

    BelayBuilder(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** The definitions this process can start and run. Several versions of one name are welcome. */
    public BelayBuilder with(SagaDefinition<?, ?>... definitions) {
        return with(List.of(definitions));
    }

    /** The definitions this process can start and run. */
    public BelayBuilder with(Collection<? extends SagaDefinition<?, ?>> definitions) {
        this.definitions.addAll(definitions);
        return this;
    }

    /**
     * Tells {@code listener} of what happens to the sagas of all definitions given here, at least once. Processes that opened
     * before learn within ten minutes that somebody listens; what happens in them until then is not told.
     */
    public BelayBuilder listener(SagaListener listener) {
        this.listeners.add(Webhook.checked(listener));
        return this;
    }

    /** Posts what happens to the sagas of all definitions given here to a URL, at least once; else like {@link #listener}. */
    public BelayBuilder webhook(Webhook webhook) {
        return listener(webhook);
    }

    /** The schema of Belay's tables, "belay" unless set; made if it is missing. */
    public BelayBuilder schema(String schema) {
        if (!schema.matches("[a-z_][a-z0-9_]{0,62}")) {
            throw new IllegalArgumentException(
                    "A schema's name must be lower-case letters, digits and underscores, at most 63, got \"" + schema
                            + "\"");
        }
        this.schema = schema;
        return this;
    }

    /** Does not change the schema: {@link #open} fails if migrations are missing. For teams that apply {@code sql/} themselves. */
    public BelayBuilder withoutMigrating() {
        this.migrate = false;
        return this;
    }

    /** The largest input or output, in bytes of JSON; 1 MiB unless set. */
    public BelayBuilder payloadLimit(int bytes) {
        if (bytes < 1024) {
            throw new IllegalArgumentException("The payload limit must be at least 1024 bytes, got " + bytes);
        }
        this.payloadLimit = bytes;
        return this;
    }

    /**
     * Opens the engine: migrates the schema under a lock, checks the definitions against those stored, and makes the partitions
     * of the coming days.
     *
     * @throws DatabaseUnusable if the database is unreachable, too old, or was migrated by a newer Belay
     */
    public Belay open() {
        return Engine.open(dataSource, schema, migrate, payloadLimit, definitions, listeners);
    }
}
