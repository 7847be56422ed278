package dev.belay.benchmark;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Opens a pool's connections and remembers them, so that their sessions can be told to report their counters. A session that falls idle
 * keeps the counters of its last second to itself for ten more.
 */
final class Sessions extends PGSimpleDataSource {
    private static final long serialVersionUID = 1;

    private static final long UNTIL_AT_REST_MS = 1_200;

    /**
     * Those that somebody keeps but has not used for a second, and so is not about to begin a transaction on. One that listens is left alone:
     * who waits for notifications keeps the connection locked.
     */
    private static final String AT_REST = """
            select pid from pg_stat_activity
            where datname = current_database() and state = 'idle' and query not ilike 'listen%'
              and state_change between now() - interval '13 seconds' and now() - interval '1 second'""";

    private final transient List<Connection> opened = new CopyOnWriteArrayList<>();

    Sessions(String url) {
        setUrl(url);
    }

    /** The sessions of {@code pool}, which opens its connections here. */
    static Sessions of(HikariDataSource pool) {
        return (Sessions) pool.getDataSource();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        Connection connection = super.getConnection(user, password);
        opened.add(connection);
        return connection;
    }

    /** Brings all sessions to report and returns how many commits that took: the pool tests each connection that it hands out. Takes a second. */
    int report(HikariDataSource pool) throws SQLException, InterruptedException {
        Thread.sleep(UNTIL_AT_REST_MS);
        opened.removeIf(Sessions::isClosed);
        List<Connection> taken = new ArrayList<>();
        try {
            do {
                Connection session = pool.getConnection();
                taken.add(session);
                tell(session);
            } while (pool.getHikariPoolMXBean().getIdleConnections() > 0);
            reportKept(taken);
            return taken.size() + 1;
        } finally {
            for (Connection session : taken) {
                session.close();
            }
        }
    }

    private void reportKept(List<Connection> taken) throws SQLException {
        Set<Integer> kept = new HashSet<>();
        try (Statement statement = taken.get(0).createStatement();
                ResultSet rs = statement.executeQuery(AT_REST)) {
            while (rs.next()) {
                kept.add(rs.getInt(1));
            }
        }
        for (Connection session : taken) {
            kept.remove(pid(session));
        }
        for (Connection session : opened) {
            if (kept.contains(pid(session))) {
                tell(session);
            }
        }
    }

    private static int pid(Connection session) throws SQLException {
        return session.unwrap(PGConnection.class).getBackendPID();
    }

    /** Rolls back, because commits are counted; reads a table, because who has read none reports nothing. */
    private static void tell(Connection session) throws SQLException {
        try (Statement statement = session.createStatement()) {
            statement.execute("begin; select pg_stat_force_next_flush() from pg_database limit 1; rollback");
        }
    }

    private static boolean isClosed(Connection connection) {
        try {
            return connection.isClosed();
        } catch (SQLException e) {
            return true;
        }
    }
}
