package dev.belay.behaviour;

import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.LeaseLost;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Code that does what it should not: nothing recorded is lost, nothing is repeated without end, and the worker works on. */
@BelayTest
class FaultTest {

    @Test
    @DisplayName("an activity that outlives its step is not recorded as one of the next step")
    void activityLeftBehind(SagaKit kit) throws Exception {
        var release = new CountDownLatch(1);
        var stray = new CompletableFuture<Throwable>();
        var saga = Saga.define("hedge", String.class);
        saga.step("first", String.class, ctx -> {
            var begun = new CountDownLatch(1);
            new Thread(() -> stray.complete(catchThrowable(
                            () -> ctx.activity("slow", String.class).key("slow").run(() -> {
                                begun.countDown();
                                release.await();
                                return "late answer";
                            }))))
                    .start();
            begun.await();
            return "quick answer";
        });
        saga.step("second", String.class, ctx -> {
            release.countDown();
            stray.get(30, TimeUnit.SECONDS);
            return ctx.activity("own", String.class, () -> "own answer");
        });
        var hedge = kit.start(saga.returnsNothing(), "?");

        kit.runUntilIdle();

        assertThat(hedge.state()).isEqualTo(COMPLETED);
        assertThat(stray.get()).isInstanceOf(LeaseLost.class);
        assertThat(hedge.journal())
                .filteredOn(entry -> entry.kind() == Kind.ACTIVITY)
                .singleElement()
                .satisfies(entry -> {
                    assertThat(entry.step()).isEqualTo("second");
                    assertThat(entry.activity()).contains("own");
                    assertThat(entry.output()).contains("\"own answer\"");
                });
        assertThat(hedge.journal())
                .filteredOn(entry -> entry.kind() == Kind.LATE)
                .extracting(JournalEntry::step)
                .containsExactly("first");
    }

    @Test
    @DisplayName("a pivot whose output the database refuses has run once when its saga is suspended")
    void outputRefusedByTheDatabase(SagaKit kit) {
        var charges = new AtomicInteger();
        var saga = Saga.define("charge", String.class);
        saga.pivot("pay", BigDecimal.class, ctx -> {
            charges.incrementAndGet();
            return new BigDecimal("1E+200000");
        });
        var charge = kit.start(saga.returnsNothing(), "?");

        kit.runUntilIdle();

        assertThat(charge.state()).isEqualTo(SUSPENDED);
        assertThat(charges).hasValue(1);
    }

    @Test
    @DisplayName("a result that cannot be made does not repeat the step before it")
    void resultThatCannotBeMade(SagaKit kit) {
        var charges = new AtomicInteger();
        var saga = Saga.define("charge", String.class);
        saga.pivot("pay", String.class, ctx -> "receipt " + charges.incrementAndGet());
        var charge = kit.start(
                saga.returns(String.class, ctx -> {
                    throw new IllegalStateException("a mistake in the result");
                }),
                "?");

        kit.runToTheEnd();

        assertThat(charge.state()).isEqualTo(SUSPENDED);
        assertThat(charge.view().failure().orElseThrow().message()).isEqualTo("a mistake in the result");
        assertThat(charges).hasValue(1);
    }

    @Test
    @DisplayName("a retry rule without an answer leaves the usual wait and the usual number of attempts")
    void retryRuleWithoutAnAnswer(SagaKit kit) {
        var calls = new AtomicInteger();
        var saga = Saga.define("ask", String.class);
        saga.step("model", String.class, ctx -> {
                    calls.incrementAndGet();
                    throw new IllegalStateException("429 without a header");
                })
                .retry(RetryPolicy.fixed(Duration.ofSeconds(1))
                        .upTo(3)
                        .orAfter(IllegalStateException.class, e -> null));
        var ask = kit.start(saga.returnsNothing(), "?");

        kit.runToTheEnd();

        assertThat(ask.state()).isEqualTo(SUSPENDED);
        assertThat(calls).hasValue(3);
    }

    @Test
    @DisplayName("a timeout that never ends is one")
    void endlessTimeout(SagaKit kit) {
        var saga = Saga.define("patient", String.class);
        saga.step("wait", String.class, ctx -> "done").timeout(ChronoUnit.FOREVER.getDuration());
        var patient = kit.start(saga.returnsNothing(), "?");

        kit.runUntilIdle();

        assertThat(patient.state()).isEqualTo(COMPLETED);
    }

    @Test
    @DisplayName("a listener that fails by an error is told again, and the others are told")
    void listenerThatFailsByAnError(SagaKit kit) {
        var told = new AtomicInteger();
        var saga = Saga.define("told", String.class);
        saga.step("only", String.class, ctx -> "done");
        saga.onEnd(event -> {
            if (told.incrementAndGet() == 1) {
                throw new AssertionError("not today");
            }
        });
        var definition = saga.returnsNothing();
        kit.start(definition, "one");
        kit.runToTheEnd();
        kit.start(definition, "two");
        kit.runToTheEnd();
        kit.advance(Duration.ofMinutes(5));
        kit.runToTheEnd();

        assertThat(told).hasValue(3);
    }

    @Test
    @DisplayName("a long step interrupted by one deploy after the other is never suspected of killing its process")
    void deploysInARow(SagaKit kit) throws Exception {
        var patience = new CountDownLatch(1);
        var begun = new AtomicInteger();
        var saga = Saga.define("long", String.class);
        saga.step("think", String.class, ctx -> {
            begun.incrementAndGet();
            patience.await();
            return "thought";
        });
        SagaHandle<Void> thinking = kit.start(saga.returnsNothing(), "?");
        int deploys = 5;
        for (int i = 1; i <= deploys; i++) {
            Worker worker = kit.belay()
                    .worker(WorkerOptions.defaults().platformThreads(2).poll(Duration.ofMillis(25)))
                    .start();
            int round = i;
            await(() -> begun.get() == round);
            assertThat(worker.stop(Duration.ofMillis(10))).isFalse();
            assertThat(thinking.state()).isEqualTo(RUNNING);
        }

        patience.countDown();
        kit.runUntilIdle();

        assertThat(thinking.state()).isEqualTo(SagaState.COMPLETED);
        List<JournalEntry> lost = thinking.journal().stream()
                .filter(entry -> entry.outcome() == Result.LOST)
                .toList();
        assertThat(lost).hasSize(deploys);
    }

    private static void await(java.util.function.BooleanSupplier condition) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean() && System.nanoTime() < until) {
            Thread.sleep(5);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }
}
