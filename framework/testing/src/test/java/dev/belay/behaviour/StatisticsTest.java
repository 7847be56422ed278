package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import dev.belay.FailurePolicy;
import dev.belay.JournalEntry.Result;
import dev.belay.Next;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaAborted;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.Statistic;
import dev.belay.StepRejected;
import dev.belay.internal.journal.Jdbis;
import dev.belay.internal.journal.Schema;
import dev.belay.internal.journal.StatTable;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Counts by the minute say what the journal says. */
@BelayTest
class StatisticsTest {
    private static final Instant FROM = Instant.parse("2000-01-01T00:00:00Z");
    private static final Instant TO = Instant.parse("2200-01-01T00:00:00Z");

    record Answer(String text, BigDecimal cost) {}

    /** A saga that, by its number, succeeds, fails once, is rejected, is aborted, or gives up. */
    private static SagaDefinition<Integer, Void> mixed() {
        var saga = Saga.define("mixed", Integer.class);
        var cancel = saga.undo("cancel", String.class, ref -> {});
        saga.step("reserve", String.class, ctx -> "room " + ctx.input()).undo(u -> {
            if (u.input() % 10 == 3 && u.attempt() == 1) {
                throw new IllegalStateException("reservation " + u.input() + " is busy");
            }
        });
        saga.step("ask", String.class, ctx -> {
                    ctx.activity("book", String.class)
                            .undo(cancel, "order " + ctx.input())
                            .run(() -> "booked");
                    Answer answer = ctx.activity("model", Answer.class)
                            .costs(Answer::cost)
                            .run(() -> new Answer("yes", new BigDecimal("0.25")));
                    return switch (ctx.input() % 10) {
                        case 1 -> {
                            if (ctx.attempt() == 1) {
                                throw new IllegalStateException("order " + ctx.input() + " is busy");
                            }
                            yield answer.text();
                        }
                        case 2 -> throw new StepRejected("no room for " + ctx.input());
                        case 3 -> throw new SagaAborted("changed my mind about " + ctx.input());
                        case 4 -> throw new IllegalArgumentException("order " + ctx.input() + " is wrong");
                        default -> answer.text();
                    };
                })
                .retry(RetryPolicy.exponential(Duration.ofSeconds(1)).upTo(2))
                .onFailure(FailurePolicy.SUSPEND)
                .undo(u -> {});
        saga.pivot("pay", String.class, ctx -> "paid");
        saga.transaction("file", String.class, (ctx, handle) -> "filed");
        return saga.returnsNothing();
    }

    @Test
    void countsAreTheJournalsOnceTheWorkersHaveStopped(SagaKit kit) {
        var mixed = mixed();
        kit.open(mixed);
        kit.startWorker().startWorker();
        List<SagaHandle<Void>> sagas =
                kit.belay().startAll(mixed, IntStream.range(0, 50).boxed().toList());
        kit.runToTheEnd();

        kit.stopWorkers();

        assertThat(sagas.stream().map(SagaHandle::state)).contains(COMPLETED, COMPENSATED, SUSPENDED);
        assertThat(counted(kit)).isEqualTo(journaled(kit)).isNotEmpty();
        assertThat(counted(kit)).contains(entry("ask null + FAILED", 5L + 5L), entry("pay null + SUCCEEDED", 35L));
        assertThat(of(kit, "ask", Result.GAVE_UP))
                .as("five aborted, and five out of retries")
                .extracting(Statistic::count)
                .containsExactly(5L, 5L);
        assertThat(of(kit, "ask", Result.GAVE_UP))
                .extracting(statistic -> statistic.fingerprint().orElseThrow())
                .containsExactlyInAnyOrder(fingerprint(sagas.get(3)), fingerprint(sagas.get(4)));
        assertThat(of(kit, "ask", Result.FAILED))
                .as("two reasons, of five sagas each")
                .extracting(Statistic::count)
                .containsExactly(5L, 5L);
    }

    @Test
    void whatCallsCostIsSummedAlsoIfTheirAnswersAreRefused(SagaKit kit) {
        var saga = Saga.define("cost", String.class);
        saga.step(
                        "ask",
                        String.class,
                        ctx -> ctx.activity("model", Answer.class)
                                .costs(Answer::cost)
                                .accept(answer -> {
                                    if (ctx.attempt() == 1) {
                                        throw new IllegalStateException("malformed");
                                    }
                                })
                                .run(() -> new Answer("yes", new BigDecimal("0.10")))
                                .text())
                .retry(RetryPolicy.exponential(Duration.ofSeconds(1)).upTo(3));
        saga.step(
                "talk",
                String.class,
                ctx -> ctx.activity("model", Answer.class)
                        .costs(answer -> {
                            throw new IllegalStateException("no price list");
                        })
                        .run(() -> new Answer("yes", BigDecimal.ONE))
                        .text());
        var one = kit.start(saga.returnsNothing(), "?");

        kit.runToTheEnd();

        assertThat(one.state()).isEqualTo(COMPLETED);
        assertThat(one.journal().stream().flatMap(row -> row.spend().stream()))
                .usingComparatorForType(BigDecimal::compareTo, BigDecimal.class)
                .containsExactly(new BigDecimal("0.10"), new BigDecimal("0.10"));
        assertThat(kit.belay().statistics(FROM, TO).stream()
                        .filter(statistic -> statistic.activity().isPresent())
                        .map(statistic ->
                                statistic.step() + " " + statistic.activity().orElseThrow() + " "
                                        + statistic.outcome() + " "
                                        + statistic
                                                .spend()
                                                .map(BigDecimal::toPlainString)
                                                .orElse("none")))
                .containsExactlyInAnyOrder(
                        "ask model FAILED 0.10", "ask model SUCCEEDED 0.10", "talk model SUCCEEDED none");
    }

    @Test
    void anIdleWorkerWritesItsCountsWithoutBeingStopped(SagaKit kit) {
        var saga = Saga.define("one", String.class);
        saga.step("only", String.class, ctx -> "done");
        var one = kit.open().start(saga.returnsNothing(), "go");
        kit.startWorker();
        kit.runUntilIdle();
        assertThat(one.state()).isEqualTo(COMPLETED);

        await().untilAsserted(() -> assertThat(counted(kit)).containsExactly(entry("only null + SUCCEEDED", 1L)));
    }

    @Test
    void manyStepsMakeFewRows(SagaKit kit) {
        var saga = Saga.define("many", Integer.class);
        for (int i = 0; i < 5; i++) {
            saga.step("step " + i, Integer.class, ctx -> ctx.input());
        }
        var many = saga.returnsNothing();
        kit.open(many);
        kit.belay().startAll(many, IntStream.range(0, 2_000).boxed().toList());

        kit.runUntilIdle();

        assertThat(counted(kit).values()).containsExactly(2_000L, 2_000L, 2_000L, 2_000L, 2_000L);
        assertThat(rows(kit)).isLessThan(300);
    }

    @Test
    void countsThatTheDatabaseRefusesHurtNoStep(SagaKit kit) {
        var saga = Saga.define("loop", Integer.class);
        var again = saga.ref("again", Integer.class);
        saga.step(again, (ctx, left) -> {
            // Long enough in all for counts to grow old while the lane is busy.
            Thread.sleep(5);
            return left == 0 ? Next.end("out") : Next.to(again, left - 1);
        });
        var loop = kit.start(saga.returns(String.class), 400);
        Jdbis.over(kit.dataSource())
                .useHandle(handle -> handle.execute("drop table %s.stat_minute".formatted(kit.schema())));

        kit.runUntilIdle();

        assertThat(loop.result()).isEqualTo("out");
    }

    @Test
    void rebuildingMendsWhatACrashTook(SagaKit kit) throws Exception {
        var hangs = new CountDownLatch(1);
        var saga = Saga.define("crash", String.class);
        saga.step("first", String.class, ctx -> ctx.activity("call", String.class, () -> "x"));
        saga.step("second", String.class, ctx -> {
            if (ctx.attempt() == 1) {
                hangs.countDown();
                kit.crashPoint("in second");
            }
            return "y";
        });
        var crash = kit.crashAt("in second").start(saga.returnsNothing(), "go");
        kit.startWorker();
        hangs.await();
        kit.runUntilIdle();
        assertThat(crash.state()).isEqualTo(COMPLETED);
        kit.stopWorkers();
        assertThat(counted(kit)).contains(entry("second null + LOST", 1L), entry("second null + SUCCEEDED", 1L));

        stats(kit, (table, handle) -> table.rebuild(handle, kit.now().minusSeconds(3600), kit.now()));

        assertThat(counted(kit)).isEqualTo(journaled(kit)).hasSize(4);
    }

    @Test
    void rebuildingWhatIsRightChangesNothing(SagaKit kit) {
        var mixed = mixed();
        kit.open(mixed);
        kit.belay().startAll(mixed, IntStream.range(0, 20).boxed().toList());
        kit.runToTheEnd();
        List<Statistic> before = kit.belay().statistics(FROM, TO);

        stats(kit, (table, handle) -> table.rebuild(handle, FROM, TO));

        assertThat(kit.belay().statistics(FROM, TO)).isEqualTo(before);
    }

    @Test
    void oldMinutesAreFoldedAndPurged(SagaKit kit) {
        var mixed = mixed();
        kit.open(mixed);
        kit.belay().startAll(mixed, IntStream.range(0, 20).boxed().toList());
        kit.runToTheEnd();
        kit.belay().startAll(mixed, IntStream.range(0, 20).boxed().toList());
        kit.runToTheEnd();
        List<Statistic> before = kit.belay().statistics(FROM, TO);
        long rows = rows(kit);

        stats(kit, StatTable::fold);
        assertThat(rows(kit)).as("the minute is not over").isEqualTo(rows);
        kit.advance(Duration.ofMinutes(10));
        stats(kit, StatTable::fold);
        assertThat(rows(kit)).isLessThan(rows);
        assertThat(kit.belay().statistics(FROM, TO)).isEqualTo(before);

        stats(kit, (table, handle) -> table.purgeBefore(handle, kit.now()));
        assertThat(rows(kit)).isZero();
    }

    @Test
    void whoeverHoldsTheSamplesHoldsUpNoSaga(SagaKit kit) {
        SagaDefinition<Integer, Void> mixed = mixed();
        Jdbis.over(kit.dataSource()).useTransaction(handle -> {
            handle.execute("lock table " + kit.schema() + ".failure_kind in share mode");
            var retried = kit.start(mixed, 1);
            var suspended = kit.start(mixed, 4);
            await().until(() -> {
                kit.runUntilIdle();
                return retried.state() == COMPLETED && suspended.state() == SUSPENDED;
            });
        });
        assertThat(samples(kit)).isZero();

        kit.start(mixed, 4);
        kit.runUntilIdle();

        await().until(() -> samples(kit) > 0);
    }

    private static long samples(SagaKit kit) {
        return Jdbis.over(kit.dataSource())
                .withHandle(handle -> handle.createQuery("select count(*) from " + kit.schema() + ".failure_kind")
                        .mapTo(Long.class)
                        .one());
    }

    // ---- helpers

    private interface Work {
        void with(StatTable table, org.jdbi.v3.core.Handle handle);
    }

    private static void stats(SagaKit kit, Work work) {
        Jdbis.over(kit.dataSource())
                .useTransaction(handle -> work.with(new StatTable(new Schema(kit.schema())), handle));
    }

    private static String fingerprint(SagaHandle<?> saga) {
        return saga.view().failure().orElseThrow().fingerprint();
    }

    private static List<Statistic> of(SagaKit kit, String step, Result outcome) {
        return kit.belay().statistics(FROM, TO).stream()
                .filter(statistic -> statistic.step().equals(step)
                        && statistic.activity().isEmpty()
                        && statistic.outcome() == outcome)
                .toList();
    }

    private static Map<String, Long> counted(SagaKit kit) {
        Map<String, Long> counted = new TreeMap<>();
        for (Statistic statistic : kit.belay().statistics(FROM, TO)) {
            String key = statistic.step() + " " + statistic.activity().orElse(null)
                    + (statistic.undoing() ? " - " : " + ") + statistic.outcome();
            counted.merge(key, statistic.count(), Long::sum);
        }
        return counted;
    }

    /** The same, from the journals themselves. */
    private static Map<String, Long> journaled(SagaKit kit) {
        Map<String, Long> counted = new TreeMap<>();
        List<java.util.UUID> sagas = Jdbis.over(kit.dataSource())
                .withHandle(handle -> handle.createQuery("select id from %s.saga".formatted(kit.schema()))
                        .mapTo(java.util.UUID.class)
                        .list());
        for (var saga : sagas) {
            for (var row : kit.belay().saga(saga).journal()) {
                boolean counts = switch (row.kind()) {
                    case ATTEMPT -> true;
                    case ACTIVITY -> row.outcome() != Result.BEGUN;
                    default -> false;
                };
                if (counts) {
                    String key = row.step() + " " + row.activity().orElse(null) + (row.undoing() ? " - " : " + ")
                            + row.outcome();
                    counted.merge(key, 1L, Long::sum);
                }
            }
        }
        return counted;
    }

    private static long rows(SagaKit kit) {
        return Jdbis.over(kit.dataSource())
                .withHandle(handle -> handle.createQuery("select count(*) from %s.stat_minute".formatted(kit.schema()))
                        .mapTo(Long.class)
                        .one());
    }
}
