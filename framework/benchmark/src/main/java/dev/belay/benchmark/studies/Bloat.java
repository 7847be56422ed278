package dev.belay.benchmark.studies;

import dev.belay.benchmark.Place;
import dev.belay.benchmark.Study;
import dev.belay.benchmark.studies.Traffic.Figures;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Whether the tables that are written over and over stay small. */
@Command(
        name = "bloat",
        mixinStandardHelpOptions = true,
        description = "How big tables and indexes become while a load goes on, and whether the hot ones stop growing.")
public final class Bloat extends Study {
    private static final double MOST_GROWTH = 1.25;
    /** What a heap-only chain, its fillfactor and the entries of all indexes take for a row that is open, generously. */
    private static final long BYTES_FOR_EACH_OPEN = 16 * 1024;

    private static final long BYTES_BESIDE = 16 << 20;

    @Option(names = "--minutes", defaultValue = "30", description = "How long the load goes on (${DEFAULT-VALUE}).")
    private double minutes;

    @Option(names = "--every", defaultValue = "30", description = "Seconds between two looks (${DEFAULT-VALUE}).")
    private int every;

    @Option(names = "--open", defaultValue = "2000", description = "Sagas open at a time (${DEFAULT-VALUE}).")
    private int open;

    @Option(names = "--rate", defaultValue = "1e9", description = "Steps a second at the most (no limit).")
    private double rate;

    private record Sizes(
            long job,
            long jobIndexes,
            long beside,
            long saga,
            long journal,
            long stats,
            long dead,
            long updates,
            long hot) {
        long hotTables() {
            return job + jobIndexes + beside;
        }
    }

    @Override
    protected boolean run(Place place) throws Exception {
        try (Traffic traffic = new Traffic(place, "bloat", open)) {
            Sizes before = sizes(traffic);
            traffic.startWorker();
            traffic.begin(rate);
            say(
                    "%8s %9s %10s %10s %10s %10s %10s %10s %10s",
                    "second",
                    "steps/s",
                    "server us",
                    "job KB",
                    "its index",
                    "beside KB",
                    "dead rows",
                    "saga MB",
                    "journal MB");
            List<Sizes> looks = new ArrayList<>();
            double steps = 0;
            int times = (int) Math.max(3, minutes * 60 / every);
            for (int i = 1; i <= times; i++) {
                Traffic.Window window = traffic.window();
                Thread.sleep(every * 1000L);
                Figures figures = window.close();
                steps += figures.stepsPerSecond() * every;
                Sizes sizes = sizes(traffic);
                looks.add(sizes);
                say(
                        "%8d %,9.0f %10.1f %,10d %,10d %,10d %,10d %,10d %,10d",
                        i * every,
                        figures.stepsPerSecond(),
                        figures.serverMicros(),
                        sizes.job >> 10,
                        sizes.jobIndexes >> 10,
                        sizes.beside >> 10,
                        sizes.dead,
                        sizes.saga >> 20,
                        sizes.journal >> 20);
            }
            boolean all = traffic.end();
            say("All sagas completed: %s", all ? "yes" : "NO");
            Sizes after = looks.get(times - 1);
            say(
                    "By design grow: journal %.0f B a step, saga %.0f B a step, counts by the minute %.2f B a step (indexes included)",
                    (after.journal - before.journal) / steps,
                    (after.saga - before.saga) / steps,
                    (after.stats - before.stats) / steps);
            say("Updates of job that stayed heap-only: %.0f %%", 100.0 * after.hot / Math.max(1, after.updates));
            return all & bounded(looks);
        }
    }

    private boolean bounded(List<Sizes> looks) {
        int third = looks.size() / 3;
        long middle = largest(looks.subList(third, 2 * third));
        long last = largest(looks.subList(2 * third, looks.size()));
        long bound = open * BYTES_FOR_EACH_OPEN + BYTES_BESIDE;
        boolean bounded = last <= MOST_GROWTH * middle && last <= bound;
        say(
                "Hot tables and their indexes: %,d KB at the most in the middle third, %,d KB in the last (x%.2f, at most %.2f;"
                        + " at most %,d KB for %,d open sagas): %s",
                middle >> 10,
                last >> 10,
                (double) last / middle,
                MOST_GROWTH,
                bound >> 10,
                open,
                bounded ? "holds" : "DOES NOT HOLD");
        return bounded;
    }

    private static long largest(List<Sizes> looks) {
        return looks.stream().mapToLong(Sizes::hotTables).max().orElseThrow();
    }

    private static Sizes sizes(Traffic traffic) throws SQLException {
        try (Connection connection = traffic.pool().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rs = statement.executeQuery("""
                        select pg_table_size('belay.job'), pg_indexes_size('belay.job'),
                               (select sum(pg_total_relation_size(oid)) from pg_class
                                 where relnamespace = 'belay'::regnamespace and relkind = 'r'
                                   and relname in ('worker', 'saga_key', 'saga_lock', 'limit_slot', 'message', 'wake_up', 'outbox',
                                                   'control', 'plan')),
                               (select sum(pg_total_relation_size(relid)) from pg_partition_tree('belay.saga') where isleaf),
                               (select sum(pg_total_relation_size(relid)) from pg_partition_tree('belay.journal') where isleaf),
                               pg_total_relation_size('belay.stat_minute'), n_dead_tup, n_tup_upd, n_tup_hot_upd
                          from pg_stat_user_tables where relid = 'belay.job'::regclass""")) {
            rs.next();
            return new Sizes(
                    rs.getLong(1),
                    rs.getLong(2),
                    rs.getLong(3),
                    rs.getLong(4),
                    rs.getLong(5),
                    rs.getLong(6),
                    rs.getLong(7),
                    rs.getLong(8),
                    rs.getLong(9));
        }
    }
}
