package dev.belay.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.StartOptions;
import dev.belay.internal.journal.Jdbis;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Whose jobs are claimed first. */
@BelayTest
class TenantTest {
    private static final StartOptions BIG = StartOptions.defaults().tenant("big");
    private static final StartOptions SMALL = StartOptions.defaults().tenant("small");

    private final List<String> ran = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);

    private SagaDefinition<String, Void> logging() {
        var saga = Saga.define("log", String.class);
        saga.step("write", Boolean.class, ctx -> ran.add(ctx.input()));
        return saga.returnsNothing();
    }

    private SagaDefinition<String, Void> waiting() {
        var saga = Saga.define("wait", String.class);
        saga.step("wait", Boolean.class, ctx -> gate.await(1, TimeUnit.HOURS));
        return saga.returnsNothing();
    }

    /** One thread, so that steps run in the order in which they were claimed. */
    private static void onOneThread(SagaKit kit) {
        kit.workerOptions(options -> options.platformThreads(1));
    }

    private static Map<String, Long> claimedOfEach(SagaKit kit) {
        Map<String, Long> claimed = new TreeMap<>();
        Jdbis.over(kit.dataSource())
                .useHandle(handle -> handle.createQuery("select coalesce(tenant, '') as who, count(*) as n from "
                                + kit.schema() + ".job where state = 'C' group by 1")
                        .map((rs, context) -> claimed.put(rs.getString("who"), rs.getLong("n")))
                        .list());
        return claimed;
    }

    @Test
    void aTenantWithOneJobIsServedInTheFirstClaimAlthoughAnotherHasThousands(SagaKit kit) {
        onOneThread(kit);
        var definition = waiting();
        kit.open(definition);
        kit.belay().startAll(definition, Collections.nCopies(20_000, "big"), BIG);
        kit.belay().start(definition, "small", SMALL);

        kit.startWorker();

        await().until(() -> !claimedOfEach(kit).isEmpty());
        assertThat(claimedOfEach(kit)).containsEntry("small", 1L).containsKey("big");
        gate.countDown();
    }

    @Test
    void tenantsAndTheJobsOfNoTenantTakeEvenTurns(SagaKit kit) {
        onOneThread(kit);
        var definition = logging();
        kit.open(definition);
        int each = 200;
        kit.belay().startAll(definition, Collections.nCopies(each, "none"));
        for (String tenant : List.of("a", "b", "c")) {
            kit.belay()
                    .startAll(
                            definition,
                            Collections.nCopies(each, tenant),
                            StartOptions.defaults().tenant(tenant));
        }

        kit.runUntilIdle();

        assertThat(ran).hasSize(4 * each);
        Map<String, Integer> soFar = new TreeMap<>(Map.of("none", 0, "a", 0, "b", 0, "c", 0));
        for (String tenant : ran) {
            soFar.merge(tenant, 1, Integer::sum);
            assertThat(Collections.max(soFar.values()) - Collections.min(soFar.values()))
                    .as("%s", soFar)
                    .isLessThan(16);
        }
    }

    @Test
    void moreTenantsThanAWorkerHasRoomForAllHaveTheirTurn(SagaKit kit) {
        onOneThread(kit);
        var definition = logging();
        kit.open(definition);
        for (int i = 0; i < 40; i++) {
            String tenant = "tenant-" + i;
            kit.belay()
                    .startAll(
                            definition,
                            Collections.nCopies(5, tenant),
                            StartOptions.defaults().tenant(tenant));
        }

        kit.runUntilIdle();

        assertThat(ran).hasSize(200);
        assertThat(ran.subList(0, 60)).containsAll(ran);
    }

    @Test
    void withinATenantTheMostUrgentIsFirst(SagaKit kit) {
        onOneThread(kit);
        var definition = logging();
        kit.open(definition);
        kit.belay().start(definition, "later", BIG.withPriority(5));
        kit.belay().start(definition, "usual", BIG);
        kit.belay().start(definition, "urgent", BIG.withPriority(-5));

        kit.runUntilIdle();

        assertThat(ran).containsExactly("urgent", "usual", "later");
    }

    @Test
    void aCrowdThatFallsDueAtOnceDoesNotDelayAnotherTenant(SagaKit kit) {
        onOneThread(kit);
        var tried = ConcurrentHashMap.<String>newKeySet();
        var saga = Saga.define("retry", String.class);
        saga.step("wait", Boolean.class, ctx -> {
                    if (!ctx.input().equals("small") && tried.add(ctx.input())) {
                        throw new IllegalStateException("not yet");
                    }
                    gate.await();
                    ran.add(ctx.input());
                    return true;
                })
                .retry(RetryPolicy.fixed(Duration.ofHours(1)).upTo(3));
        var definition = saga.returnsNothing();
        kit.open(definition);
        List<String> inputs = java.util.stream.IntStream.range(0, 500)
                .mapToObj(i -> "big-" + i)
                .toList();
        kit.belay().startAll(definition, inputs, BIG);
        kit.runUntilIdle();
        kit.advance(Duration.ofHours(2));
        kit.belay().start(definition, "small", SMALL);

        kit.startWorker();

        await().until(() -> claimedOfEach(kit).containsKey("big"));
        assertThat(claimedOfEach(kit)).containsEntry("small", 1L);
        gate.countDown();
        kit.runUntilIdle();
        assertThat(ran).hasSize(501).containsAll(inputs).contains("small");
    }

    @Test
    void tenantAndDeadlineAreKeptWithTheSaga(SagaKit kit) {
        var definition = logging();
        kit.open(definition);

        kit.belay().start(definition, "x", StartOptions.key("k").tenant("acme").deadline(Duration.ofMinutes(90)));

        String kept = Jdbis.over(kit.dataSource())
                .withHandle(handle -> handle.createQuery("""
                                select format('%%s %%s %%s', s.tenant, j.tenant, s.deadline_at - s.started_at)
                                from %1$s.saga s join %1$s.job j on j.saga_id = s.id""".formatted(kit.schema()))
                        .mapTo(String.class)
                        .one());
        assertThat(kept).isEqualTo("acme acme 01:30:00");
    }

    @Test
    void startOptionsThatCannotBeMeantAreRefusedInWords(SagaKit kit) {
        var options = StartOptions.defaults();

        assertThatThrownBy(() -> options.tenant(" "))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("A tenant must have 1 to 200 characters, and not only blanks, got 1");
        assertThatThrownBy(() -> options.deadline(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("A deadline must be between a millisecond and 36500 days after the start, got PT0S");
        assertThatThrownBy(() -> kit.belay().startAll(logging(), List.of("a", "b"), StartOptions.key("one")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"one\" would be shared by several sagas");
    }
}
