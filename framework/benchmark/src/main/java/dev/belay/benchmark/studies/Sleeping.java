package dev.belay.benchmark.studies;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.Worker;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Study;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Very many sagas asleep: what they cost whoever is awake. */
@Command(
        name = "sleeping",
        mixinStandardHelpOptions = true,
        description = "What very many sagas that sleep cost the worker, the server, and the sagas that do not sleep.")
public final class Sleeping extends Study {
    private static final int PUT_AT_ONCE = 2_000;
    private static final double MOST = 1.1;
    /** Below that a difference of processor time is noise, in parts of a core. */
    private static final double NOISE = 0.005;

    @Option(names = "--asleep", defaultValue = "1000000", description = "Sagas asleep (${DEFAULT-VALUE}).")
    private int asleep;

    @Option(
            names = "--seconds",
            defaultValue = "60",
            description = "How long the idle worker is watched (${DEFAULT-VALUE}).")
    private int seconds;

    @Option(names = "--sagas", defaultValue = "2000", description = "Sagas of 10 steps in a round (${DEFAULT-VALUE}).")
    private int sagas;

    @Option(names = "--rounds", defaultValue = "9", description = "Counted rounds (${DEFAULT-VALUE}).")
    private int rounds;

    @Option(names = "--warm-up", defaultValue = "5", description = "Rounds before them (${DEFAULT-VALUE}).")
    private int warmUp;

    private final SagaDefinition<Integer, Void> chain = Sagas.chain(n -> {});

    private record Cost(double queries, double worker, double server) {}

    @Override
    protected boolean run(Place place) throws Exception {
        Setup awake = Setup.usual(place.database("awake")).connections(16);
        Setup among = Setup.usual(place.database("among")).connections(16);
        putToSleep(place, among);
        Cost without = idle(place, "awake", awake);
        Cost with = idle(place, "among", among);
        boolean still = with.queries <= MOST * without.queries
                && with.worker <= MOST * without.worker + NOISE
                && with.server <= MOST * without.server + NOISE;
        say(
                "an idle worker: %s%n  beside the sleepers: %s: %s",
                told(without), told(with), still ? "the same" : "MORE");
        boolean quick = rates(awake, among);
        return still && quick;
    }

    private static String told(Cost cost) {
        return String.format(
                "%.2f queries/s, %.2f %% of a core, the server %.2f %%",
                cost.queries, 100 * cost.worker, 100 * cost.server);
    }

    /** By the engine itself: each saga is started, claimed, and begins its sleep. */
    private void putToSleep(Place place, Setup setup) throws Exception {
        Saga<Integer> saga = Saga.define("sleep", Integer.class);
        saga.sleep("sleep", Duration.ofDays(30));
        SagaDefinition<Integer, Void> sleep = saga.returnsNothing();
        long from = System.nanoTime();
        try (HikariDataSource pool = setup.pool();
                Belay belay = Belay.on(pool).with(sleep).open();
                Worker worker = belay.worker(setup.options())) {
            worker.start();
            for (int left = asleep; left > 0; left -= PUT_AT_ONCE) {
                belay.startAll(sleep, Collections.nCopies(Math.min(left, PUT_AT_ONCE), 0));
                awaitAwake(pool, 5L * PUT_AT_ONCE);
            }
            awaitAwake(pool, 0);
            say(
                    "%,d sagas were started and put to sleep, %s in all, in %.0f s",
                    Rows.count(pool, "select count(*) from belay.job where state = 'W'"),
                    size(Rows.count(pool, "select pg_database_size(current_database())")),
                    (System.nanoTime() - from) / 1e9);
        }
        // As autovacuum would have left it after a while, so that it does not run while others are measured.
        try (var pool = setup.pool();
                var connection = pool.getConnection();
                var statement = connection.createStatement()) {
            statement.execute("vacuum (analyze)");
            statement.execute("checkpoint");
        }
    }

    private static void awaitAwake(HikariDataSource pool, long most) throws Exception {
        while (Rows.count(
                        pool,
                        "select count(*) from (select from belay.job where state in ('R', 'C') limit " + (most + 1)
                                + ") some")
                > most) {
            Thread.sleep(5);
        }
    }

    private static String size(long bytes) {
        return String.format("%,d MB", bytes >> 20);
    }

    private Cost idle(Place place, String database, Setup setup) throws Exception {
        Statements.logged(place, database);
        try (Child worker = Child.start(WorkerMain.class, setup.words())) {
            worker.hear();
            Thread.sleep(15_000);
            Statements statements = Statements.from(place);
            double cpu = worker.cpuSeconds();
            Optional<Double> server = ServerTime.seconds(place);
            Thread.sleep(seconds * 1000L);
            long asked =
                    statements.counted().stream().mapToLong(Map.Entry::getValue).sum();
            return new Cost(
                    asked / (double) seconds,
                    (worker.cpuSeconds() - cpu) / seconds,
                    (ServerTime.seconds(place).orElse(0.0) - server.orElse(0.0)) / seconds);
        } finally {
            Statements.notLogged(place, database);
        }
    }

    /** In turn, so that both meet the same machine. */
    private boolean rates(Setup awake, Setup among) throws Exception {
        List<Double> without = new ArrayList<>();
        List<Double> with = new ArrayList<>();
        try (HikariDataSource first = awake.pool();
                Belay alone = Belay.on(first).with(chain).open();
                Worker one = alone.worker(awake.options()).start();
                HikariDataSource second = among.pool();
                Belay beside = Belay.on(second).with(chain).open();
                Worker other = beside.worker(among.options()).start()) {
            for (int i = 0; i < warmUp + rounds; i++) {
                double alonesRate = round(alone, first);
                double besidesRate = round(beside, second);
                if (i >= warmUp) {
                    without.add(alonesRate);
                    with.add(besidesRate);
                }
            }
        }
        double usual = median(without);
        double now = median(with);
        boolean quick = now * MOST >= usual;
        say(
                "%,.0f steps/s, beside the sleepers %,.0f (%.2f of it): %s",
                usual, now, now / usual, quick ? "within 10 %" : "MORE than 10 % slower");
        return quick;
    }

    private double round(Belay belay, HikariDataSource pool) throws Exception {
        long from = System.nanoTime();
        belay.startAll(chain, Collections.nCopies(sagas, 0));
        awaitAwake(pool, 0);
        return sagas * Sagas.STEPS / ((System.nanoTime() - from) / 1e9);
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
