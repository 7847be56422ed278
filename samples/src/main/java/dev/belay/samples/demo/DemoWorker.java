package dev.belay.samples.demo;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.WorkerOptions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** A worker process of the demo: an ordinary program with a pool, the definitions, and a worker. */
public final class DemoWorker {

    static final Duration LEASE = Duration.ofSeconds(2);
    static final String READY_LINE = "worker ready, incarnation ";

    private DemoWorker() {}

    /**
     * Works until the process that started it is gone.
     *
     * @param args the database's address, the model server's, the folder of the signals, the worker's name, its runtime
     */
    public static void main(String... args) {
        var config = new HikariConfig();
        config.setJdbcUrl(args[0]);
        var sagas = DemoSagas.with(URI.create(args[1]), new Signals(Path.of(args[2])));
        var belay = Belay.on(new HikariDataSource(config))
                .with(sagas.review(), sagas.trip())
                .open();
        var options = WorkerOptions.defaults().name(args[3]).lease(LEASE);
        var started = WorkerRuntime.named(args[4]).start(belay, options);
        System.out.println(READY_LINE + started.worker().incarnation());
        JavaProcess.endWithParent(started.end());
    }
}
