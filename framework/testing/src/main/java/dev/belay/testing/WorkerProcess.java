package dev.belay.testing;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.BelayBuilder;
import dev.belay.SagaDefinition;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import java.time.Duration;
import java.util.Collection;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A worker with an engine and connections of its own, as if it were alone in a process: what it does can be cut off. */
final class WorkerProcess {
    private static final Logger log = LoggerFactory.getLogger(WorkerProcess.class);
    private static final int CONNECTIONS = 24;

    private final CuttableDataSource line;
    private final HikariDataSource pool;
    private final Belay belay;
    private final AutoCloseable worker;
    private final String name;

    private WorkerProcess(
            CuttableDataSource line, HikariDataSource pool, Belay belay, AutoCloseable worker, String name) {
        this.line = line;
        this.pool = pool;
        this.belay = belay;
        this.worker = worker;
        this.name = name;
    }

    static WorkerProcess start(
            DataSource database,
            String schema,
            Collection<SagaDefinition<?, ?>> definitions,
            UnaryOperator<BelayBuilder> engineOptions,
            WorkerStarter starter,
            WorkerOptions options) {
        CuttableDataSource line = new CuttableDataSource(database);
        HikariDataSource pool = pool(line, CONNECTIONS);
        Belay belay = engineOptions
                .apply(Belay.on(pool).schema(schema).withoutMigrating().with(definitions))
                .open();
        return new WorkerProcess(line, pool, belay, starter.start(belay, options), options.name());
    }

    static HikariDataSource pool(DataSource database, int connections) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(database);
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(0);
        return new HikariDataSource(config);
    }

    String name() {
        return name;
    }

    void stop() {
        try {
            worker.close();
        } catch (Exception e) {
            throw new IllegalStateException("Worker " + name + " could not be stopped: " + e, e);
        } finally {
            belay.close();
            pool.close();
        }
    }

    /** Nothing that the worker does from here on reaches the database; its threads end when they notice. */
    void crash() {
        line.cut();
        Thread undertaker = new Thread(this::bury, name + "-crashed");
        undertaker.setDaemon(true);
        undertaker.start();
    }

    private void bury() {
        pool.close();
        try {
            if (worker instanceof Worker builtIn) {
                builtIn.stop(Duration.ZERO);
            } else {
                worker.close();
            }
        } catch (Exception e) {
            log.debug("Worker {} could not be buried in order: its line is cut", name, e);
        }
        belay.close();
    }
}
