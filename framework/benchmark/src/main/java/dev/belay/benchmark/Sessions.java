package dev.belay.benchmark;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Opens connections and remembers them, so that their sessions can be told to report their counters. A session that falls idle keeps the
 * counters of its last second to itself for ten more, and many stay with those who took them from the pool.
 */
final class Sessions extends PGSimpleDataSource {
    private static final long serialVersionUID = 1;

    /** Those that worked lately; one that listens cannot be told while it does, and has little to report. */
    private static final String UNREPORTED = """
            select pid from pg_stat_activity
            where datname = current_database() and query not ilike 'listen%'
              and (state = 'idle' and state_change > now() - interval '11 seconds' or pid = pg_backend_pid())""";

    private final transient List<Connection> opened = new CopyOnWriteArrayList<>();

    Sessions(String url) {
        setUrl(url);
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        Connection connection = super.getConnection(user, password);
        opened.add(connection);
        return connection;
    }

    /** Brings all sessions to report, as seen by {@code observer}, and returns how many transactions that took. */
    int report(Connection observer) throws SQLException {
        Set<Integer> unreported = new HashSet<>();
        try (Statement statement = observer.createStatement();
                ResultSet rs = statement.executeQuery(UNREPORTED)) {
            while (rs.next()) {
                unreported.add(rs.getInt(1));
            }
        }
        int told = 0;
        for (Connection connection : opened) {
            if (connection.isClosed()) {
                opened.remove(connection);
            } else if (unreported.contains(connection.unwrap(PGConnection.class).getBackendPID())) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("select pg_stat_force_next_flush()");
                }
                told++;
            }
        }
        return told;
    }
}
