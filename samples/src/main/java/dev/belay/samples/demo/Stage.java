package dev.belay.samples.demo;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.dashboard.Dashboard;
import dev.belay.dashboard.server.DashboardServer;
import dev.belay.embedded.LocalPostgres;
import dev.belay.samples.model.ModelServerControl;
import dev.belay.samples.model.ModelServerProcess;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What the demo runs on: a PostgreSQL, a model server and two workers, each a process of its own, and the application's
 * view of them. Everything ends with {@link #close()}, and when this process ends in any other way.
 */
final class Stage implements AutoCloseable {

    private static final Duration MODEL_LATENCY = Duration.ofMillis(15);
    private static final int WORKERS = 2;

    private final Path folder;
    private final WorkerRuntime runtime;
    private final FileChannel lock;
    private final LocalPostgres postgres;
    private final HikariDataSource pool;
    private final ModelServerProcess modelServer;
    private final Signals signals;
    private final DemoSagas sagas;
    private final Belay belay;
    private final Dashboard dashboard;
    private final DashboardServer dashboardServer;
    private final List<WorkerProcess> workers = new CopyOnWriteArrayList<>();
    private int workersStarted;

    private Stage(Path folder, FileChannel lock, WorkerRuntime runtime, Console console)
            throws IOException, SQLException {
        this.folder = folder;
        this.lock = lock;
        this.runtime = runtime;
        console.progress("PostgreSQL starts in %s", folder.resolve("postgres"));
        postgres = LocalPostgres.in(folder.resolve("postgres")).durable(true).start();
        var config = new HikariConfig();
        config.setJdbcUrl(postgres.url());
        pool = new HikariDataSource(config);
        var settings = postgres.settings();
        console.progress("PostgreSQL " + settings.get("server_version") + " on port " + postgres.port() + ", fsync "
                + settings.get("fsync") + ", synchronous_commit " + settings.get("synchronous_commit"));
        forgetEarlierDemo();
        modelServer = ModelServerProcess.start(ledger(), MODEL_LATENCY);
        console.progress("model server with a ledger of its own (pid %d)", modelServer.pid());
        signals = new Signals(folder.resolve("signals"));
        sagas = DemoSagas.with(modelServer.uri(), signals);
        belay = Belay.on(pool).with(sagas.review(), sagas.trip()).open();
        dashboard = Dashboard.of(belay, pool).open();
        dashboardServer = DashboardServer.local(dashboard, 0);
        console.progress("watch it all at %s", dashboardServer.uri());
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> workers.forEach(worker -> worker.process().kill())));
        fillWorkers(console);
    }

    /** Sets everything up in {@code folder}, over whatever an earlier demo left there. */
    static Stage in(Path folder, WorkerRuntime runtime, Console console) throws IOException, SQLException {
        Files.createDirectories(folder.resolve("logs"));
        var real = folder.toRealPath();
        var lock = FileChannel.open(real.resolve("demo.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!isLocked(lock)) {
            throw new IllegalArgumentException("Another demo is running in \"" + real
                    + "\". End it, or give this one another folder with --data.");
        }
        return new Stage(real, lock, runtime, console);
    }

    private static boolean isLocked(FileChannel lock) throws IOException {
        try {
            return lock.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** An earlier demo may have been killed with sagas running, which must not be mixed up with those of this one. */
    private void forgetEarlierDemo() throws IOException, SQLException {
        try (var connection = pool.getConnection();
                var statement = connection.createStatement()) {
            statement.execute("drop schema if exists belay, public cascade; create schema public");
        }
        Files.deleteIfExists(ledger());
        for (var each : List.of("logs", "signals")) {
            var files = folder.resolve(each).toFile().listFiles();
            for (var file : files == null ? new File[0] : files) {
                Files.delete(file.toPath());
            }
        }
    }

    /** Starts workers until there are two again. */
    void fillWorkers(Console console) {
        while (workers.size() < WORKERS) {
            var name = "worker " + (char) ('A' + workersStarted++);
            var worker = WorkerProcess.start(name, postgres, modelServer.uri(), signals, runtime, logs());
            workers.add(worker);
            console.progress("%s is ready (pid %d, runtime %s)", name, worker.pid(), runtime);
        }
    }

    /** The worker that the journal knows by this incarnation. */
    WorkerProcess worker(long incarnation) {
        return workers.stream()
                .filter(worker -> worker.incarnation() == incarnation)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("Worker " + Long.toHexString(incarnation)
                        + " is none of this demo's. Was this machine too busy for a lease of "
                        + DemoWorker.LEASE.toSeconds() + " s? Look into \"" + logs() + "\"."));
    }

    /** The name of a worker that is alive. */
    Optional<String> nameOf(long incarnation) {
        return workers.stream()
                .filter(worker -> worker.incarnation() == incarnation)
                .map(WorkerProcess::name)
                .findFirst();
    }

    /** Fails at once when a worker has died that nobody killed, instead of waiting for what it will not do. */
    void checkWorkers() {
        for (var worker : workers) {
            if (!worker.process().isAlive()) {
                throw new IllegalStateException(
                        worker.name() + " has ended by itself. Its log in \"" + logs() + "\" says why.");
            }
        }
    }

    void kill(WorkerProcess worker) {
        worker.process().kill();
        workers.remove(worker);
    }

    Belay belay() {
        return belay;
    }

    DemoSagas sagas() {
        return sagas;
    }

    Signals signals() {
        return signals;
    }

    ModelServerControl model() {
        return ModelServerControl.at(modelServer.uri());
    }

    URI modelUri() {
        return modelServer.uri();
    }

    Path folder() {
        return folder;
    }

    Path logs() {
        return folder.resolve("logs");
    }

    Path ledger() {
        return folder.resolve("model-ledger.jsonl");
    }

    URI dashboard() {
        return dashboardServer.uri();
    }

    String psql() {
        return "psql \"host=127.0.0.1 port=" + postgres.port() + " user=postgres dbname=postgres\"";
    }

    @Override
    public void close() {
        workers.forEach(worker -> worker.process().close());
        modelServer.close();
        dashboardServer.close();
        dashboard.close();
        belay.close();
        pool.close();
        postgres.close();
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
