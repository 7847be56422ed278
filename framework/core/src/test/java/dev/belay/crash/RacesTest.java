package dev.belay.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.FailurePolicy;
import dev.belay.OperationRefused;
import dev.belay.Operator;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.embedded.LocalPostgres;
import dev.belay.internal.journal.Jdbis;
import dev.belay.internal.journal.Schema;
import dev.belay.internal.queue.JobTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls that race, a hundred times each: whoever wins, one legal outcome remains, and the journal agrees with it. */
class RacesTest {
    private static final int RACES = 100;
    private static final int AT_ONCE = 8;
    private static final Duration LONG = Duration.ofSeconds(60);

    private static LocalPostgres postgres;
    private static HikariDataSource pool;
    private static Jdbi jdbi;

    /** The input of a saga that races. */
    record Lot(long sleepMicros) {}

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

    /** What a racing call came to. */
    private record Call(SagaState state, boolean refused) {
        static Call of(Callable<SagaState> call) throws Exception {
            try {
                return new Call(call.call(), false);
            } catch (OperationRefused e) {
                return new Call(e.state(), true);
            }
        }
    }

    /** A hundred races of one kind, each with its own seed. */
    private void race(String name, Round round) throws Exception {
        long seed = System.nanoTime();
        System.out.println("RacesTest: " + name + " with seed " + seed);
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

    @FunctionalInterface
    private interface Round {
        void run(Random random) throws Exception;
    }

    /** Makes both calls as nearly at once as the random delays allow. */
    private static List<Call> both(Random random, Callable<SagaState> one, Callable<SagaState> other) throws Exception {
        CyclicBarrier barrier = new CyclicBarrier(2);
        long delay = random.nextInt(2_000);
        boolean oneFirst = random.nextBoolean();
        List<Call> calls =
                new ArrayList<>(List.of(new Call(SagaState.RUNNING, true), new Call(SagaState.RUNNING, true)));
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<Call> first = threads.submit(() -> {
                barrier.await();
                pause(oneFirst ? 0 : delay);
                return Call.of(one);
            });
            Future<Call> second = threads.submit(() -> {
                barrier.await();
                pause(oneFirst ? delay : 0);
                return Call.of(other);
            });
            calls.set(0, first.get());
            calls.set(1, second.get());
            return calls;
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
                        .poll(Duration.ofMillis(20))
                        .withoutNotifications())
                .start();
    }

    /** Three steps with undos, the last of which takes as long as the input says and then does {@code last}. */
    private static SagaDefinition<Lot, String> three(FailurePolicy policy, Consumer<Lot> last) {
        Saga<Lot> saga = Saga.define("race", Lot.class).onFailure(policy);
        saga.step("one", String.class, context -> "1").undo(undo -> {});
        saga.step("two", String.class, context -> "2").undo(undo -> {});
        return saga.returns(saga.step("three", String.class, context -> {
                    pause(context.input().sleepMicros());
                    last.accept(context.input());
                    return "3";
                })
                .undo(undo -> {})
                .retry(RetryPolicy.never()));
    }

    @Test
    @DisplayName("a cancel that races the last step either undoes the whole saga or is refused")
    void cancelAgainstTheLastStep() throws Exception {
        SagaDefinition<Lot, String> definition = three(FailurePolicy.SUSPEND, lot -> {});
        try (Belay belay = open("race_last", definition);
                Worker worker = work(belay)) {
            race("cancel against the last step", random -> {
                SagaHandle<String> saga = belay.start(definition, new Lot(random.nextInt(4_000)));
                pause(random.nextInt(8_000));

                Call cancel = Call.of(() -> saga.cancel("too late?"));

                SagaState end = saga.awaitSettled(LONG);
                assertThat(end).isEqualTo(cancel.refused() ? SagaState.COMPLETED : SagaState.COMPENSATED);
                new Rows("race_last", saga.id()).assertConsistent().assertDecisions(cancel.refused() ? 0 : 1);
            });
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(FailurePolicy.class)
    @DisplayName("a cancel that races a step's failure undoes everything that was begun, once")
    void cancelAgainstAFailingStep(FailurePolicy policy) throws Exception {
        SagaDefinition<Lot, String> definition = three(policy, lot -> {
            throw new IllegalStateException("broken");
        });
        String schema = "race_failing_" + policy.name().toLowerCase(Locale.ROOT);
        try (Belay belay = open(schema, definition);
                Worker worker = work(belay)) {
            race("cancel against a failing step, policy " + policy, random -> {
                SagaHandle<String> saga = belay.start(definition, new Lot(random.nextInt(4_000)));
                pause(random.nextInt(8_000));

                Call cancel = Call.of(() -> saga.cancel("a race"));

                assertThat(cancel.refused()).isFalse();
                awaitState(saga, SagaState.COMPENSATED);
                new Rows(schema, saga.id()).assertConsistent().assertDecisions(1);
            });
        }
    }

    private static void awaitState(SagaHandle<?> saga, SagaState state) {
        await().atMost(LONG)
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThat(saga.state()).isEqualTo(state));
    }

    /** What an operator may do to a suspended saga. */
    enum Decision {
        RETRY,
        SKIP,
        COMPENSATE,
        RESOLVE,
        CANCEL;

        SagaState on(Operator operator, UUID saga) {
            return switch (this) {
                case RETRY -> operator.retry(saga, "a race");
                case SKIP -> operator.skip(saga, "skipped", "a race");
                case COMPENSATE -> operator.compensate(saga, "a race");
                case RESOLVE -> operator.resolve(saga, "a race");
                case CANCEL -> operator.cancel(saga, "a race");
            };
        }
    }

    @Test
    @DisplayName("two operators who decide at once leave one outcome, and who was refused changed nothing")
    void operatorsAgainstEachOther() throws Exception {
        Set<UUID> mended = ConcurrentHashMap.newKeySet();
        SagaDefinition<Lot, String> definition = failingUntilMended(mended);
        try (Belay belay = open("race_operators", definition);
                Worker worker = work(belay)) {
            race("operators against each other", random -> {
                SagaHandle<String> saga = belay.start(definition, new Lot(random.nextInt(1_000)));
                assertThat(saga.awaitSettled(LONG)).isEqualTo(SagaState.SUSPENDED);
                mended.add(saga.id());
                Decision alice = Decision.values()[random.nextInt(4)];
                Decision bob = Decision.values()[random.nextInt(4)];

                List<Call> calls = both(
                        random,
                        () -> alice.on(belay.operator("alice"), saga.id()),
                        () -> bob.on(belay.operator("bob"), saga.id()));

                SagaState end = saga.awaitSettled(LONG);
                assertThat(calls)
                        .as("%s against %s", alice, bob)
                        .filteredOn(Call::refused)
                        .hasSize(1);
                Decision won = calls.get(0).refused() ? bob : alice;
                assertThat(end).isEqualTo(outcomeOf(won));
                new Rows("race_operators", saga.id()).assertConsistent().assertDecisions(1);
            });
        }
    }

    private static SagaState outcomeOf(Decision decision) {
        return switch (decision) {
            case RETRY, SKIP -> SagaState.COMPLETED;
            case COMPENSATE, CANCEL -> SagaState.COMPENSATED;
            case RESOLVE -> SagaState.RESOLVED;
        };
    }

    private static SagaDefinition<Lot, String> failingUntilMended(Set<UUID> mended) {
        Saga<Lot> saga = Saga.define("race", Lot.class);
        saga.step("one", String.class, context -> "1").undo(undo -> {});
        saga.step("two", String.class, context -> {
                    if (!mended.contains(context.sagaId())) {
                        throw new IllegalStateException("broken");
                    }
                    return "2";
                })
                .undo(undo -> {})
                .retry(RetryPolicy.never());
        return saga.returns(saga.step("three", String.class, context -> {
                    pause(context.input().sleepMicros());
                    return "3";
                })
                .undo(undo -> {}));
    }

    @Test
    @DisplayName("a decision that races the steps set going by another is refused, or a cancel that undoes all")
    void operatorAgainstTheAdvance() throws Exception {
        Set<UUID> mended = ConcurrentHashMap.newKeySet();
        SagaDefinition<Lot, String> definition = failingUntilMended(mended);
        try (Belay belay = open("race_advance", definition);
                Worker worker = work(belay)) {
            race("an operator against the advance", random -> {
                SagaHandle<String> saga = belay.start(definition, new Lot(random.nextInt(4_000)));
                assertThat(saga.awaitSettled(LONG)).isEqualTo(SagaState.SUSPENDED);
                mended.add(saga.id());
                belay.operator("alice").retry(saga.id(), "mended");
                pause(random.nextInt(6_000));
                Decision decision = Decision.values()[random.nextInt(Decision.values().length)];

                Call call = Call.of(() -> decision.on(belay.operator("bob"), saga.id()));

                SagaState end = saga.awaitSettled(LONG);
                boolean cancelled = decision == Decision.CANCEL && !call.refused();
                assertThat(call.refused()).as("%s", decision).isEqualTo(!cancelled);
                assertThat(end).isEqualTo(cancelled ? SagaState.COMPENSATED : SagaState.COMPLETED);
                new Rows("race_advance", saga.id()).assertConsistent().assertDecisions(cancelled ? 2 : 1);
            });
        }
    }

    @Test
    @DisplayName("two cancels at once undo a saga once")
    void twoCancels() throws Exception {
        SagaDefinition<Lot, String> definition = three(FailurePolicy.SUSPEND, lot -> {});
        try (Belay belay = open("race_cancels", definition);
                Worker worker = work(belay)) {
            race("two cancels", random -> {
                SagaHandle<String> saga = belay.start(definition, new Lot(random.nextInt(4_000)));
                pause(random.nextInt(8_000));

                List<Call> calls = both(random, () -> saga.cancel("one"), () -> saga.cancel("other"));

                SagaState end = saga.awaitSettled(LONG);
                assertThat(calls.get(0).refused()).isEqualTo(calls.get(1).refused());
                boolean refused = calls.get(0).refused();
                assertThat(end).isEqualTo(refused ? SagaState.COMPLETED : SagaState.COMPENSATED);
                Rows rows =
                        new Rows("race_cancels", saga.id()).assertConsistent().assertDecisions(refused ? 0 : 2);
                assertThat(rows.turns()).isEqualTo(refused ? 0 : 1);
            });
        }
    }

    @Test
    @DisplayName("a takeover that races an activity leaves one record of it, and that is what the saga saw")
    void takeoverAgainstAnActivity() throws Exception {
        AtomicLong tokens = new AtomicLong();
        SagaDefinition<Lot, String> definition = calling(tokens);
        JobTable jobs = new JobTable(new Schema("race_takeover"));
        long seed = System.nanoTime();
        System.out.println("RacesTest: takeover against activities with seed " + seed);
        Random random = new Random(seed);
        List<SagaHandle<String>> sagas = new ArrayList<>();
        try (Belay belay = open("race_takeover", definition);
                Belay other = open("race_takeover", definition);
                Worker first = workWithQuickHeart(belay);
                Worker second = workWithQuickHeart(other)) {
            for (int i = 0; i < RACES; i++) {
                for (int j = 0; j < 3; j++) {
                    sagas.add(belay.start(definition, new Lot(random.nextInt(2_000))));
                }
                pause(random.nextInt(8_000));
                Worker dying = random.nextBoolean() ? first : second;
                long dead = dying.incarnation();

                jdbi.useHandle(handle -> handle.execute("delete from race_takeover.worker where id = ?", dead));
                jdbi.useHandle(handle -> jobs.takeOver(handle, 500));

                await().atMost(LONG).until(() -> dying.incarnation() != dead);
                await().atMost(LONG).pollInterval(Duration.ofMillis(10)).until(() -> {
                    // What the dying one claimed in its last moments.
                    jdbi.useHandle(handle -> jobs.takeOver(handle, 500));
                    return sagas.stream()
                            .skip(sagas.size() - 3)
                            .allMatch(saga -> saga.state().isTerminal());
                });
            }

            for (SagaHandle<String> saga : sagas) {
                String result = saga.result();
                Rows rows = new Rows("race_takeover", saga.id()).assertConsistent();
                assertThat(rows.recordedCalls()).hasSize(5).doesNotHaveDuplicates();
                assertThat(result).isEqualTo(String.join(" ", rows.recordedTokens()));
            }
        }
        long recorded = 5L * sagas.size();
        System.out.println("RacesTest: " + tokens.get() + " calls made for " + recorded + " recorded");
        assertThat(tokens.get()).isGreaterThan(recorded);
    }

    /** Learns at once that its row is gone, and judges nobody else. */
    private static Worker workWithQuickHeart(Belay belay) {
        WorkerOptions defaults = WorkerOptions.defaults();
        return belay.worker(new WorkerOptions(
                        defaults.name(),
                        defaults.queues(),
                        6,
                        false,
                        Duration.ofMillis(20),
                        Duration.ofMinutes(5),
                        Duration.ofMillis(20),
                        false,
                        2,
                        1,
                        defaults.timeoutGrace()))
                .start();
    }

    /** A step of five calls, each of which answers something else each time it is made. */
    private static SagaDefinition<Lot, String> calling(AtomicLong tokens) {
        Saga<Lot> saga = Saga.define("calls", Lot.class);
        return saga.returns(saga.step("calls", String.class, context -> {
                    List<String> answers = new ArrayList<>();
                    for (int i = 0; i < 5; i++) {
                        answers.add(context.activity("call", String.class, () -> {
                            pause(ThreadLocalRandom.current()
                                    .nextLong(1 + context.input().sleepMicros()));
                            return "t" + tokens.incrementAndGet();
                        }));
                    }
                    return String.join(" ", answers);
                })
                .pure()
                .retry(RetryPolicy.fixed(Duration.ZERO).upTo(1_000)));
    }

    /** The rows of one saga, and what must hold between them. */
    private record Rows(String schema, UUID saga) {

        private List<Map<String, Object>> query(String sql) {
            return jdbi.withHandle(handle -> handle.createQuery(sql.replace("belay.", schema + "."))
                    .bind("saga", saga)
                    .mapToMap()
                    .list());
        }

        private long count(String sql) {
            return (Long) query("select count(*) as n from " + sql).get(0).get("n");
        }

        Rows assertConsistent() {
            Map<String, Object> row = query("select state, ended_at from belay.saga where id = :saga")
                    .get(0);
            SagaState state = SagaState.valueOf((String) row.get("state"));
            assertThat(count("belay.journal where saga_id = :saga and kind = 'E'"))
                    .as("END rows of a saga that is %s", state)
                    .isEqualTo(state.isTerminal() ? 1 : 0);
            assertThat(count("belay.job where saga_id = :saga")).isEqualTo(state.isTerminal() ? 0 : 1);
            assertThat(row.get("ended_at") != null).isEqualTo(state.isTerminal());
            assertThat(count("""
                            (select from belay.journal where saga_id = :saga and kind = 'A' and outcome in ('S', 'E')
                             group by branch, seq, run, direction, item having count(*) > 1) doubled""")).isZero();
            if (EnumSet.of(SagaState.COMPLETED, SagaState.RUNNING).contains(state)) {
                assertThat(count("belay.journal where saga_id = :saga and direction = '-' and kind <> 'E'"))
                        .isZero();
            }
            if (state == SagaState.COMPENSATED) {
                assertThat(places("direction = '-' and outcome in ('S', 'E')"))
                        .isEqualTo(places("direction = '+' and outcome not in ('N', 'K')"));
            }
            return this;
        }

        private List<Map<String, Object>> places(String condition) {
            return query("select distinct seq, run from belay.journal where saga_id = :saga and kind = 'A' and "
                    + condition + " order by seq desc, run desc");
        }

        Rows assertDecisions(int expected) {
            assertThat(count("belay.operation where saga_id = :saga")).isEqualTo(expected);
            return this;
        }

        /** How many decisions found the saga running, and so turned it. */
        long turns() {
            return count("belay.operation where saga_id = :saga and before = 'RUNNING'");
        }

        List<Object> recordedCalls() {
            return query(recorded()).stream().map(row -> row.get("key")).toList();
        }

        List<String> recordedTokens() {
            return query(recorded()).stream()
                    .map(row -> (String) row.get("answer"))
                    .toList();
        }

        private static String recorded() {
            return """
                    select key, output #>> '{}' as answer from belay.journal
                    where saga_id = :saga and kind = 'C' and outcome = 'S' order by n""";
        }
    }
}
