package dev.belay.benchmark.studies;

import dev.belay.Belay;
import dev.belay.SagaDefinition;
import dev.belay.Worker;
import dev.belay.benchmark.Latency;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Study;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What it costs to be connected in other ways than directly by a pool of the usual size. */
@Command(
        name = "poolers",
        mixinStandardHelpOptions = true,
        description = "What a small pool, no NOTIFY, and PgBouncer in transaction mode cost.")
public final class Poolers extends Study {
    private static final String DIRECT = "direct";

    @Option(names = "--sagas", defaultValue = "2000", description = "Sagas of 10 steps in a round (${DEFAULT-VALUE}).")
    private int sagas;

    @Option(names = "--rounds", defaultValue = "5", description = "Counted rounds (${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--warm-up",
            defaultValue = "5",
            description = "Rounds before them, in each of the ways (${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--starts",
            defaultValue = "100",
            description = "Starts from another process in each (${DEFAULT-VALUE}).")
    private int starts;

    private final SagaDefinition<Integer, Void> chain = Sagas.chain(n -> {});
    private double usual;

    @Override
    protected boolean run(Place place) throws Exception {
        Setup direct = Setup.usual(place.database(DIRECT)).connections(16);
        boolean all = tell(DIRECT, direct);
        all &= tell(
                "4 connections, 1 lane, no NOTIFY",
                Setup.usual(place.database("four")).connections(4).lanes(1).withoutNotifications());
        all &= tell(
                "no NOTIFY",
                Setup.usual(place.database("no-notify")).connections(16).withoutNotifications());
        Optional<Path> program = PgBouncer.program();
        if (program.isEmpty()) {
            say("PgBouncer was not asked: there is no pgbouncer on the PATH.");
        } else {
            place.database("pooled");
            try (PgBouncer pgbouncer = PgBouncer.start(program.get(), place, 16)) {
                Setup through =
                        Setup.usual(pgbouncer.url("pooled")).connections(16).withoutNotifications();
                all &= tell("PgBouncer in transaction mode, no NOTIFY, " + pgbouncer.told(), through);
            }
        }
        say(all ? "All sagas completed, however connected." : "NOT all sagas completed.");
        return all;
    }

    private boolean tell(String name, Setup setup) throws Exception {
        List<Double> rates = new ArrayList<>();
        boolean completed;
        try (var pool = setup.pool();
                Belay belay = Belay.on(pool).with(chain).open();
                Worker worker = belay.worker(setup.options())) {
            worker.start();
            for (int i = 0; i < warmUp + rounds; i++) {
                long from = System.nanoTime();
                belay.startAll(chain, Collections.nCopies(sagas, 0));
                while (Rows.count(pool, "select exists (select from belay.job)::int") > 0) {
                    Thread.sleep(2);
                }
                if (i >= warmUp) {
                    rates.add(sagas * Sagas.STEPS / ((System.nanoTime() - from) / 1e9));
                }
            }
            completed = Rows.count(pool, "select count(*) from belay.saga where state <> 'COMPLETED'") == 0
                    && Rows.count(pool, "select count(*) from belay.saga") == (long) sagas * (warmUp + rounds);
        }
        Collections.sort(rates);
        double rate = rates.get(rates.size() / 2);
        usual = usual == 0 ? rate : usual;
        Latency latency = Across.measure(name, setup, setup, starts);
        say(
                "%n%s: %,.0f steps/s (%.2f of direct), %s%n  from a start in another process until the step runs: p50 %.1f ms, p99 %.1f ms over %d starts",
                name,
                rate,
                rate / usual,
                completed ? "all completed" : "NOT all completed",
                latency.p50Ms(),
                latency.p99Ms(),
                latency.starts());
        return completed;
    }
}
