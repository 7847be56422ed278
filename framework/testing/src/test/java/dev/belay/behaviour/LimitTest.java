package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.DefinitionException;
import dev.belay.Limit;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.StartOptions;
import dev.belay.internal.journal.Jdbis;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Limits: how many steps run at once, or begin in a time, over all workers. */
@BelayTest
@Isolated("it measures how much of a rate is used")
class LimitTest {
    private static final Duration LONG = Duration.ofSeconds(50);

    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final List<Integer> order = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);

    private SagaDefinition<Integer, Void> limited(long millis, Limit... limits) {
        var saga = Saga.define("limited", Integer.class);
        var step = saga.step("work", Integer.class, ctx -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            try {
                Thread.sleep(millis);
            } finally {
                running.decrementAndGet();
            }
            order.add(ctx.input());
            return ctx.input();
        });
        step.pure();
        for (Limit limit : limits) {
            step.limit(limit);
        }
        return saga.returnsNothing();
    }

    /** A step that holds its limit until the gate opens, if its input is 0. */
    private SagaDefinition<Integer, Void> gated(Limit limit) {
        var saga = Saga.define("gated", Integer.class);
        saga.step("work", Integer.class, ctx -> {
                    if (ctx.input() == 0) {
                        order.add(0);
                        gate.await();
                    } else {
                        order.add(ctx.input());
                    }
                    return ctx.input();
                })
                .pure()
                .limit(limit);
        return saga.returnsNothing();
    }

    private static List<SagaHandle<Void>> start(SagaKit kit, SagaDefinition<Integer, Void> definition, int sagas) {
        kit.open(definition);
        return kit.belay()
                .startAll(definition, IntStream.rangeClosed(1, sagas).boxed().toList());
    }

    private static long jobs(SagaKit kit, String condition) {
        return Jdbis.over(kit.dataSource())
                .withHandle(
                        handle -> handle.createQuery("select count(*) from " + kit.schema() + ".job where " + condition)
                                .mapTo(Long.class)
                                .one());
    }

    @Test
    void neverMoreThanTheLimitAtOnceOverThreeWorkers(SagaKit kit) {
        var sagas = start(kit, limited(3, Limit.atMost("api", 4)), 200);
        kit.startWorker().startWorker().startWorker();

        kit.runUntilIdle();

        assertThat(sagas).allSatisfy(saga -> assertThat(saga.state()).isEqualTo(COMPLETED));
        assertThat(order).hasSize(200);
        assertThat(most.get()).isBetween(2, 4);
    }

    @Test
    void aMutexLetsOneRunAtATimeAndSeveralLimitsHoldTogether(SagaKit kit) {
        var sagas = start(kit, limited(1, Limit.mutex("one"), Limit.atMost("three", 3), Limit.atMost("two", 2)), 60);
        kit.startWorker().startWorker().startWorker();

        kit.runUntilIdle();

        assertThat(sagas).allSatisfy(saga -> assertThat(saga.state()).isEqualTo(COMPLETED));
        assertThat(most.get()).isEqualTo(1);
    }

    @Test
    void eachKeyHasALimitOfItsOwn(SagaKit kit) {
        Map<Integer, AtomicInteger> running = new ConcurrentHashMap<>();
        List<Integer> tooMany = new CopyOnWriteArrayList<>();
        var both = new CountDownLatch(2);
        var saga = Saga.define("keyed", Integer.class);
        saga.step("work", Integer.class, ctx -> {
                    int key = ctx.input() % 2;
                    if (running.computeIfAbsent(key, k -> new AtomicInteger()).incrementAndGet() > 1) {
                        tooMany.add(key);
                    }
                    // Ends only if both keys are let run at the same time.
                    both.countDown();
                    both.await();
                    running.get(key).decrementAndGet();
                    return key;
                })
                .pure()
                .limit(Limit.mutex("customer"), data -> "c" + data.input() % 2);
        var sagas = start(kit, saga.returnsNothing(), 40);

        kit.runUntilIdle();

        assertThat(tooMany).isEmpty();
        assertThat(sagas).allSatisfy(one -> assertThat(one.state()).isEqualTo(COMPLETED));
    }

    /** The waiting jobs cost a claim nothing: they are not in the index of ready ones. */
    @Test
    void fiveHundredThatWaitAreNotReadyAndAllRunInTheEnd(SagaKit kit) {
        var definition = gated(Limit.mutex("api"));
        kit.open(definition).startWorker();
        var holder = kit.start(definition, 0);
        await().atMost(LONG).until(() -> order.contains(0));
        var sagas = kit.belay()
                .startAll(definition, IntStream.rangeClosed(1, 500).boxed().toList());

        await().atMost(LONG).until(() -> jobs(kit, "state = 'W' and awaits = 'limit:api'") == 500);
        assertThat(jobs(kit, "state = 'R'")).isZero();
        assertThat(jobs(kit, "failures > 0")).isZero();
        gate.countDown();
        kit.runUntilIdle();

        assertThat(holder.state()).isEqualTo(COMPLETED);
        assertThat(sagas).allSatisfy(saga -> assertThat(saga.state()).isEqualTo(COMPLETED));
    }

    @Test
    void theMostUrgentThatWaitsIsNext(SagaKit kit) {
        var definition = gated(Limit.mutex("api"));
        kit.open(definition).startWorker();
        kit.start(definition, 0);
        await().atMost(LONG).until(() -> order.contains(0));
        for (int i = 1; i <= 6; i++) {
            kit.start(definition, i, StartOptions.defaults().withPriority(10 - i));
        }
        await().atMost(LONG).until(() -> jobs(kit, "awaits = 'limit:api'") == 6);

        gate.countDown();
        kit.runUntilIdle();

        assertThat(order).containsExactly(0, 6, 5, 4, 3, 2, 1);
    }

    @Test
    void aSagaThatWaitsForALimitCanBeCancelled(SagaKit kit) {
        var definition = gated(Limit.mutex("api"));
        kit.open(definition).startWorker();
        kit.start(definition, 0);
        await().atMost(LONG).until(() -> order.contains(0));
        var cancelled = kit.start(definition, 1);
        var last = kit.start(definition, 2);
        await().atMost(LONG).until(() -> jobs(kit, "awaits = 'limit:api'") == 2);

        cancelled.cancel("not needed");
        await().atMost(LONG).until(() -> cancelled.state() == COMPENSATED);
        gate.countDown();
        kit.runUntilIdle();

        assertThat(last.state()).isEqualTo(COMPLETED);
        assertThat(order).containsExactly(0, 2);
    }

    @Test
    void aWorkerThatDiesGivesUpWhatItHeld(SagaKit kit) {
        var saga = Saga.define("dying", Integer.class);
        saga.step("work", Integer.class, ctx -> {
                    kit.crashPoint("in the step");
                    order.add(ctx.input());
                    return ctx.input();
                })
                .pure()
                .limit(Limit.mutex("api"));
        var definition = saga.returnsNothing();
        kit.crashAt("in the step");
        var sagas = start(kit, definition, 20);

        kit.runUntilIdle();

        assertThat(sagas).allSatisfy(one -> assertThat(one.state()).isEqualTo(COMPLETED));
        assertThat(order).hasSize(20).doesNotHaveDuplicates();
    }

    /** A retry gives up the slot and asks again. */
    @Test
    void aStepThatFailsLetsOthersRunUntilItsNextAttempt(SagaKit kit) {
        var saga = Saga.define("failing", Integer.class);
        saga.step("work", Integer.class, ctx -> {
                    if (ctx.input() == 1 && ctx.attempt() == 1) {
                        throw new IllegalStateException("once");
                    }
                    order.add(ctx.input());
                    return ctx.input();
                })
                .pure()
                .retry(RetryPolicy.fixed(Duration.ofMinutes(10)).upTo(2))
                .limit(Limit.mutex("api"));
        var sagas = start(kit, saga.returnsNothing(), 10);

        kit.runToTheEnd();

        assertThat(sagas).allSatisfy(one -> assertThat(one.state()).isEqualTo(COMPLETED));
        assertThat(order).hasSize(10).endsWith(1);
    }

    @Test
    void aDeployMayRaiseAndLowerALimit(SagaKit kit) {
        start(kit, limited(3, Limit.atMost("api", 2)), 40);
        kit.runUntilIdle();
        assertThat(most.getAndSet(0)).isEqualTo(2);
        start(kit, meeting(new CyclicBarrier(5), 5), 20);
        kit.runUntilIdle();
        assertThat(most.getAndSet(0)).isEqualTo(5);
        start(kit, limited(3, Limit.mutex("api")), 20);
        kit.runUntilIdle();

        assertThat(most.get()).isEqualTo(1);
    }

    /** Every step waits until as many run as may: if a free slot were ever left unused, they would wait for ever. */
    @Test
    void whatMayRunAtOnceDoesWhileThereIsWork(SagaKit kit) {
        var full = new CyclicBarrier(5);
        var sagas = start(kit, meeting(full, 5), 60);
        kit.startWorker().startWorker().startWorker();

        kit.runUntilIdle();

        assertThat(sagas).allSatisfy(saga -> assertThat(saga.state()).isEqualTo(COMPLETED));
        assertThat(most.get()).isEqualTo(5);
    }

    private SagaDefinition<Integer, Void> meeting(CyclicBarrier full, int atMost) {
        var saga = Saga.define("limited", Integer.class);
        saga.step("work", Integer.class, ctx -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    try {
                        full.await();
                    } finally {
                        running.decrementAndGet();
                    }
                    return ctx.input();
                })
                .pure()
                .limit(Limit.atMost("api", atMost));
        return saga.returnsNothing();
    }

    /**
     * Grants are recorded by the database as they are given, begins inside the steps by the server's clock: no window has too many
     * grants, and no step begins before its grant.
     */
    @Test
    void aRateIsNeverExceededInAnyWindowAndIsUsedUp(SagaKit kit) {
        int permits = 20;
        long windowMicros = 1_000_000;
        List<Long> begins = new CopyOnWriteArrayList<>();
        var jdbi = Jdbis.over(kit.dataSource());
        var saga = Saga.define("rated", Integer.class);
        saga.step("work", Integer.class, ctx -> {
                    begins.add(jdbi.withHandle(handle -> handle.createQuery(
                                    "select (extract(epoch from clock_timestamp()) * 1000000)::bigint")
                            .mapTo(Long.class)
                            .one()));
                    return ctx.input();
                })
                .pure()
                .limit(Limit.rate("api", permits, Duration.ofSeconds(1)));
        int sagas = 120;
        recordGrants(kit);
        start(kit, saga.returnsNothing(), sagas);
        kit.startWorker().startWorker().startWorker();

        kit.runUntilIdle();
        await().atMost(LONG).until(() -> begins.size() == sagas);
        kit.runUntilIdle();

        List<Long> sorted = new ArrayList<>(begins);
        Collections.sort(sorted);
        List<Long> grants = grants(kit);
        assertThat(grants).hasSize(sagas);
        for (int i = 0; i < sagas; i++) {
            assertThat(sorted.get(i)).as("begin %d", i).isGreaterThanOrEqualTo(grants.get(i));
        }
        for (int i = 0; i + permits < sagas; i++) {
            assertThat(grants.get(i + permits) - grants.get(i))
                    .as("from grant %d on", i)
                    .isGreaterThanOrEqualTo(windowMicros);
        }
        double possible = (double) permits * (grants.get(sagas - 1) - grants.get(0)) / windowMicros;
        System.out.printf("LimitTest: %d grants of %.1f that the rate allows%n", sagas - 1, possible);
        assertThat((sagas - 1) / possible).isGreaterThanOrEqualTo(0.95);
    }

    private static void recordGrants(SagaKit kit) {
        Jdbis.over(kit.dataSource()).useHandle(handle -> {
            handle.execute("create table %s.granted (next_at timestamptz)".formatted(kit.schema()));
            handle.execute("""
                    create function %1$s.note_grant() returns trigger language plpgsql as
                    'begin insert into %1$s.granted values (new.next_at); return null; end'""".formatted(kit.schema()));
            handle.execute("""
                    create trigger note_grant after update on %1$s.limit_slot for each row
                      when (new.next_at is distinct from old.next_at) execute function %1$s.note_grant()""".formatted(kit.schema()));
        });
    }

    /** A grant is one spacing before the next that may be, and the spacing at least the period over the permits. */
    private static List<Long> grants(SagaKit kit) {
        return Jdbis.over(kit.dataSource())
                .withHandle(handle -> handle.createQuery("""
                                select (extract(epoch from next_at - interval '51500 microseconds') * 1000000)::bigint
                                  from %s.granted order by next_at""".formatted(kit.schema()))
                        .mapTo(Long.class)
                        .list());
    }

    @Test
    void aLimitIsForStepsWithCode() {
        var saga = Saga.define("wrong", String.class);
        saga.sleep("sleep", Duration.ofSeconds(1)).limit(Limit.mutex("api"));

        assertThatThrownBy(saga::returnsNothing)
                .isInstanceOf(DefinitionException.class)
                .hasMessageContaining("\"sleep\" only waits");
        assertThatThrownBy(() -> Limit.atMost("api", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1");
    }
}
