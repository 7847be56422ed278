package dev.belay.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.StartOptions;
import dev.belay.Step;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.embedded.LocalPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutageTest {
    private static final int SAGAS = 200;
    private static final int STEPS = 5;
    private static final int OUTAGES = 3;
    private static final Duration LONG = Duration.ofSeconds(90);

    /** The input. */
    record Order(String key) {}

    private final AtomicLong tokens = new AtomicLong();

    /** Each step makes a call that answers something else each time, so that a call repeated unseen would show. */
    private SagaDefinition<Order, String> calling() {
        Saga<Order> saga = Saga.define("outage", Order.class);
        List<Step<Order, String>> steps = new ArrayList<>();
        for (int i = 1; i <= STEPS; i++) {
            steps.add(saga.step("step-" + i, String.class, context -> {
                        String token = context.activity("call", String.class, () -> "t" + tokens.incrementAndGet());
                        Thread.sleep(20);
                        return token;
                    })
                    .pure()
                    // An outage is no fault of a step: it must not use up retries, and here there are none.
                    .retry(RetryPolicy.never()));
        }
        return saga.returns(String.class, data -> {
            List<String> answers = new ArrayList<>();
            steps.forEach(step -> answers.add(data.output(step)));
            return String.join(" ", answers);
        });
    }

    @Test
    @DisplayName(
            "when PostgreSQL dies under running sagas, workers go on, nothing is recorded twice and no start is lost")
    void sagasOutliveTheServersDeath(@TempDir Path folder) throws Exception {
        long seed = System.nanoTime();
        System.out.println("OutageTest: seed " + seed);
        Random random = new Random(seed);
        SagaDefinition<Order, String> definition = calling();
        try (LocalPostgres postgres = LocalPostgres.in(folder).durable(true).start();
                HikariDataSource pool = CrashWorker.pool(postgres.url(), 20);
                Belay belay = Belay.on(pool).with(definition).open();
                Belay other = Belay.on(pool).with(definition).open();
                Worker first = work(belay);
                Worker second = work(other)) {
            Map<String, UUID> acknowledged = new ConcurrentHashMap<>();
            AtomicInteger refused = new AtomicInteger();
            AtomicBoolean enough = new AtomicBoolean();
            ExecutorService threads = Executors.newSingleThreadExecutor();
            try {
                for (int i = 0; i < SAGAS; i++) {
                    start(belay, definition, "early-" + i, acknowledged);
                }
                Future<?> starting =
                        threads.submit(() -> startOnAndOn(belay, definition, acknowledged, refused, enough));

                for (int i = 0; i < OUTAGES; i++) {
                    Thread.sleep(100 + random.nextInt(400));
                    postgres.kill();
                    // The last one outlasts the lease.
                    Thread.sleep(i == OUTAGES - 1 ? 3_000 : random.nextInt(500));
                    postgres.restart();
                }
                enough.set(true);
                starting.get();

                for (UUID saga : acknowledged.values()) {
                    String result = belay.saga(saga, definition).await(LONG);
                    assertThat(result.split(" ")).hasSize(STEPS);
                }
                assertThat(refused)
                        .as("starts during the outage, or nothing was tested")
                        .hasPositiveValue();
                assertRecordedOnce(Jdbi.create(postgres.dataSource()), belay, definition, acknowledged);
            } finally {
                enough.set(true);
                threads.shutdownNow();
            }
        }
    }

    @Test
    @DisplayName("a step that asks for an earlier output while the database is away waits, and has not failed")
    void stepsThatReadWaitForTheDatabase(@TempDir Path folder) throws Exception {
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try (LocalPostgres postgres = LocalPostgres.in(folder).durable(true).start();
                HikariDataSource pool = CrashWorker.pool(postgres.url(), 10)) {
            Saga<Order> saga = Saga.define("reading", Order.class);
            Step<Order, String> pivot = saga.pivot("decide", String.class, context -> "decided");
            AtomicInteger runs = new AtomicInteger();
            SagaDefinition<Order, String> definition = saga.returns(saga.step("read", String.class, context -> {
                        if (runs.incrementAndGet() == 1) {
                            postgres.kill();
                            threads.submit(() -> restartLater(postgres));
                        }
                        return context.output(pivot);
                    })
                    .pure()
                    .retry(RetryPolicy.never()));
            try (Belay belay = Belay.on(pool).with(definition).open();
                    Worker worker = work(belay)) {
                // The pool must not do the waiting.
                pool.setConnectionTimeout(300);
                SagaHandle<String> reading = belay.start(definition, new Order("one"));

                await().atMost(LONG).until(() -> settled(reading));

                assertThat(reading.result()).isEqualTo("decided");
                assertThat(failures(reading)).isZero();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    @DisplayName(
            "a step that meets the end of its lease in an outage runs again with what it recorded, and has not failed")
    void leasesThatEndInAnOutageAreNoFailures(@TempDir Path folder) throws Exception {
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try (LocalPostgres postgres = LocalPostgres.in(folder).durable(true).start();
                HikariDataSource pool = CrashWorker.pool(postgres.url(), 10)) {
            Saga<Order> saga = Saga.define("outlasted", Order.class);
            AtomicInteger runs = new AtomicInteger();
            SagaDefinition<Order, String> definition = saga.returns(saga.step("talk", String.class, context -> {
                        String first = context.activity("first", String.class, () -> "t" + tokens.incrementAndGet());
                        if (runs.incrementAndGet() == 1) {
                            postgres.kill();
                            await().atMost(LONG).until(context::shouldStop);
                            threads.submit(postgres::restart);
                        }
                        return first + " " + context.activity("second", String.class, () -> "end");
                    })
                    .pure()
                    .retry(RetryPolicy.never()));
            try (Belay belay = Belay.on(pool).with(definition).open();
                    Worker worker = work(belay)) {
                SagaHandle<String> outlasted = belay.start(definition, new Order("one"));

                await().atMost(LONG).until(() -> settled(outlasted));

                assertThat(outlasted.result()).isEqualTo("t1 end");
                assertThat(runs).as("runs of the step").hasValueGreaterThan(1);
                assertThat(failures(outlasted)).isZero();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Void restartLater(LocalPostgres postgres) throws InterruptedException {
        Thread.sleep(1_500);
        postgres.restart();
        return null;
    }

    /** Asked while the database may be away. */
    private static boolean settled(SagaHandle<?> saga) {
        try {
            return saga.state().isTerminal() || saga.state().needsOperator();
        } catch (RuntimeException away) {
            return false;
        }
    }

    private static long failures(SagaHandle<?> saga) {
        return saga.journal().stream()
                .filter(entry -> entry.failure().isPresent())
                .count();
    }

    private static Worker work(Belay belay) {
        return belay.worker(WorkerOptions.defaults()
                        .platformThreads(4)
                        .lease(Duration.ofSeconds(2))
                        .poll(Duration.ofMillis(100)))
                .start();
    }

    private static void start(
            Belay belay, SagaDefinition<Order, String> definition, String key, Map<String, UUID> acknowledged) {
        acknowledged.put(
                key,
                belay.start(definition, new Order(key), StartOptions.key(key)).id());
    }

    private static void startOnAndOn(
            Belay belay,
            SagaDefinition<Order, String> definition,
            Map<String, UUID> acknowledged,
            AtomicInteger refused,
            AtomicBoolean enough) {
        for (int i = 0; !enough.get(); i++) {
            try {
                start(belay, definition, "late-" + i, acknowledged);
                Thread.sleep(20);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                refused.incrementAndGet();
            }
        }
    }

    private static void assertRecordedOnce(
            Jdbi jdbi, Belay belay, SagaDefinition<Order, String> definition, Map<String, UUID> acknowledged) {
        Map<UUID, List<String>> recorded = new HashMap<>();
        jdbi.useHandle(handle -> handle.createQuery("""
                                select saga_id, output #>> '{}' as token from belay.journal
                                where kind = 'C' and outcome = 'S' order by seq""")
                .map((rs, context) -> Map.entry(rs.getObject("saga_id", UUID.class), rs.getString("token")))
                .forEach(row -> recorded.computeIfAbsent(row.getKey(), saga -> new ArrayList<>())
                        .add(row.getValue())));
        acknowledged.forEach((key, saga) -> {
            assertThat(recorded.get(saga)).as("calls recorded of %s", key).hasSize(STEPS);
            assertThat(belay.saga(saga, definition).result())
                    .as("%s must have seen what was recorded", key)
                    .isEqualTo(String.join(" ", recorded.get(saga)));
            assertThat(belay.start(definition, new Order(key), StartOptions.key(key))
                            .id())
                    .as("started again with the same key")
                    .isEqualTo(saga);
        });
        assertThat(count(jdbi, "belay.journal where kind = 'C' and outcome <> 'S'"))
                .as("activities recorded as failed")
                .isZero();
        assertThat(count(jdbi, "belay.journal where kind = 'A' and outcome not in ('S', 'L')"))
                .as("attempts recorded as failed")
                .isZero();
        assertThat(count(jdbi, """
                        (select from belay.journal where kind = 'A' and outcome = 'S'
                         group by saga_id, branch, seq, run, direction having count(*) > 1) doubled""")).isZero();
        assertThat(count(jdbi, """
                        (select saga_id from belay.journal where kind = 'E'
                         group by saga_id having count(*) > 1) doubled""")).isZero();
    }

    private static long count(Jdbi jdbi, String rows) {
        return jdbi.withHandle(handle -> handle.createQuery("select count(*) from " + rows)
                .mapTo(Long.class)
                .one());
    }

    @Test
    @DisplayName("a worker whose users take every connection of a small pool keeps its lease and its steps go on")
    void heartbeatsGoOnWhenUsersTakeAllConnections() throws Exception {
        Saga<Order> saga = Saga.define("pooled", Order.class);
        saga.step("one", String.class, context -> "1").pure();
        SagaDefinition<Order, String> definition = saga.returns(
                saga.step("two", String.class, context -> context.input().key()).pure());
        LocalPostgres postgres = LocalPostgres.shared();
        try (HikariDataSource pool = CrashWorker.pool(postgres.url(), 6);
                Belay belay = Belay.on(pool).schema("pooled").with(definition).open();
                Worker worker = belay.worker(quickHeart()).start()) {
            pool.setConnectionTimeout(300);
            assertThat(belay.start(definition, new Order("before")).await(LONG)).isEqualTo("before");
            Jdbi jdbi = Jdbi.create(postgres.dataSource());
            List<SagaHandle<String>> begun = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                begun.add(belay.start(definition, new Order("during-" + i)));
            }

            List<Connection> taken = takeAll(pool);
            try {
                assertThat(taken).isNotEmpty();
                for (int beat = 0; beat < 10; beat++) {
                    String seen = seenAt(jdbi, worker);
                    await().atMost(LONG).until(() -> !seenAt(jdbi, worker).equals(seen));
                }
            } finally {
                for (Connection connection : taken) {
                    connection.close();
                }
            }

            for (int i = 0; i < begun.size(); i++) {
                assertThat(begun.get(i).await(LONG)).isEqualTo("during-" + i);
            }
        }
    }

    /** Beats often, so that the test need not be long; its lease is so long that no busy machine ends it. */
    private static WorkerOptions quickHeart() {
        WorkerOptions defaults = WorkerOptions.defaults();
        return new WorkerOptions(
                "small-pool",
                defaults.queues(),
                4,
                false,
                Duration.ofMillis(100),
                Duration.ofMinutes(5),
                Duration.ofMillis(100),
                true,
                2,
                1,
                defaults.timeoutGrace());
    }

    private static List<Connection> takeAll(HikariDataSource pool) {
        List<Connection> taken = new ArrayList<>();
        while (true) {
            try {
                taken.add(pool.getConnection());
            } catch (SQLException full) {
                return taken;
            }
        }
    }

    private static String seenAt(Jdbi jdbi, Worker worker) {
        return jdbi.withHandle(handle -> handle.createQuery("select seen_at::text from pooled.worker where id = :id")
                .bind("id", worker.incarnation())
                .mapTo(String.class)
                .one());
    }
}
