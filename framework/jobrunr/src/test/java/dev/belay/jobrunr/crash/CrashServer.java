package dev.belay.jobrunr.crash;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.jobrunr.JobRunrBridge;
import dev.belay.jobrunr.crash.Ledger.Event;
import java.nio.file.Path;
import java.time.Duration;

/** A process with a JobRunr server that works until it is killed. */
final class CrashServer {
    private static final Duration LEASE = Duration.ofSeconds(2);

    private CrashServer() {}

    /** Takes the database's address and the folder of the ledgers. */
    public static void main(String[] args) throws InterruptedException {
        Path folder = Path.of(args[1]);
        Ledger ledger = Ledger.ofThisProcess(folder);
        try (HikariDataSource pool = pool(args[0], 12);
                Belay belay =
                        Belay.on(pool).with(CrashSagas.chain(ledger, folder)).open();
                JobRunrBridge bridge = JobRunrBridge.on(belay).workers(8).open()) {
            Worker worker = bridge.worker(WorkerOptions.defaults()
                            .name("crash-" + ProcessHandle.current().pid())
                            .lease(LEASE)
                            .poll(Duration.ofMillis(200)))
                    .start();
            long told = 0;
            while (true) {
                if (worker.incarnation() != told) {
                    told = worker.incarnation();
                    ledger.write(
                            Event.INCARNATION,
                            told,
                            "-",
                            bridge.server().getId().toString());
                }
                Thread.sleep(5);
            }
        }
    }

    static HikariDataSource pool(String url, int size) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(size);
        config.setConnectionTimeout(5_000);
        return new HikariDataSource(config);
    }
}
