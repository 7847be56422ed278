package dev.belay.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.OperationRefused;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.StepRejected;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.embedded.LocalPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A cancel comes before, while and after a saga passes its pivot, which sometimes fails. */
class PivotRacesTest {
    private static final int RACES = 100;
    private static final int AT_ONCE = 4;
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Map<Integer, AtomicInteger> PAID = new ConcurrentHashMap<>();
    private static final Map<Integer, AtomicInteger> UNDONE = new ConcurrentHashMap<>();

    private static LocalPostgres postgres;
    private static HikariDataSource pool;

    @BeforeAll
    static void start() {
        postgres = LocalPostgres.temporary();
        pool = CrashWorker.pool(postgres.url(), 40);
    }

    @AfterAll
    static void stop() throws Exception {
        KilledWorkersTest.assertNoDeadlock(postgres);
        pool.close();
        postgres.close();
    }

    /** A race: how long the pivot takes, whether it fails, and when the cancel comes. */
    record Race(int number, int pivotMicros, boolean fails, int cancelMicros) {}

    private static SagaDefinition<Race, Void> paying() {
        Saga<Race> saga = Saga.define("paying", Race.class);
        saga.step("before", String.class, context -> "")
                .undo(undo -> UNDONE.get(undo.input().number()).incrementAndGet());
        saga.pivot("pay", String.class, context -> {
            // A cancel lets a running pivot end: it is not interrupted in the midst of its effect.
            pause(context.input().pivotMicros());
            if (context.input().fails()) {
                throw new StepRejected("card refused");
            }
            PAID.get(context.input().number()).incrementAndGet();
            return "";
        });
        saga.step("after", String.class, context -> "");
        return saga.returnsNothing();
    }

    @Test
    @DisplayName(
            "a cancel that races the pivot either undoes a saga that has not paid, or leaves one that has to complete")
    void cancelAgainstThePivot() throws Exception {
        SagaDefinition<Race, Void> definition = paying();
        long seed = System.nanoTime();
        System.out.println("PivotRacesTest: cancel against pivot with seed " + seed);
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        List<Future<SagaState>> races = new ArrayList<>();
        try (Belay belay = Belay.on(pool).schema("race_pivot").with(definition).open();
                Worker worker = belay.worker(WorkerOptions.defaults()
                                .platformThreads(8)
                                .poll(Duration.ofMillis(20))
                                .withoutNotifications())
                        .start()) {
            for (int i = 0; i < RACES; i++) {
                Random random = new Random(seed + i);
                Race race = new Race(i, random.nextInt(20_000), random.nextInt(4) == 0, random.nextInt(60_000));
                PAID.put(i, new AtomicInteger());
                UNDONE.put(i, new AtomicInteger());
                races.add(threads.submit(() -> race(belay, definition, race)));
            }
            int completed = 0;
            for (Future<SagaState> race : races) {
                completed += race.get() == SagaState.COMPLETED ? 1 : 0;
            }
            System.out.println("PivotRacesTest: " + completed + " of " + RACES + " completed");
        } finally {
            threads.shutdownNow();
        }
    }

    private static SagaState race(Belay belay, SagaDefinition<Race, Void> definition, Race race) throws Exception {
        SagaHandle<Void> saga = belay.start(definition, race);
        pause(race.cancelMicros());
        boolean refused = false;
        try {
            saga.cancel("a race");
        } catch (OperationRefused e) {
            refused = true;
        }
        SagaState end = saga.awaitSettled(LONG);
        int paid = PAID.get(race.number()).get();
        int undone = UNDONE.get(race.number()).get();
        if (end == SagaState.COMPLETED) {
            assertThat(paid).isEqualTo(1);
            assertThat(undone).isZero();
            assertThat(race.fails()).isFalse();
        } else {
            assertThat(end).isEqualTo(SagaState.COMPENSATED);
            assertThat(paid).isZero();
            assertThat(undone).isLessThanOrEqualTo(1);
        }
        if (refused) {
            assertThat(end == SagaState.COMPLETED || race.fails()).isTrue();
        }
        assertThat(saga.view().jobs()).isEmpty();
        return end;
    }

    private static void pause(int micros) throws InterruptedException {
        Thread.sleep(micros / 1000, (micros % 1000) * 1000);
    }
}
