package dev.belay.crash;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.SagaDefinition;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.crash.Ledger.Event;
import java.nio.file.Path;
import java.time.Duration;

/** A worker process that works until it is killed. */
final class CrashWorker {
    static final Duration LEASE = Duration.ofSeconds(2);

    private CrashWorker() {}

    /** Takes the database's address, the folder of the ledgers, and which sagas to run. */
    public static void main(String[] args) throws InterruptedException {
        Path folder = Path.of(args[1]);
        Ledger ledger = Ledger.ofThisProcess(folder);
        try (HikariDataSource pool = pool(args[0], 8);
                Belay belay =
                        Belay.on(pool).with(sagas(args[2], ledger, folder)).open()) {
            Worker worker = belay.worker(WorkerOptions.defaults()
                            .name(name(ProcessHandle.current().pid()))
                            .platformThreads(8)
                            .lease(LEASE)
                            .poll(Duration.ofMillis(200)))
                    .start();
            long told = 0;
            while (true) {
                if (worker.incarnation() != told) {
                    told = worker.incarnation();
                    ledger.write(Event.INCARNATION, told, "-", 0);
                }
                Thread.sleep(5);
            }
        }
    }

    static String name(long pid) {
        return "crash-" + pid;
    }

    static HikariDataSource pool(String url, int size) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(size);
        config.setConnectionTimeout(5_000);
        return new HikariDataSource(config);
    }

    private static SagaDefinition<?, ?> sagas(String which, Ledger ledger, Path folder) {
        return switch (which) {
            case "chain" -> CrashSagas.chain(ledger);
            case "activity, holding" -> CrashSagas.held(ledger, folder, true, true);
            case "activity" -> CrashSagas.held(ledger, folder, true, false);
            case "step, holding" -> CrashSagas.held(ledger, folder, false, true);
            case "step" -> CrashSagas.held(ledger, folder, false, false);
            case "poison" -> CrashSagas.poison(ledger, false);
            case "poison, mended" -> CrashSagas.poison(ledger, true);
            default -> throw new IllegalArgumentException("There are no sagas called " + which);
        };
    }
}
