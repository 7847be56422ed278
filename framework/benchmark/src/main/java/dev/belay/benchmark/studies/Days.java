package dev.belay.benchmark.studies;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.Purged;
import dev.belay.Retention;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Study;
import dev.belay.benchmark.studies.Traffic.Figures;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Whether partitions come and go without anybody waiting for it. */
@Command(
        name = "partitions",
        mixinStandardHelpOptions = true,
        description =
                "How long claims and advances wait for locks while days are made, filled, and dropped by the retention.")
public final class Days extends Study {
    private static final double MOST_MILLIS = 50;
    private static final long STOPPED_MILLIS = 200;
    private static final int DAYS_AGO = 400;
    private static final int SAGAS_OF_A_DAY = 1_000;
    private static final Duration KEPT = Duration.ofDays(2);
    private static final String DATABASE = "partitions";

    @Option(names = "--seconds", defaultValue = "60", description = "Of each phase (${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--rounds",
            defaultValue = "3",
            description = "Phases with and without maintenance, in turn (${DEFAULT-VALUE}).")
    private int rounds;

    @Option(names = "--open", defaultValue = "500", description = "Sagas open at a time (${DEFAULT-VALUE}).")
    private int open;

    @Option(names = "--rate", defaultValue = "5000", description = "Steps a second at the most (${DEFAULT-VALUE}).")
    private double rate;

    private long cycles;

    @Override
    protected boolean run(Place place) throws Exception {
        try (Traffic traffic = new Traffic(place, DATABASE, open);
                HikariDataSource pool = place.pool(DATABASE, 4);
                Belay keeper = Belay.on(pool).open()) {
            traffic.startWorker();
            traffic.begin(rate);
            Thread.sleep(10_000);
            say("%s %12s", Figures.heading(), "longest wait for a lock, ms");
            double seen = phase(place, traffic, "stopped 0.2 s", () -> stopEverybody(pool));
            double worst = 0;
            for (int round = 1; round <= rounds; round++) {
                phase(place, traffic, "alone " + round, null);
                worst = Math.max(worst, phase(place, traffic, "maintained " + round, () -> maintain(pool, keeper)));
            }
            boolean all = traffic.end();
            say("All sagas completed: %s; days made and dropped: %d", all ? "yes" : "NO", cycles);
            boolean holds = worst <= MOST_MILLIS && cycles >= rounds && seen >= STOPPED_MILLIS / 2.0;
            if (seen < STOPPED_MILLIS / 2.0) {
                say("The table was locked for %d ms and the wait was not seen: the watch is broken.", STOPPED_MILLIS);
            }
            say(
                    "The longest wait of a worker for a lock of the maintenance was %.1f ms, at most %.0f is promised: %s",
                    worst, MOST_MILLIS, holds ? "holds" : "DOES NOT HOLD");
            return all && holds;
        }
    }

    private interface Act {
        void run() throws Exception;
    }

    /** Returns the longest wait for what maintenance held or asked for. */
    private double phase(Place place, Traffic traffic, String name, @Nullable Act maintenance) throws Exception {
        AtomicReference<Exception> failure = new AtomicReference<>();
        try (LockWaits waits = new LockWaits(place, DATABASE, Traffic.NAME)) {
            Traffic.Window window = traffic.window();
            long until = System.nanoTime() + seconds * 1_000_000_000L;
            Thread thread = new Thread(
                    () -> {
                        try {
                            while (maintenance != null && System.nanoTime() < until) {
                                maintenance.run();
                            }
                        } catch (Exception e) {
                            failure.set(e);
                        }
                    },
                    "maintenance");
            thread.start();
            thread.join();
            Thread.sleep(Math.max(0, (until - System.nanoTime()) / 1_000_000));
            Figures figures = window.close();
            LockWaits.Longest longest = waits.longest();
            say("%s %s", figures.line(name), longest);
            Exception failed = failure.get();
            if (failed != null) {
                throw failed;
            }
            return longest.ofOthers();
        }
    }

    /** Shows that a wait would be seen. */
    private static void stopEverybody(HikariDataSource pool) throws Exception {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("lock table belay.job in access exclusive mode");
            Thread.sleep(STOPPED_MILLIS);
            connection.rollback();
            connection.setAutoCommit(true);
        }
        Thread.sleep(1_000);
    }

    /** Makes a day of long ago, fills it, and lets it go. */
    private void maintain(HikariDataSource pool, Belay keeper) throws SQLException {
        LocalDate day = LocalDate.now(ZoneOffset.UTC).minusDays(DAYS_AGO - cycles % 100);
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            Flat.finished(statement, day, SAGAS_OF_A_DAY);
        }
        Purged purged = keeper.purge(Retention.of(KEPT));
        if (!purged.days().contains(day)) {
            throw new IllegalStateException("The day " + day + " did not go: " + purged);
        }
        cycles++;
    }
}
