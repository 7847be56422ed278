package dev.belay.benchmark.studies;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.Branch;
import dev.belay.FailurePolicy;
import dev.belay.Saga;
import dev.belay.SagaAborted;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Study;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** One saga of very many items, done and undone. */
@Command(
        name = "fan-out",
        mixinStandardHelpOptions = true,
        description = "One saga of one-step items, 32 at once, until all are through, and then until all are undone.")
public final class FanOut extends Study {
    @Option(names = "--items", defaultValue = "10000", description = "Items (${DEFAULT-VALUE}).")
    private int items;

    @Option(names = "--rounds", defaultValue = "5", description = "Rounds, each of which is told (${DEFAULT-VALUE}).")
    private int rounds;

    private volatile CountDownLatch fannedOut = new CountDownLatch(0);
    private volatile CountDownLatch turnBack = new CountDownLatch(0);

    @Override
    protected boolean run(Place place) throws Exception {
        SagaDefinition<Integer, Void> definition = definition();
        boolean undone = true;
        try (HikariDataSource pool = place.pool("fan-out", 32);
                Belay belay = Belay.on(pool).with(definition).open();
                Worker worker = belay.worker(WorkerOptions.defaults().platformThreads(16))) {
            worker.start();
            for (int i = 0; i < rounds; i++) {
                fannedOut = new CountDownLatch(1);
                turnBack = new CountDownLatch(1);
                long from = System.nanoTime();
                SagaHandle<Void> saga = belay.start(definition, items);
                fannedOut.await();
                long through = System.nanoTime();
                turnBack.countDown();
                SagaState state = saga.awaitSettled(Duration.ofMinutes(5));
                say(
                        "%,d items in %.2f s, undone in %.2f s: %s",
                        items, (through - from) / 1e9, (System.nanoTime() - through) / 1e9, state);
                undone &= state == SagaState.COMPENSATED;
            }
        }
        return undone;
    }

    private SagaDefinition<Integer, Void> definition() {
        Saga<Integer> saga = Saga.define("fan-out", Integer.class);
        saga.onFailure(FailurePolicy.COMPENSATE);
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
}
