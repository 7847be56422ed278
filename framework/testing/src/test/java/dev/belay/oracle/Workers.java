package dev.belay.oracle;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.SagaDefinition;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.embedded.LocalPostgres;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jdbi.v3.core.Jdbi;

/**
 * The workers of a kit: two side by side that live long, and of which one may lose its lease; or one with connections of its own, to
 * be killed. A watchman, which works for nobody, takes over what they leave.
 */
final class Workers implements AutoCloseable {
    private static final List<String> SIDE_BY_SIDE = List.of("one", "other");
    private static final Duration LONG = Duration.ofMinutes(1);

    private final SagaKit kit;
    private final Jdbi jdbi;
    private final HikariDataSource pool;
    private final Belay watching;
    private final Worker watchman;
    private final List<Worker> sideBySide = new ArrayList<>();
    private SagaDefinition<?, ?>[] definitions = {};
    private boolean mortal = true;
    private Belay belay;

    Workers(SagaKit kit) {
        this.kit = kit.workerOptions(
                options -> options.lease(LONG).poll(Duration.ofMillis(20)).lanes(1));
        jdbi = Jdbi.create(kit.dataSource());
        HikariConfig config = new HikariConfig();
        config.setDataSource(LocalPostgres.shared().dataSource());
        config.setMinimumIdle(0);
        config.setMaximumPoolSize(20);
        pool = new HikariDataSource(config);
        belay = kit.belay();
        watching = Belay.on(kit.dataSource())
                .schema(kit.schema())
                .withoutMigrating()
                .open();
        // A worker may take over once it has been up for a whole lease.
        watchman = watching.worker(options("watchman", "nothing", Duration.ofMillis(60), Duration.ofSeconds(2)))
                .start();
    }

    /** Long between polls: these workers are woken, so that none claims before it knows that it has lost its lease. */
    private static WorkerOptions options(String name, String queue, Duration heartbeat, Duration lease) {
        return new WorkerOptions(
                name, List.of(queue), 4, false, heartbeat, lease, LONG, false, 1, 1, Duration.ofSeconds(30));
    }

    /** Stops those there are, and starts others with this code; {@code killable} says of which kind. */
    void deploy(SagaDefinition<?, ?>[] code, boolean killable) {
        stop();
        definitions = code;
        mortal = killable;
        start();
    }

    void redeploy() {
        deploy(definitions, mortal);
    }

    private void start() {
        if (mortal) {
            belay = kit.open(definitions).startWorker().belay();
            return;
        }
        belay = Belay.on(pool)
                .schema(kit.schema())
                .withoutMigrating()
                .with(List.of(definitions))
                .open();
        for (String name : SIDE_BY_SIDE) {
            sideBySide.add(belay.worker(options(name, "default", Duration.ofMillis(150), LONG))
                    .start());
        }
    }

    private void stop() {
        kit.stopWorkers();
        sideBySide.forEach(Worker::close);
        sideBySide.clear();
        if (!mortal) {
            belay.close();
        }
    }

    /** The engine beside the workers, which wakes them. */
    Belay belay() {
        return belay;
    }

    /** Kills the worker. */
    void kill() {
        kit.crashWorker();
    }

    void startAnother() {
        kit.startWorker();
    }

    /** Takes the lease from one of the two, and returns once its jobs are free. */
    void loseLease(long incarnation) {
        Worker loser = sideBySide.stream()
                .filter(worker -> worker.incarnation() == incarnation)
                .findFirst()
                .orElseThrow();
        jdbi.useHandle(
                handle -> handle.execute("delete from %s.worker where id = ?".formatted(kit.schema()), incarnation));
        while (loser.incarnation() == incarnation) {
            LockSupport.parkNanos(1_000_000);
        }
        // The watchman looks for jobs of the dead when it finds a lease that is over.
        jdbi.useHandle(handle -> handle.execute("""
                insert into %s.worker (id, name, started_at, seen_at, expires_at)
                select ?, 'dead', at, at, at from (select clock_timestamp()) as t(at)""".formatted(kit.schema()), -incarnation));
        while (isOwner(incarnation)) {
            LockSupport.parkNanos(1_000_000);
        }
        belay.wake();
    }

    private boolean isOwner(long incarnation) {
        return jdbi.withHandle(
                handle -> handle.select("select from %s.job where owner = ?".formatted(kit.schema()), incarnation)
                        .map((rs, context) -> true)
                        .findFirst()
                        .isPresent());
    }

    @Override
    public void close() {
        stop();
        watchman.close();
        watching.close();
        pool.close();
    }
}
