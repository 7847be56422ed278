package dev.belay.benchmark.systems;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.benchmark.Contender;
import dev.belay.benchmark.Load;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Workload;
import dev.dbos.transact.DBOS;
import dev.dbos.transact.StartWorkflowOptions;
import dev.dbos.transact.config.DBOSConfig;
import dev.dbos.transact.txstep.JdbcStepFactory;
import dev.dbos.transact.workflow.Queue;
import dev.dbos.transact.workflow.Workflow;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;

/**
 * DBOS Transact: a saga is a workflow, and a step of it a step of the workflow. Its workflows are called as functions by as many threads as
 * ours has, or put on one of its queues by them.
 */
public final class DbosSystem implements Contender {
    private static final Duration POLL = Duration.ofMillis(10);
    private static final String ALL_ENDED =
            "select not exists (select from dbos.workflow_status where status in ('PENDING', 'ENQUEUED'))";

    /** What it runs; DBOS wraps an interface. */
    public interface Workflows {
        /** A saga of so many steps. */
        void steps(int steps);

        /** A saga of so many steps that each write a row in their own transaction. */
        void transactionalSteps(int steps) throws SQLException;
    }

    private final HikariDataSource pool;
    private final int threads;
    private final boolean queued;
    private final Queue queue;
    private final DBOS dbos;
    private final JdbcStepFactory transactions;
    private final Workflows workflows;
    private final ExecutorService callers;
    private boolean launched;
    private volatile Round round = new Round(0);
    private volatile long ranAt;

    private DbosSystem(HikariDataSource pool, int threads, boolean queued) throws SQLException {
        this.pool = pool;
        this.threads = threads;
        this.queued = queued;
        this.queue = new Queue("bench").withPollingInterval(POLL);
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "create table written (id bigint generated always as identity primary key, step text not null)");
        }
        this.dbos = new DBOS(DBOSConfig.defaults("bench").withDataSource(pool).withAppVersion("bench"));
        this.transactions = new JdbcStepFactory(dbos, pool);
        this.workflows = dbos.registerProxy(Workflows.class, new Steps());
        if (queued) {
            dbos.registerQueue(queue);
        }
        this.callers = Executors.newFixedThreadPool(threads);
    }

    /** Workflows called as functions. */
    public static DbosSystem direct(Place place, int threads) throws SQLException {
        return new DbosSystem(place.pool("dbos", threads + 16), threads, false);
    }

    /** Workflows put on a queue. */
    public static DbosSystem onQueue(Place place, int threads) throws SQLException {
        return new DbosSystem(place.pool("dbos-queue", threads + 16), threads, true);
    }

    /** What the workflows do. */
    public final class Steps implements Workflows {
        @Override
        @Workflow
        public void steps(int steps) {
            for (int i = 1; i <= steps; i++) {
                boolean last = i == steps;
                dbos.runStep(() -> done(last), "step-" + i);
            }
        }

        @Override
        @Workflow
        public void transactionalSteps(int steps) throws SQLException {
            for (int i = 1; i <= steps; i++) {
                String name = "step-" + i;
                boolean last = i == steps;
                transactions.txStep(
                        connection -> {
                            try (PreparedStatement insert =
                                    connection.prepareStatement("insert into written (step) values (?)")) {
                                insert.setString(1, name);
                                insert.executeUpdate();
                            }
                            done(last);
                        },
                        name);
            }
        }
    }

    private void done(boolean last) {
        ranAt = System.nanoTime();
        if (last) {
            round.lastStep();
        } else {
            round.step();
        }
    }

    @Override
    public String name() {
        return queued ? "dbos-queue" : "dbos";
    }

    @Override
    public String configuration() {
        return "DBOS Transact " + DBOS.version() + ", "
                + (queued
                        ? "workflows put on one queue by " + threads + " threads, no limit of concurrency, polled each "
                                + POLL.toMillis() + " ms"
                        : "workflows called as functions by " + threads + " threads")
                + ", transactional steps by its JdbcStepFactory in the same database, a pool of "
                + pool.getMaximumPoolSize() + " connections";
    }

    @Override
    public DataSource dataSource() {
        return pool;
    }

    @Override
    public boolean runs(Workload workload) {
        return workload != Workload.UNDO;
    }

    @Override
    public void prepare(Load load) {
        if (!launched) {
            dbos.launch();
            launched = true;
        }
    }

    @Override
    public void run(Load load) throws Exception {
        if (load.workload() == Workload.ONE_SAGA) {
            for (int i = 0; i < load.sagas(); i++) {
                runTogether(new Load(Workload.ONE_SAGA, 1, load.steps()));
            }
        } else {
            runTogether(load);
        }
    }

    private void runTogether(Load load) throws Exception {
        round = new Round(load.sagas());
        if (load.sagas() == 1) {
            saga(load);
        } else {
            Callable<Void> saga = () -> {
                saga(load);
                return null;
            };
            for (Future<Void> started : callers.invokeAll(Collections.nCopies(load.sagas(), saga))) {
                started.get();
            }
        }
        round.awaitEnd(pool, ALL_ENDED);
        round.check(load);
    }

    private void saga(Load load) throws SQLException {
        if (queued) {
            dbos.startWorkflow(() -> call(load), new StartWorkflowOptions(queue));
        } else {
            call(load);
        }
    }

    private void call(Load load) throws SQLException {
        if (load.workload() == Workload.TRANSACTIONAL) {
            workflows.transactionalSteps(load.steps());
        } else {
            workflows.steps(load.steps());
        }
    }

    @Override
    public long startToRunning() throws Exception {
        long from = System.nanoTime();
        runTogether(new Load(Workload.IDLE, 1, 1));
        return ranAt - from;
    }

    @Override
    public void rest() {
        if (launched) {
            dbos.shutdown();
            launched = false;
        }
    }

    @Override
    public void close() {
        rest();
        callers.shutdown();
        pool.close();
    }
}
