package dev.belay.benchmark;

import dev.belay.Belay;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaState;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;

/** Belay under the benchmark's workloads: default options but for the number of threads. */
final class Ours implements AutoCloseable {
    /** What a saga is given: nothing to speak of, so that the engine is measured and not JSON. */
    record Nothing() {}

    private final DataSource dataSource;
    private volatile CountDownLatch lastSteps = new CountDownLatch(0);
    private final SagaDefinition<Nothing, Void> longChain;
    private final SagaDefinition<Nothing, Void> shortChain;
    private final Belay belay;
    private final Worker worker;

    Ours(DataSource dataSource, int threads) {
        this.dataSource = dataSource;
        this.longChain = chain("bench-one-saga", Bench.STEPS_OF_ONE);
        this.shortChain = chain("bench-many-sagas", Bench.STEPS_OF_MANY);
        this.belay = Belay.on(dataSource).with(longChain, shortChain).open();
        this.worker =
                belay.worker(WorkerOptions.defaults().platformThreads(threads)).start();
    }

    private SagaDefinition<Nothing, Void> chain(String name, int steps) {
        Saga<Nothing> saga = Saga.define(name, Nothing.class);
        for (int i = 1; i < steps; i++) {
            saga.step("step-" + i, Void.class, context -> null);
        }
        saga.step("step-" + steps, Void.class, context -> {
            lastSteps.countDown();
            return null;
        });
        return saga.returnsNothing();
    }

    /** One saga from start to end. */
    void oneSaga() {
        SagaState state = belay.start(longChain, new Nothing()).awaitSettled(Duration.ofMinutes(5));
        if (state != SagaState.COMPLETED) {
            throw new IllegalStateException("The saga of the benchmark ended as " + state);
        }
    }

    /** Many sagas from the start of the first to the end of the last. */
    void manySagas(int sagas) throws SQLException, InterruptedException {
        List<Nothing> inputs = new ArrayList<>();
        for (int i = 0; i < sagas; i++) {
            inputs.add(new Nothing());
        }
        lastSteps = new CountDownLatch(sagas);
        belay.startAll(shortChain, inputs);
        // Asking the database all the time would be part of what is measured; it is asked once the last step has run.
        lastSteps.await();
        while (jobsLeft()) {
            Thread.sleep(1);
        }
    }

    private boolean jobsLeft() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rs = statement.executeQuery("select exists (select from belay.job)")) {
            rs.next();
            return rs.getBoolean(1);
        }
    }

    @Override
    public void close() {
        worker.close();
        belay.close();
    }
}
