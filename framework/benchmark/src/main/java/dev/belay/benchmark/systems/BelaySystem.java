package dev.belay.benchmark.systems;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.FailurePolicy;
import dev.belay.Saga;
import dev.belay.SagaAborted;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.benchmark.Contender;
import dev.belay.benchmark.Load;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Workload;
import dev.belay.jobrunr.JobRunrBridge;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Belay with its default options but for the number of threads. */
public final class BelaySystem implements Contender {
    /** What a saga is given: nothing to speak of, so that the engine is measured and not JSON. */
    record Nothing() {}

    private static final Duration LONGEST = Duration.ofMinutes(5);
    /** So much later, and a second for each so many sagas, all of a round have come to where they turn back. */
    private static final Duration BEFORE_THE_TURN = Duration.ofSeconds(4);

    private static final int SAGAS_A_SECOND = 200;

    private static final Set<Workload> ON_JOBRUNR = Set.of(Workload.ONE_SAGA, Workload.MANY_SAGAS, Workload.IDLE);

    private final HikariDataSource pool;
    private final int threads;
    private final Map<Workload, SagaDefinition<Nothing, Void>> definitions = new EnumMap<>(Workload.class);
    private final Belay belay;
    private final @Nullable JobRunrBridge bridge;
    private final Worker worker;
    private volatile CountDownLatch lastSteps = new CountDownLatch(0);
    private volatile long ranAt;
    private volatile long turnsAt;

    private BelaySystem(HikariDataSource pool, int threads, boolean onJobRunr) throws SQLException {
        this.pool = pool;
        this.threads = threads;
        definitions.put(Workload.ONE_SAGA, chain(Workload.ONE_SAGA, 100));
        definitions.put(Workload.MANY_SAGAS, chain(Workload.MANY_SAGAS, 10));
        definitions.put(Workload.ONE_STEP, chain(Workload.ONE_STEP, 1));
        definitions.put(Workload.TRANSACTIONAL, transactional(10));
        definitions.put(Workload.ACTIVITIES, activities(20));
        definitions.put(Workload.UNDO, undo(5));
        definitions.put(Workload.IDLE, idle());
        execute(
                "create table if not exists written (id bigint generated always as identity primary key, step text not null)");
        this.belay = Belay.on(pool)
                .with(definitions.values().toArray(SagaDefinition[]::new))
                .open();
        this.bridge = onJobRunr ? JobRunrBridge.on(belay).workers(threads).open() : null;
        WorkerOptions options = WorkerOptions.defaults().platformThreads(threads);
        this.worker = (bridge == null ? belay.worker(options) : bridge.worker(options)).start();
    }

    /** On Belay's own queue. */
    public static BelaySystem builtIn(Place place, int threads) throws SQLException {
        return new BelaySystem(place.pool("belay", threads + 16), threads, false);
    }

    /** Each step a JobRunr job. */
    public static BelaySystem onJobRunr(Place place, int threads) throws SQLException {
        return new BelaySystem(place.pool("belay-jobrunr", threads + 16), threads, true);
    }

    @Override
    public String name() {
        return bridge == null ? "belay" : "belay-jobrunr";
    }

    @Override
    public String configuration() {
        String options = "default options with " + threads + " worker threads";
        return bridge == null ? options : "each step a JobRunr job, " + options;
    }

    @Override
    public DataSource dataSource() {
        return pool;
    }

    @Override
    public boolean runs(Workload workload) {
        return bridge == null || ON_JOBRUNR.contains(workload);
    }

    @Override
    public void prepare(Load load) throws Exception {
        if (load.workload() == Workload.UNDO) {
            Duration before = BEFORE_THE_TURN.plusSeconds(load.sagas() / SAGAS_A_SECOND);
            turnsAt = System.nanoTime() + before.toNanos();
            startAll(load);
            awaitJobs("select not exists (select from belay.job where state in ('R', 'C'))");
            if (System.nanoTime() >= turnsAt) {
                throw new IllegalStateException(
                        "The sagas took longer than " + before + " to come to where they turn back; give it fewer.");
            }
        }
    }

    @Override
    public void awaitBegin(Load load) throws InterruptedException {
        if (load.workload() == Workload.UNDO) {
            Thread.sleep(Math.max(0, (turnsAt - System.nanoTime()) / 1_000_000));
        }
    }

    @Override
    public void run(Load load) throws Exception {
        switch (load.workload()) {
            case ONE_SAGA -> {
                for (int i = 0; i < load.sagas(); i++) {
                    oneSaga();
                }
            }
            case UNDO -> {
                lastSteps.await();
                awaitJobs("select not exists (select from belay.job)");
            }
            default -> {
                startAll(load);
                // Asking the database all the time would be part of what is measured; it is asked once the last step
                // has run.
                lastSteps.await();
                awaitJobs("select not exists (select from belay.job)");
            }
        }
    }

    private void startAll(Load load) {
        lastSteps = new CountDownLatch(load.sagas());
        belay.startAll(definition(load.workload()), Collections.nCopies(load.sagas(), new Nothing()));
    }

    private void oneSaga() {
        SagaState state =
                belay.start(definition(Workload.ONE_SAGA), new Nothing()).awaitSettled(LONGEST);
        if (state != SagaState.COMPLETED) {
            throw new IllegalStateException("The saga of the benchmark ended as " + state);
        }
    }

    @Override
    public long startToRunning() throws InterruptedException {
        lastSteps = new CountDownLatch(1);
        long from = System.nanoTime();
        SagaHandle<Void> saga = belay.start(definition(Workload.IDLE), new Nothing());
        lastSteps.await();
        long took = ranAt - from;
        saga.awaitSettled(LONGEST);
        return took;
    }

    private SagaDefinition<Nothing, Void> definition(Workload workload) {
        SagaDefinition<Nothing, Void> definition = definitions.get(workload);
        if (definition == null) {
            throw new IllegalArgumentException("There is no saga for " + workload.label());
        }
        return definition;
    }

    private SagaDefinition<Nothing, Void> chain(Workload workload, int steps) {
        Saga<Nothing> saga = Saga.define(workload.label(), Nothing.class);
        for (int i = 1; i < steps; i++) {
            saga.step("step-" + i, Void.class, context -> null);
        }
        saga.step("step-" + steps, Void.class, context -> {
            lastSteps.countDown();
            return null;
        });
        return saga.returnsNothing();
    }

    private SagaDefinition<Nothing, Void> transactional(int steps) {
        Saga<Nothing> saga = Saga.define(Workload.TRANSACTIONAL.label(), Nothing.class);
        for (int i = 1; i <= steps; i++) {
            String name = "step-" + i;
            boolean last = i == steps;
            saga.transaction(name, Void.class, (context, handle) -> {
                handle.execute("insert into written (step) values (?)", name);
                if (last) {
                    lastSteps.countDown();
                }
                return null;
            });
        }
        return saga.returnsNothing();
    }

    private SagaDefinition<Nothing, Void> activities(int calls) {
        Saga<Nothing> saga = Saga.define(Workload.ACTIVITIES.label(), Nothing.class);
        saga.step("call", Void.class, context -> {
            for (int i = 0; i < calls; i++) {
                int result = i;
                context.activity("call", Integer.class, () -> result);
            }
            lastSteps.countDown();
            return null;
        });
        return saga.returnsNothing();
    }

    private SagaDefinition<Nothing, Void> undo(int steps) {
        Saga<Nothing> saga = Saga.define(Workload.UNDO.label(), Nothing.class);
        saga.onFailure(FailurePolicy.COMPENSATE);
        for (int i = 1; i <= steps; i++) {
            boolean undoneLast = i == 1;
            saga.step("step-" + i, Void.class, context -> null).undo(context -> {
                if (undoneLast) {
                    lastSteps.countDown();
                }
            });
        }
        saga.sleep("rest", context -> Duration.ofNanos(Math.max(1, turnsAt - System.nanoTime())));
        saga.step("turn-back", Void.class, context -> {
            throw new SagaAborted("The benchmark undoes what it did.");
        });
        return saga.returnsNothing();
    }

    private SagaDefinition<Nothing, Void> idle() {
        Saga<Nothing> saga = Saga.define(Workload.IDLE.label(), Nothing.class);
        saga.step("step-1", Void.class, context -> {
            ranAt = System.nanoTime();
            lastSteps.countDown();
            return null;
        });
        return saga.returnsNothing();
    }

    private void awaitJobs(String condition) throws SQLException, InterruptedException {
        try (Connection connection = pool.getConnection();
                var statement = connection.prepareStatement(condition)) {
            while (true) {
                try (ResultSet rs = statement.executeQuery()) {
                    rs.next();
                    if (rs.getBoolean(1)) {
                        return;
                    }
                }
                Thread.sleep(1);
            }
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() {
        worker.close();
        if (bridge != null) {
            bridge.close();
        }
        belay.close();
        pool.close();
    }
}
