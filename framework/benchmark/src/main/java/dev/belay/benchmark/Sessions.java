package dev.belay.benchmark;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Opens connections and remembers them, so that their sessions can be told to report their counters. A session that falls idle keeps the
 * counters of its last second to itself for ten more, and many stay with those who took them from the pool.
 */
final class Sessions extends PGSimpleDataSource {
    private static final long serialVersionUID = 1;

    /** Those that worked lately, but for those that listen: who waits for notifications keeps the connection locked. */
    private static final String UNREPORTED = """
            select pid from pg_stat_activity
            where datname = current_database() and query not ilike 'listen%'
              and (state = 'idle' and state_change > now() - interval '11 seconds' or pid = pg_backend_pid())""";

    /** For those that were found before they began to listen. */
    private static final long LONGEST_MS = 1_000;

    private static final ExecutorService TELLERS = Executors.newCachedThreadPool(told -> {
        Thread thread = new Thread(told, "bench-teller");
        thread.setDaemon(true);
        return thread;
    });

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
    int report(Connection observer) throws SQLException, InterruptedException {
        opened.removeIf(Sessions::isClosed);
        Set<Integer> unreported = unreported(observer);
        List<Callable<Boolean>> tells = new ArrayList<>();
        for (Connection connection : opened) {
            if (unreported.contains(connection.unwrap(PGConnection.class).getBackendPID())) {
                tells.add(() -> tell(connection));
            }
        }
        return (int) TELLERS.invokeAll(tells, LONGEST_MS, TimeUnit.MILLISECONDS).stream()
                .filter(told -> !told.isCancelled())
                .count();
    }

    private static Set<Integer> unreported(Connection observer) throws SQLException {
        Set<Integer> unreported = new HashSet<>();
        try (Statement statement = observer.createStatement();
                ResultSet rs = statement.executeQuery(UNREPORTED)) {
            while (rs.next()) {
                unreported.add(rs.getInt(1));
            }
        }
        return unreported;
    }

    private static boolean tell(Connection session) throws SQLException {
        try (Statement statement = session.createStatement()) {
            return statement.execute("select pg_stat_force_next_flush()");
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
