package dev.belay.benchmark;

import dev.belay.Belay;
import dev.belay.Branch;
import dev.belay.Saga;
import dev.belay.SagaAborted;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.jobrunr.JobRunrBridge;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Belay under the benchmark's workloads: default options but for the number of threads. */
final class Ours implements AutoCloseable {
    /** What a saga is given: nothing to speak of, so that the engine is measured and not JSON. */
    record Nothing() {}

    private final DataSource dataSource;
    private volatile CountDownLatch lastSteps = new CountDownLatch(0);
    private final SagaDefinition<Nothing, Void> longChain;
    private final SagaDefinition<Nothing, Void> shortChain;
    private final SagaDefinition<Integer, Void> fanOut;
    private final SagaDefinition<Nothing, Void> oneStep;
    private volatile long ranAt;
    private volatile CountDownLatch fannedOut = new CountDownLatch(0);
    private volatile CountDownLatch turnBack = new CountDownLatch(0);
    private @Nullable SagaHandle<Void> fan;
    private final Belay belay;
    private final @Nullable JobRunrBridge bridge;
    private final Worker worker;

    private Ours(DataSource dataSource, int threads, boolean onJobRunr) {
        this.dataSource = dataSource;
        this.longChain = chain("bench-one-saga", Bench.STEPS_OF_ONE);
        this.shortChain = chain("bench-many-sagas", Bench.STEPS_OF_MANY);
        this.fanOut = fanOut();
        this.oneStep = oneStep();
        this.belay = Belay.on(dataSource)
                .with(longChain, shortChain, fanOut, oneStep)
                .open();
        this.bridge = onJobRunr ? JobRunrBridge.on(belay).workers(threads).open() : null;
        WorkerOptions options = WorkerOptions.defaults().platformThreads(threads);
        this.worker = (bridge == null ? belay.worker(options) : bridge.worker(options)).start();
    }

    /** On Belay's own queue. */
    static Ours builtIn(DataSource dataSource, int threads) {
        return new Ours(dataSource, threads, false);
    }

    /** Each step a JobRunr job. */
    static Ours onJobRunr(DataSource dataSource, int threads) {
        return new Ours(dataSource, threads, true);
    }

    private SagaDefinition<Nothing, Void> oneStep() {
        Saga<Nothing> saga = Saga.define("bench-idle", Nothing.class);
        saga.step("step-1", Void.class, context -> {
            ranAt = System.nanoTime();
            lastSteps.countDown();
            return null;
        });
        return saga.returnsNothing();
    }

    /** Nanoseconds from the call that starts a saga until its step runs. */
    long startToRunning() throws InterruptedException {
        lastSteps = new CountDownLatch(1);
        long from = System.nanoTime();
        SagaHandle<Void> saga = belay.start(oneStep, new Nothing());
        lastSteps.await();
        long took = ranAt - from;
        saga.awaitSettled(Duration.ofMinutes(5));
        return took;
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

    /** Items of one step each, which is undone once all are through. */
    private SagaDefinition<Integer, Void> fanOut() {
        Saga<Integer> saga = Saga.define("bench-fan-out", Integer.class);
        Branch<Integer> each = saga.forEach("item", Integer.class);
        each.step("work", Void.class, context -> null).undo(context -> {});
        saga.fanOut(
                "all",
                each,
                context -> IntStream.range(0, context.input()).boxed().toList());
        saga.step("turn-back", Void.class, context -> {
            fannedOut.countDown();
            turnBack.await();
            throw new SagaAborted("The benchmark undoes what it did.");
        });
        return saga.returnsNothing();
    }

    /** A fan-out from its start until all items are through. */
    void fanOutForward(int items) throws InterruptedException {
        fannedOut = new CountDownLatch(1);
        turnBack = new CountDownLatch(1);
        fan = belay.start(fanOut, items);
        fannedOut.await();
    }

    /** The undo of that fan-out, until the saga has ended. */
    void fanOutUndo() {
        turnBack.countDown();
        SagaHandle<Void> begun = fan;
        if (begun == null) {
            throw new IllegalStateException("There is no fan-out to undo.");
        }
        SagaState state = begun.awaitSettled(Duration.ofMinutes(5));
        if (state != SagaState.COMPENSATED) {
            throw new IllegalStateException("The fan-out of the benchmark ended as " + state);
        }
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
        if (bridge != null) {
            bridge.close();
        }
        belay.close();
    }
}
