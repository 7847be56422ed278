package dev.belay.benchmark;

import com.sun.management.OperatingSystemMXBean;
import com.zaxxer.hikari.HikariDataSource;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Measures what a round costs: by the clock, by the server's own counters, and by the processor time of this process. */
final class Meter {
    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** @param asking commits that only served to read the counters */
    private record Counters(long walBytes, long commits, long rows, int asking) {}

    private Meter() {}

    static Measured measure(Contender contender, Load load) throws Exception {
        contender.prepare(load);
        Counters before = counters(contender);
        contender.awaitBegin(load);
        long cpuBefore = PROCESS.getProcessCpuTime();
        long from = System.nanoTime();
        contender.run(load);
        double seconds = (System.nanoTime() - from) / 1e9;
        long cpu = PROCESS.getProcessCpuTime() - cpuBefore;
        Counters after = counters(contender);
        double units = load.units();
        return new Measured(
                load.workload().label(),
                contender.name(),
                load.sagas(),
                seconds * 1000 / units,
                units / seconds,
                (after.commits - before.commits - after.asking) / units,
                (after.rows - before.rows) / units,
                (after.walBytes - before.walBytes) / units,
                contender.worksInThisProcess() ? cpu / 1000.0 / units : Double.NaN);
    }

    private static Counters counters(Contender contender) throws SQLException, InterruptedException {
        HikariDataSource pool = contender.dataSource().unwrap(HikariDataSource.class);
        int asking = Sessions.of(pool).report(pool) + 1;
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rs = statement.executeQuery("""
                        select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint, xact_commit,
                               tup_inserted + tup_updated + tup_deleted
                        from pg_stat_database where datname = current_database()""")) {
            rs.next();
            return new Counters(rs.getLong(1), rs.getLong(2), rs.getLong(3), asking);
        }
    }
}
