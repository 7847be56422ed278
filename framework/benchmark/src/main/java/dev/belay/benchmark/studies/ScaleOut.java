package dev.belay.benchmark.studies;

import dev.belay.Belay;
import dev.belay.SagaDefinition;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Study;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What becomes of the sum when more and more processes work on one server. */
@Command(
        name = "scale-out",
        mixinStandardHelpOptions = true,
        description =
                "How many steps a second some worker processes do together, the more of them the same backlog has.")
public final class ScaleOut extends Study {
    private static final int PUT_AT_ONCE = 2_000;
    private static final double MOST_LOST = 0.1;

    @Option(names = "--sagas", defaultValue = "40000", description = "Sagas of 10 steps (${DEFAULT-VALUE}).")
    private int sagas;

    @Option(
            names = "--warm-up",
            defaultValue = "5000",
            description = "Sagas of 10 steps for each process, before they are measured (${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(names = "--workers", split = ",", defaultValue = "1,2,4,8", description = "Processes (${DEFAULT-VALUE}).")
    private List<Integer> workers = List.of();

    @Option(
            names = "--waits",
            description = "Also tells what the server's processes wait for meanwhile; looking costs some of the rate.")
    private boolean waits;

    private final SagaDefinition<Integer, Void> chain = Sagas.chain(n -> {});

    @Override
    protected boolean run(Place place) throws Exception {
        double best = 0;
        boolean keeps = true;
        for (int number : workers) {
            Round round = round(place, number);
            boolean fell = round.rate < best * (1 - MOST_LOST);
            say(
                    "%d %s: %,.0f steps/s together%s; %s",
                    number,
                    number == 1 ? "worker process" : "worker processes",
                    round.rate,
                    best == 0 ? "" : String.format(" (%.2f of the best of fewer)", round.rate / best),
                    round.verdict);
            round.waits.forEach((what, times) -> say("    %5d  %s", times, what));
            keeps &= !fell && round.once;
            best = Math.max(best, round.rate);
        }
        say(keeps ? "The sum does not fall by more than 10 %%, and each step was done once." : "It does NOT hold.");
        return keeps;
    }

    private record Round(double rate, boolean once, String verdict, Map<String, Integer> waits) {}

    private Round round(Place place, int number) throws Exception {
        Setup setup = Setup.usual(place.database("scale-out-" + number));
        List<Child> processes = new ArrayList<>();
        try (var pool = setup.pool();
                Belay belay = Belay.on(pool).with(chain, Sagas.single(n -> {})).open();
                Connection connection = pool.getConnection()) {
            for (int i = 0; i < number; i++) {
                processes.add(Child.start(WorkerMain.class, setup.words()));
            }
            for (Child process : processes) {
                process.hear();
            }
            work(belay, connection, warmUp * number, new TreeMap<>());
            Map<String, Integer> seen = new TreeMap<>();
            double seconds = work(belay, connection, sagas, seen);
            return judged(connection, number, seconds, seen);
        } finally {
            processes.forEach(Child::close);
        }
    }

    /** All of it lies there before any of it is claimed, so that starting is not measured. Returns the seconds. */
    private double work(Belay belay, Connection connection, int backlog, Map<String, Integer> seen) throws Exception {
        belay.queue("default").pause("benchmark", "All begin together.");
        for (int left = backlog; left > 0; left -= PUT_AT_ONCE) {
            belay.startAll(chain, Collections.nCopies(Math.min(left, PUT_AT_ONCE), 0));
        }
        long from = System.nanoTime();
        belay.queue("default").resume("benchmark", "All begin.");
        while (Rows.count(connection, "select exists (select from belay.job)::int") > 0) {
            if (waits) {
                look(connection, seen);
            }
            Thread.sleep(20);
        }
        return (System.nanoTime() - from) / 1e9;
    }

    private Round judged(Connection connection, int number, double seconds, Map<String, Integer> seen)
            throws SQLException {
        long started = sagas + (long) warmUp * number;
        long done = Rows.count(
                connection,
                "select count(*) from belay.journal where kind = 'A' and direction = '+' and outcome = 'S'");
        long steps = Rows.count(connection, """
                        select count(*) from (select distinct saga_id, branch, seq from belay.journal
                                               where kind = 'A' and direction = '+' and outcome = 'S') each""");
        long other = Rows.count(
                connection, "select count(*) from belay.journal where kind = 'Z' or (kind = 'A' and outcome <> 'S')");
        long idle =
                number - Rows.count(connection, "select count(distinct worker) from belay.journal where kind = 'A'");
        boolean once = done == started * Sagas.STEPS && steps == done && other == 0 && idle == 0;
        return new Round(
                (double) sagas * Sagas.STEPS / seconds,
                once,
                once
                        ? "each step done once, nothing rescued, everybody worked"
                        : String.format(
                                "WRONG: %,d successes of %,d steps done and %,d started, %,d lost or late, %d without work",
                                done, steps, started * Sagas.STEPS, other, idle),
                seen);
    }

    private static void look(Connection connection, Map<String, Integer> seen) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rs = statement.executeQuery("""
                        select coalesce(wait_event_type || ' ' || wait_event, 'runs') || ': ' || left(split_part(ltrim(query), E'\\n', 1), 40), count(*)
                          from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() group by 1""")) {
            while (rs.next()) {
                seen.merge(rs.getString(1), rs.getInt(2), Integer::sum);
            }
        }
    }
}
