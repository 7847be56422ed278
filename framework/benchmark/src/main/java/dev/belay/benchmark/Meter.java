package dev.belay.benchmark;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** Measures what a piece of work costs: by the clock, and by the server's own counters. */
final class Meter {
    private final DataSource dataSource;

    Meter(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** A piece of work. */
    @FunctionalInterface
    interface Work {
        void run() throws Exception;
    }

    private record Counters(long walBytes, long commits, long rows) {}

    Measured measure(String workload, String system, int steps, Work work) throws Exception {
        Counters before = counters();
        long from = System.nanoTime();
        work.run();
        double seconds = (System.nanoTime() - from) / 1e9;
        Counters after = counters();
        return new Measured(
                workload,
                system,
                seconds * 1000 / steps,
                steps / seconds,
                (double) (after.commits - before.commits) / steps,
                (double) (after.rows - before.rows) / steps,
                (double) (after.walBytes - before.walBytes) / steps);
    }

    /** Sessions report their counters at most once a second; they are given the time. */
    private Counters counters() throws SQLException, InterruptedException {
        Thread.sleep(1_500);
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rs = statement.executeQuery("""
                        select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint, xact_commit,
                               tup_inserted + tup_updated + tup_deleted
                        from pg_stat_database where datname = current_database()""")) {
            rs.next();
            return new Counters(rs.getLong(1), rs.getLong(2), rs.getLong(3));
        }
    }
}
