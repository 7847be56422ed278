package dev.belay.benchmark.studies;

import dev.belay.benchmark.Place;
import dev.belay.benchmark.Study;
import dev.belay.benchmark.studies.Traffic.Figures;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Whether a report that runs for minutes beside the work makes claims and advances dearer. */
@Command(
        name = "snapshot",
        mixinStandardHelpOptions = true,
        description =
                "What a step costs while somebody's transaction holds a snapshot open, beside what it cost before.")
public final class Snapshot extends Study {
    private static final double MOST = 1.10;
    private static final String DATABASE = "snapshot";

    @Option(names = "--minutes", defaultValue = "3", description = "How long the snapshot is held (${DEFAULT-VALUE}).")
    private double minutes;

    @Option(
            names = "--window",
            defaultValue = "30",
            description = "Seconds of each measurement; twice as many before (${DEFAULT-VALUE}).")
    private int window;

    @Option(
            names = "--warm-up",
            defaultValue = "60",
            description = "Seconds of load before it counts (${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(names = "--open", defaultValue = "2000", description = "Sagas open at a time (${DEFAULT-VALUE}).")
    private int open;

    @Option(names = "--rate", defaultValue = "1e9", description = "Steps a second at the most (no limit).")
    private double rate;

    @Override
    protected boolean run(Place place) throws Exception {
        try (Traffic traffic = new Traffic(place, DATABASE, open)) {
            traffic.startWorker();
            traffic.begin(rate);
            Thread.sleep(warmUp * 1000L);
            say("%s", Figures.heading());
            Figures before = measure(traffic, 2 * window);
            say("%s", before.line("before"));
            double worst = 0;
            try (Connection holder = DriverManager.getConnection(place.database(DATABASE));
                    Statement statement = holder.createStatement()) {
                // A snapshot holds back what may be cleaned in its own database only, and not in another.
                holder.setAutoCommit(false);
                holder.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                statement.execute("select count(*) from belay.plan");
                for (int from = 0; from < minutes * 60; from += window) {
                    Figures held = measure(traffic, window);
                    double ratio = held.cost() / before.cost();
                    worst = Math.max(worst, ratio);
                    say("%s  x%.2f", held.line("held " + (from + window) + " s"), ratio);
                }
                holder.rollback();
            }
            for (int i = 1; i <= 2; i++) {
                Figures after = measure(traffic, window);
                say("%s  x%.2f", after.line("after " + i * window + " s"), after.cost() / before.cost());
            }
            boolean all = traffic.end();
            say("All sagas completed: %s", all ? "yes" : "NO");
            say(
                    "A step cost at most %.2f times as much with the snapshot as before: %s (at most %.2f is promised)",
                    worst, worst <= MOST ? "holds" : "DOES NOT HOLD", MOST);
            return all && worst <= MOST;
        }
    }

    private static Figures measure(Traffic traffic, int seconds) throws Exception {
        Traffic.Window watched = traffic.window();
        Thread.sleep(seconds * 1000L);
        return watched.close();
    }
}
