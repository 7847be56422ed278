package dev.belay.dashboard.internal.store;

import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Where the dashboard keeps its own rows: short transactions in the schema of Belay's tables. Thread-safe. */
public final class Database {
    private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,62}");
    private static final String AT_MOST = "set local statement_timeout = '5s'";

    private final Jdbi jdbi;
    private final String schema;

    /** The tables in {@code schema}. */
    public Database(DataSource dataSource, String schema) {
        if (!NAME.matcher(schema).matches()) {
            throw new IllegalArgumentException(
                    "A schema's name must be lower-case letters, digits and underscores, at most 63, got \"" + schema
                            + "\"");
        }
        this.jdbi = Jdbi.create(dataSource);
        this.schema = schema;
    }

    /** The statement, written against the schema "belay", for this schema. */
    String sql(String statement) {
        return schema.equals("belay") ? statement : statement.replace("belay.", schema + ".");
    }

    /** Does something in a transaction of its own, and returns what came of it. */
    public <R> R inTransaction(Function<Handle, R> work) {
        return jdbi.inTransaction(handle -> {
            handle.execute(AT_MOST);
            return work.apply(handle);
        });
    }

    /** Does something in a transaction of its own. */
    public void useTransaction(Consumer<Handle> work) {
        jdbi.useTransaction(handle -> {
            handle.execute(AT_MOST);
            work.accept(handle);
        });
    }
}
