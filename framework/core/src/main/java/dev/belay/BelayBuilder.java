package dev.belay;

import dev.belay.internal.Engine;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import javax.sql.DataSource;
import tools.jackson.databind.JsonNode;

/** How an engine is opened. */
public final class BelayBuilder {
    private final DataSource dataSource;
    private final List<SagaDefinition<?, ?>> definitions = new ArrayList<>();
    private final List<SagaListener> listeners = new ArrayList<>();
    private String schema = "belay";
    private boolean migrate = true;
    private int payloadLimit = 1024 * 1024;
    private Retention retention = Retention.forever();
    private final List<Upcast> upcasts = new ArrayList<>();
    private final List<String> redacted = new ArrayList<>();
    private final List<String> secrets = new ArrayList<>();

    /**
     * How a payload stored under one type name becomes one of another.
     *
     * @param from the name it is stored under
     * @param to the name of what it becomes
     * @param function makes the new JSON of the old
     */
    public record Upcast(String from, String to, Function<JsonNode, JsonNode> function) {}

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

    /** How long ended sagas are kept; for ever unless set. This engine's workers purge the others about once an hour. */
    public BelayBuilder retention(Retention retention) {
        this.retention = retention;
        return this;
    }

    /**
     * Never stores values under these paths: property names joined by dots, as "password" or "customer.card.number", matched against the
     * end of a value's place in any input, output, message, argument or undo data. In their stead stands "[redacted]", and that is what
     * is read back: code that needs such a value has to get it from elsewhere.
     */
    public BelayBuilder redact(String... paths) {
        redacted.addAll(List.of(paths));
        return this;
    }

    /**
     * Never stores these texts, wherever in a value, a message or an error they stand: keys and tokens that code may let slip.
     *
     * @throws IllegalArgumentException if one is shorter than eight characters, and might be part of anything
     */
    public BelayBuilder secrets(String... texts) {
        for (String text : texts) {
            if (text == null) {
                throw new IllegalArgumentException(
                        "A secret that must not be stored is null. Is the environment variable set that it is read from?");
            }
            if (text.length() < 8) {
                throw new IllegalArgumentException(
                        "A secret that is looked for in all that is stored must have at least 8 characters, got one of "
                                + text.length() + ".");
            }
        }
        secrets.addAll(List.of(texts));
        return this;
    }

    /**
     * Reads payloads that were stored under the type name {@code fromName} as the class {@code to}, by turning their JSON into what
     * that class is read from. Upcasters go on from one to the next, so that one a version is enough. The journal keeps what is stored;
     * the function runs at every read, on any thread, and should depend on nothing but its argument.
     *
     * <p>The new shape needs a type name of its own, see {@link PayloadName}. Raise the definition's version with it: builds that
     * do not have the new class leave sagas of the new version alone.
     */
    public <T> BelayBuilder upcast(String fromName, Class<T> to, Function<JsonNode, JsonNode> function) {
        return upcast(fromName, PayloadName.Of.type(to), function);
    }

    /** {@link #upcast(String, Class, Function)} to a type name that has no class any more, and is upcast further itself. */
    public BelayBuilder upcast(String fromName, String toName, Function<JsonNode, JsonNode> function) {
        upcasts.add(new Upcast(fromName, toName, function));
        return this;
    }

    /**
     * Opens the engine: migrates the schema under a lock, checks the definitions against those stored, and makes the partitions
     * of the coming days.
     *
     * <p>Open sagas that the definitions given here cannot go on with are logged as warnings; see {@link Belay#deployment}.
     *
     * @throws IllegalArgumentException if two upcasters read the same name, or they go in a circle
     * @throws DatabaseUnusable if the database is unreachable, too old, or was migrated by a newer Belay
     */
    public Belay open() {
        return Engine.open(
                dataSource,
                schema,
                migrate,
                payloadLimit,
                definitions,
                listeners,
                upcasts,
                retention,
                redacted,
                secrets);
    }
}
