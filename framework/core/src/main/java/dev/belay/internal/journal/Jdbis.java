package dev.belay.internal.journal;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.jdbi.v3.core.ConnectionFactory;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Jdbi as Belay's statements need it, whatever the application has registered on its own. */
public final class Jdbis {
    private static final ThreadLocal<Connection> LENT = new ThreadLocal<>();
    private static final Jdbi OVER_LENT = configured(Jdbi.create(new ConnectionFactory() {
        @Override
        public Connection openConnection() {
            return LENT.get();
        }

        @Override
        public void closeConnection(Connection same) {
            // Its owner closes it.
        }
    }));

    private Jdbis() {}

    /** Over a data source. */
    public static Jdbi over(DataSource dataSource) {
        return configured(Jdbi.create(new ConnectionFactory() {
            private final Set<Connection> asked =
                    Collections.newSetFromMap(Collections.synchronizedMap(new IdentityHashMap<>()));

            /** A pool may hand out connections that do not commit by themselves, and a single statement here would be lost. */
            @Override
            public Connection openConnection() throws SQLException {
                Connection connection = dataSource.getConnection();
                if (!connection.getAutoCommit()) {
                    connection.setAutoCommit(true);
                    asked.add(connection);
                }
                return connection;
            }

            @Override
            public void closeConnection(Connection connection) throws SQLException {
                try (connection) {
                    if (asked.remove(connection)) {
                        connection.setAutoCommit(false);
                    }
                }
            }
        }));
    }

    /** A handle over a connection that somebody else closes. All of them share what Jdbi has learnt of the statements. */
    public static Handle open(Connection connection) {
        LENT.set(connection);
        try {
            return OVER_LENT.open();
        } finally {
            LENT.remove();
        }
    }

    /**
     * Makes all that is read in the transaction just begun be of one moment. It alone is told: JDBC's own way would change the
     * session of a borrowed connection.
     */
    public static void readOneMoment(Handle transaction) {
        transaction.execute("set transaction isolation level repeatable read");
    }

    /**
     * Makes the transaction just begun a short look: of one moment, without a write, cut off after {@code atMost}, each statement
     * planned for what it asks. It alone is told.
     */
    public static void look(Handle transaction, Duration atMost) {
        transaction.execute("set transaction isolation level repeatable read, read only; set local statement_timeout = "
                + atMost.toMillis() + "; set local plan_cache_mode = force_custom_plan; set local jit = off");
    }

    /** Cuts off each statement of the transaction just begun after {@code atMost}, and plans it for what it asks. It alone is told. */
    public static void hurry(Handle transaction, Duration atMost) {
        transaction.execute("set local statement_timeout = " + atMost.toMillis()
                + "; set local plan_cache_mode = force_custom_plan; set local jit = off");
    }

    private static Jdbi configured(Jdbi jdbi) {
        return jdbi.registerArrayType(Integer.class, "int4")
                .registerArrayType(Long.class, "int8")
                .registerArrayType(UUID.class, "uuid")
                .registerArrayType(String.class, "text")
                .registerArrayType(byte[].class, "bytea");
    }

    /** Has each statement of the transaction give up when it has waited so long for a lock. */
    public static void waitForLocks(Handle transaction, Duration atMost) {
        transaction.execute("set local lock_timeout = " + atMost.toMillis());
    }
}
