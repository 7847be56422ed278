package dev.belay.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Approval;
import dev.belay.Belay;
import dev.belay.FailurePolicy;
import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.OperationRefused;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.Step;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What people and time bring to a saga races what the saga does, a hundred times each: one legal outcome remains. */
class WaitRacesTest {
    private static final int RACES = 100;
    private static final int AT_ONCE = 8;
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration WAIT = Duration.ofMillis(30);

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

    @FunctionalInterface
    private interface Round {
        void run(Random random) throws Exception;
    }

    private static void race(String name, Round round) throws Exception {
        long seed = System.nanoTime();
        System.out.println("WaitRacesTest: " + name + " with seed " + seed);
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<?>> races = new ArrayList<>();
            for (int i = 0; i < RACES; i++) {
                Random random = new Random(seed + i);
                races.add(threads.submit(() -> {
                    round.run(random);
                    return null;
                }));
            }
            for (Future<?> race : races) {
                race.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void pause(long micros) throws InterruptedException {
        Thread.sleep(micros / 1000, (int) (micros % 1000) * 1000);
    }

    private static Belay open(String schema, SagaDefinition<?, ?> definition) {
        return Belay.on(pool).schema(schema).with(definition).open();
    }

    private static Worker work(Belay belay) {
        return belay.worker(WorkerOptions.defaults()
                        .platformThreads(12)
                        .poll(Duration.ofMillis(5))
                        .withoutNotifications())
                .start();
    }

    private static boolean refused(Runnable call) {
        try {
            call.run();
            return false;
        } catch (OperationRefused e) {
            return true;
        }
    }

    private static List<JournalEntry> rows(SagaHandle<?> saga, Kind kind, Result outcome) {
        return saga.journal().stream()
                .filter(entry -> entry.kind() == kind && entry.outcome() == outcome)
                .toList();
    }

    @Test
    @DisplayName("a signal that races its wait's deadline is taken, or the saga is undone without it")
    void timerAgainstSignal() throws Exception {
        Saga<Integer> saga = Saga.define("order", Integer.class);
        saga.step("reserve", String.class, context -> "r").undo(undo -> {});
        Step<Integer, Integer> paid =
                saga.signal("paid", Integer.class).within(WAIT).onFailure(FailurePolicy.COMPENSATE);
        SagaDefinition<Integer, Integer> definition = saga.returns(paid);
        Map<SagaState, AtomicInteger> ends = new ConcurrentHashMap<>();
        try (Belay belay = open("race_timer", definition);
                Worker worker = work(belay)) {
            race("a timer against a signal", random -> {
                SagaHandle<Integer> order = belay.start(definition, 1);
                pause(random.nextInt(2 * (int) WAIT.toMillis() * 1000));

                boolean refused = refused(() -> order.signal("paid", 7));

                SagaState end = order.awaitSettled(LONG);
                ends.computeIfAbsent(end, state -> new AtomicInteger()).incrementAndGet();
                assertThat(end).isIn(SagaState.COMPLETED, SagaState.COMPENSATED);
                assertThat(rows(order, Kind.MESSAGE, Result.SUCCEEDED)).hasSize(refused ? 0 : 1);
                List<JournalEntry> took = rows(order, Kind.ATTEMPT, Result.SUCCEEDED).stream()
                        .filter(entry -> entry.step().equals("paid"))
                        .toList();
                assertThat(took).hasSize(end == SagaState.COMPLETED ? 1 : 0);
                if (end == SagaState.COMPLETED) {
                    assertThat(refused).isFalse();
                    assertThat(order.result()).isEqualTo(7);
                }
                assertEnded("race_timer", order);
            });
        }
        System.out.println("WaitRacesTest: " + ends);
    }

    private static void assertEnded(String schema, SagaHandle<?> saga) {
        assertThat(rows(saga, Kind.END, Result.SUCCEEDED)).hasSize(1);
        for (String table : List.of("job", "message")) {
            assertThat(count(schema, table, saga.id())).as(table).isZero();
        }
    }

    private static int count(String schema, String table, UUID saga) {
        return Jdbis.over(pool)
                .withHandle(handle -> handle.createQuery(
                                "select count(*) from " + schema + "." + table + " where saga_id = :saga")
                        .bind("saga", saga)
                        .mapTo(Integer.class)
                        .one());
    }

    @Test
    @DisplayName("a pause that races the advance stops the saga before a step, and no step is run twice or left out")
    void pauseAgainstTheAdvance() throws Exception {
        Map<UUID, AtomicInteger> begun = new ConcurrentHashMap<>();
        Saga<Integer> saga = Saga.define("walk", Integer.class);
        for (int i = 1; i <= 6; i++) {
            saga.step("step " + i, String.class, context -> {
                begun.computeIfAbsent(context.sagaId(), id -> new AtomicInteger())
                        .incrementAndGet();
                pause(context.input());
                return "done";
            });
        }
        SagaDefinition<Integer, Void> definition = saga.returnsNothing();
        AtomicInteger held = new AtomicInteger();
        try (Belay belay = open("race_pause", definition);
                Worker worker = work(belay)) {
            race("a pause against the advance", random -> {
                SagaHandle<Void> walk = belay.start(definition, random.nextInt(1_500));
                pause(random.nextInt(200_000));

                boolean refused = refused(() -> belay.operator("alice").pause(walk.id(), "a race"));

                if (!refused) {
                    await().atMost(LONG)
                            .pollInterval(Duration.ofMillis(2))
                            .until(() -> walk.view().jobs().stream()
                                    .allMatch(job -> job.state().equals("HELD")));
                    int done = rows(walk, Kind.ATTEMPT, Result.SUCCEEDED).size();
                    assertThat(begun.getOrDefault(walk.id(), new AtomicInteger()))
                            .hasValue(done);
                    if (walk.state() == SagaState.RUNNING) {
                        held.incrementAndGet();
                        assertThat(walk.view().jobs())
                                .singleElement()
                                .satisfies(job -> assertThat(job.seq()).isEqualTo(done + 1));
                        belay.operator("alice").resume(walk.id(), "a race");
                    }
                }
                assertThat(walk.awaitSettled(LONG)).isEqualTo(SagaState.COMPLETED);
                assertThat(rows(walk, Kind.ATTEMPT, Result.SUCCEEDED)).hasSize(6);
                assertThat(begun.get(walk.id())).hasValue(6);
                assertEnded("race_pause", walk);
            });
        }
        System.out.println("WaitRacesTest: " + held + " were held on their way");
        assertThat(held.get()).isPositive();
    }

    @Test
    @DisplayName("of two decisions at once the first counts, and the other is refused")
    void decisionAgainstDecision() throws Exception {
        Saga<Integer> saga = Saga.define("loan", Integer.class);
        Step<Integer, Approval> grant =
                saga.approval("grant", context -> "may I?").returningRejections();
        SagaDefinition<Integer, Approval> definition = saga.returns(grant);
        try (Belay belay = open("race_decisions", definition);
                Worker worker = work(belay)) {
            race("a decision against another", random -> {
                SagaHandle<Approval> loan = belay.start(definition, 1);
                await().atMost(LONG)
                        .pollInterval(Duration.ofMillis(2))
                        .until(() -> !rows(loan, Kind.WAIT, Result.BEGUN).isEmpty());
                CyclicBarrier barrier = new CyclicBarrier(2);
                ExecutorService other = Executors.newSingleThreadExecutor();
                try {
                    Future<Boolean> approval = other.submit(() -> {
                        barrier.await();
                        return refused(() -> belay.operator("alice").approve(loan.id(), "grant", "yes"));
                    });
                    barrier.await();
                    boolean rejectionRefused =
                            refused(() -> belay.operator("bob").reject(loan.id(), "grant", "no"));
                    boolean approvalRefused = approval.get();

                    assertThat(rejectionRefused).isNotEqualTo(approvalRefused);
                    assertThat(loan.await(LONG).approved()).isEqualTo(rejectionRefused);
                } finally {
                    other.shutdownNow();
                }
                assertEnded("race_decisions", loan);
            });
        }
    }
}
