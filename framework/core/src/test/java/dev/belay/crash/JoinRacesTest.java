package dev.belay.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.Branch;
import dev.belay.Saga;
import dev.belay.SagaAborted;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.embedded.LocalPostgres;
import dev.belay.internal.journal.Jdbis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The last two branches of a group end at the same moment, on two workers, going forward and being undone. */
class JoinRacesTest {
    private static final int RACES = 100;
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String SCHEMA = "race_joins";
    private static final Map<Integer, CyclicBarrier> FORWARD = new ConcurrentHashMap<>();
    private static final Map<Integer, CyclicBarrier> BACK = new ConcurrentHashMap<>();
    private static final Map<Integer, AtomicInteger> JOINED = new ConcurrentHashMap<>();
    private static final Map<Integer, AtomicInteger> BEFORE = new ConcurrentHashMap<>();

    private static LocalPostgres postgres;
    private static HikariDataSource pool;
    private static Jdbi jdbi;

    @BeforeAll
    static void start() {
        postgres = LocalPostgres.temporary();
        pool = CrashWorker.pool(postgres.url(), 40);
        jdbi = Jdbis.over(pool);
    }

    @AfterAll
    static void stop() throws Exception {
        KilledWorkersTest.assertNoDeadlock(postgres);
        pool.close();
        postgres.close();
    }

    /** A race, and how long each branch holds back after the other has come to its end too. */
    record Race(int number, int leftMicros, int rightMicros, boolean turnsBack) {}

    private static SagaDefinition<Race, Void> joining() {
        Saga<Race> saga = Saga.define("joining", Race.class);
        saga.step("before", String.class, context -> "")
                .undo(undo -> BEFORE.get(undo.input().number()).incrementAndGet());
        Branch<Race> left = saga.branch("left");
        left.step(
                        "l",
                        String.class,
                        context ->
                                meet(FORWARD, context.input(), context.input().leftMicros()))
                .undo(undo -> meet(BACK, undo.input(), undo.input().rightMicros()));
        Branch<Race> right = saga.branch("right");
        right.step(
                        "r",
                        String.class,
                        context ->
                                meet(FORWARD, context.input(), context.input().rightMicros()))
                .undo(undo -> meet(BACK, undo.input(), undo.input().leftMicros()));
        saga.parallel("both", left, right);
        saga.step("after", String.class, context -> {
            JOINED.get(context.input().number()).incrementAndGet();
            if (context.input().turnsBack()) {
                throw new SagaAborted("turned back");
            }
            return "";
        });
        return saga.returnsNothing();
    }

    private static String meet(Map<Integer, CyclicBarrier> where, Race race, int micros) throws Exception {
        where.get(race.number()).await();
        Thread.sleep(micros / 1000, (micros % 1000) * 1000);
        return "";
    }

    private static Worker work(Belay belay) {
        return belay.worker(WorkerOptions.defaults()
                        .platformThreads(4)
                        .poll(Duration.ofMillis(20))
                        .withoutNotifications())
                .start();
    }

    @Test
    @DisplayName("two branches that end at once join once, and their undos that end at once join once")
    void joinAgainstJoin() throws Exception {
        SagaDefinition<Race, Void> definition = joining();
        long seed = System.nanoTime();
        System.out.println("JoinRacesTest: join against join with seed " + seed);
        Random random = new Random(seed);
        try (Belay belay = Belay.on(pool).schema(SCHEMA).with(definition).open();
                Belay other = Belay.on(pool).schema(SCHEMA).with(definition).open();
                Worker one = work(belay);
                Worker two = work(other)) {
            List<SagaHandle<Void>> sagas = new ArrayList<>();
            List<Race> races = new ArrayList<>();
            for (int i = 0; i < RACES; i++) {
                Race race = new Race(i, random.nextInt(2_000), random.nextInt(2_000), random.nextBoolean());
                FORWARD.put(i, new CyclicBarrier(2));
                BACK.put(i, new CyclicBarrier(2));
                JOINED.put(i, new AtomicInteger());
                BEFORE.put(i, new AtomicInteger());
                races.add(race);
                // Both branches must have a thread at the same time, so one race after another.
                SagaHandle<Void> saga = belay.start(definition, race);
                sagas.add(saga);
                saga.awaitSettled(LONG);
            }
            for (int i = 0; i < RACES; i++) {
                Race race = races.get(i);
                SagaHandle<Void> saga = sagas.get(i);
                assertThat(saga.state()).isEqualTo(race.turnsBack() ? SagaState.COMPENSATED : SagaState.COMPLETED);
                assertThat(JOINED.get(i)).hasValue(1);
                assertThat(BEFORE.get(i)).hasValue(race.turnsBack() ? 1 : 0);
                assertThat(count("job where saga_id = :saga", saga.id())).isZero();
                assertThat(count(
                                "journal where saga_id = :saga and step = 'both' and kind = 'A' and direction = '+'",
                                saga.id()))
                        .isEqualTo(1);
                assertThat(count(
                                "journal where saga_id = :saga and step = 'both' and kind = 'A' and direction = '-'",
                                saga.id()))
                        .isEqualTo(race.turnsBack() ? 1 : 0);
            }
        }
    }

    private static long count(String rows, UUID saga) {
        return jdbi.withHandle(handle -> handle.createQuery("select count(*) from " + SCHEMA + "." + rows)
                .bind("saga", saga)
                .mapTo(Long.class)
                .one());
    }
}
