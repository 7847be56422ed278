package dev.belay.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.OperationRefused;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.embedded.LocalPostgres;
import dev.belay.internal.journal.Jdbis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The end of a lock's holder races the cancel of whoever is next, a hundred times. */
class LockRacesTest {
    private static final int RACES = 100;
    private static final int AT_ONCE = 8;
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String SCHEMA = "race_locks";

    private static LocalPostgres postgres;
    private static HikariDataSource pool;
    private static Jdbi jdbi;

    @BeforeAll
    static void start() {
        postgres = LocalPostgres.temporary();
        pool = CrashWorker.pool(postgres.url(), 60);
        jdbi = Jdbis.over(pool);
    }

    @AfterAll
    static void stop() throws Exception {
        KilledWorkersTest.assertNoDeadlock(postgres);
        pool.close();
        postgres.close();
    }

    /** Takes its locks; the one that is to stop waits for an operator then. */
    record Wants(List<String> keys, boolean stops) {}

    private static SagaDefinition<Wants, Void> locking() {
        Saga<Wants> saga = Saga.define("locking", Wants.class);
        saga.step("before", String.class, context -> "").undo(undo -> {});
        saga.lock("lock", context -> context.input().keys());
        saga.step("work", String.class, context -> {
                    if (context.input().stops()) {
                        throw new IllegalStateException("stopped");
                    }
                    return "";
                })
                .undo(undo -> {})
                .retry(RetryPolicy.never());
        return saga.returnsNothing();
    }

    private static Worker work(Belay belay) {
        return belay.worker(WorkerOptions.defaults()
                        .platformThreads(6)
                        .poll(Duration.ofMillis(20))
                        .withoutNotifications())
                .start();
    }

    @Test
    @DisplayName(
            "a lock's release that races the cancel of the next in line leaves one legal outcome, and the lock passes on")
    void releaseAgainstCancel() throws Exception {
        SagaDefinition<Wants, Void> definition = locking();
        long seed = System.nanoTime();
        System.out.println("LockRacesTest: release against cancel with seed " + seed);
        AtomicInteger refused = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try (Belay belay = Belay.on(pool).schema(SCHEMA).with(definition).open();
                Belay other = Belay.on(pool).schema(SCHEMA).with(definition).open();
                Worker one = work(belay);
                Worker two = work(other)) {
            List<Future<?>> races = new ArrayList<>();
            for (int i = 0; i < RACES; i++) {
                Random random = new Random(seed + i);
                String key = "own " + i;
                races.add(threads.submit(() -> {
                    race(belay, definition, key, random, refused);
                    return null;
                }));
            }
            for (Future<?> race : races) {
                race.get();
            }
            assertThat(belay.locks()).isEmpty();
        } finally {
            threads.shutdownNow();
        }
        System.out.println("LockRacesTest: " + refused + " cancels came too late");
    }

    private static void race(
            Belay belay, SagaDefinition<Wants, Void> definition, String key, Random random, AtomicInteger refused)
            throws Exception {
        SagaHandle<Void> holder = belay.start(definition, new Wants(List.of(key), true));
        assertThat(holder.awaitSettled(LONG)).isEqualTo(SagaState.SUSPENDED);
        SagaHandle<Void> next = belay.start(definition, new Wants(shared(key, random), false));
        awaitInLine(belay, next.id());
        SagaHandle<Void> last = belay.start(definition, new Wants(shared(key, random), false));
        CyclicBarrier barrier = new CyclicBarrier(2);
        boolean waits = random.nextBoolean();
        long micros = random.nextInt(1_000_000);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        boolean tooLate = false;
        try {
            Future<?> release = thread.submit(() -> {
                barrier.await();
                pause(waits ? micros / 10 : 0);
                return belay.operator("ann").resolve(holder.id(), "a race");
            });
            barrier.await();
            pause(waits ? 0 : micros);
            next.cancel("a race");
            release.get();
        } catch (OperationRefused e) {
            tooLate = true;
            refused.incrementAndGet();
        } finally {
            thread.shutdown();
        }

        SagaState end = next.awaitSettled(LONG);
        assertThat(end).isEqualTo(tooLate ? SagaState.COMPLETED : SagaState.COMPENSATED);
        assertThat(last.awaitSettled(LONG)).isEqualTo(SagaState.COMPLETED);
        assertThat(holder.awaitSettled(LONG)).isEqualTo(SagaState.RESOLVED);
        for (UUID saga : List.of(holder.id(), next.id(), last.id())) {
            assertThat(count("saga_lock where saga_id = :saga", saga)).isZero();
            assertThat(count("job where saga_id = :saga", saga)).isZero();
            assertThat(count("journal where saga_id = :saga and kind = 'E'", saga))
                    .isEqualTo(1);
        }
        long undone = count("journal where saga_id = :saga and kind = 'A' and direction = '-'", next.id());
        assertThat(undone > 0).isEqualTo(!tooLate);
        assertThat(EnumSet.of(SagaState.COMPLETED, SagaState.COMPENSATED)).contains(end);
    }

    /** The race's own key, and one that others want too. */
    private static List<String> shared(String key, Random random) {
        return random.nextBoolean() ? List.of(key) : List.of("shared " + random.nextInt(3), key);
    }

    private static void awaitInLine(Belay belay, UUID saga) throws InterruptedException {
        while (belay.locks().stream().noneMatch(lock -> lock.saga().equals(saga))) {
            Thread.sleep(1);
        }
    }

    private static void pause(long micros) throws InterruptedException {
        Thread.sleep(micros / 1000, (int) (micros % 1000) * 1000);
    }

    private static long count(String rows, UUID saga) {
        return jdbi.withHandle(handle -> handle.createQuery("select count(*) from " + SCHEMA + "." + rows)
                .bind("saga", saga)
                .mapTo(Long.class)
                .one());
    }
}
