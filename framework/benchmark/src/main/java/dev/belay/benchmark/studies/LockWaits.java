package dev.belay.benchmark.studies;

import dev.belay.benchmark.Place;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Watches, a few hundred times a second, how long the sessions of one application wait for locks, and for whose. */
final class LockWaits implements AutoCloseable {
    private static final long PAUSE_MS = 3;

    private final Connection connection;
    private final String application;
    private final Thread thread = new Thread(this::watch, "lock-waits");
    private final Map<String, Double> longest = new TreeMap<>();
    private double longestForOthers;
    private @Nullable SQLException failure;
    private volatile boolean closed;

    LockWaits(Place place, String database, String application) throws SQLException {
        this.connection = DriverManager.getConnection(place.database(database));
        this.application = application;
        thread.start();
    }

    /**
     * The longest waits seen, in milliseconds; one shorter than the time between two looks may be missed.
     *
     * @param ofOthers for a session of another application
     * @param kinds of each kind of lock, for whomever
     */
    record Longest(double ofOthers, Map<String, Double> kinds) {
        @Override
        public String toString() {
            return String.format("for others %.1f, by kind %s", ofOthers, kinds);
        }
    }

    synchronized Longest longest() throws SQLException {
        if (failure != null) {
            throw failure;
        }
        return new Longest(longestForOthers, Map.copyOf(longest));
    }

    private void watch() {
        try (PreparedStatement anybody = connection.prepareStatement("""
                        select from pg_stat_activity
                         where application_name = ? and datname = current_database() and wait_event_type = 'Lock' limit 1""");
                PreparedStatement who = connection.prepareStatement("""
                        select l.locktype || coalesce(' ' || l.relation::regclass, ''),
                               extract(epoch from clock_timestamp() - l.waitstart) * 1000,
                               exists (select from pg_stat_activity b
                                        where b.pid = any(pg_blocking_pids(l.pid)) and b.application_name <> a.application_name
                                          and b.backend_type = 'client backend')
                          from pg_locks l join pg_stat_activity a on a.pid = l.pid
                         where not l.granted and l.waitstart is not null and a.application_name = ?
                           and a.datname = current_database()""")) {
            anybody.setString(1, application);
            who.setString(1, application);
            while (!closed) {
                boolean some;
                try (ResultSet rs = anybody.executeQuery()) {
                    some = rs.next();
                }
                if (some) {
                    look(who);
                }
                Thread.sleep(PAUSE_MS);
            }
        } catch (SQLException e) {
            synchronized (this) {
                failure = e;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look(PreparedStatement who) throws SQLException {
        try (ResultSet rs = who.executeQuery()) {
            while (rs.next()) {
                double millis = rs.getDouble(2);
                boolean others = rs.getBoolean(3);
                synchronized (this) {
                    longest.merge(rs.getString(1), Math.round(millis * 10) / 10.0, Math::max);
                    if (others) {
                        longestForOthers = Math.max(longestForOthers, millis);
                    }
                }
            }
        }
    }

    @Override
    public void close() throws SQLException, InterruptedException {
        closed = true;
        thread.join();
        connection.close();
    }
}
