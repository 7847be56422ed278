package dev.belay.testing;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.JournalEntry.Result;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.StepRejected;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

@BelayTest
class SagaKitTest {
    private final List<String> logged = new CopyOnWriteArrayList<>();

    @Test
    void compensatesSucceededStepsInReverseOrder(SagaKit kit) {
        var trip = Saga.define("trip", String.class);
        trip.step("flight", String.class, ctx -> log("book flight")).undo(u -> log("cancel flight"));
        trip.step("hotel", String.class, ctx -> log("book hotel")).undo(u -> log("cancel hotel"));
        trip.step("car", String.class, ctx -> {
            throw new StepRejected("no cars left");
        });
        var saga = kit.start(trip.returnsNothing(), "Oslo");

        kit.runUntilIdle();

        assertThat(logged).containsExactly("book flight", "book hotel", "cancel hotel", "cancel flight");
        assertThat(saga.state()).isEqualTo(COMPENSATED);
    }

    @Test
    void anUndoCanBeAskedWithoutAnOutcome(SagaKit kit) {
        var trip = Saga.define("trip", String.class);
        trip.step("flight", String.class, ctx -> "flight 7").undo(u -> log("cancel " + u.output()));
        trip.step("hotel", String.class, ctx -> "hotel 9").undo(u -> {
            log(u.outcome() + " " + u.outputIfAny());
            u.nothingToUndo();
        });
        trip.pivot("pay", String.class, ctx -> "receipt");
        var saga = kit.start(trip.returnsNothing(), "Oslo");
        kit.runUntilIdle();
        assertThat(saga.state()).isEqualTo(COMPLETED);

        kit.undoWithoutOutcome(saga, "hotel");

        assertThat(logged).containsExactly("UNKNOWN Optional.empty", "cancel flight 7");
        assertThat(saga.state()).isEqualTo(COMPENSATED);
        assertThat(saga.journal()).anyMatch(entry -> entry.outcome() == Result.NOTHING_TO_UNDO);
        assertThatThrownBy(() -> kit.undoWithoutOutcome(saga, "boat"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("has not run");
    }

    @Test
    void nothingRunsBeforeItIsAskedTo(SagaKit kit) throws InterruptedException {
        var saga = kit.start(oneStep(() -> log("ran")), "now");

        Thread.sleep(100);

        assertThat(logged).isEmpty();
        assertThat(saga.state()).isEqualTo(RUNNING);
    }

    @Test
    void aRetryWaitsUntilTheClockIsMoved(SagaKit kit) {
        AtomicInteger calls = new AtomicInteger();
        var saga = kit.start(
                oneStep(() -> {
                    if (calls.incrementAndGet() == 1) {
                        throw new IllegalStateException("not yet");
                    }
                }),
                "now");

        kit.runUntilIdle();
        assertThat(saga.state()).isEqualTo(RUNNING);
        assertThat(calls).hasValue(1);

        kit.advance(Duration.ofMinutes(59));
        kit.runUntilIdle();
        assertThat(calls).hasValue(1);

        kit.advance(Duration.ofMinutes(1));
        kit.runUntilIdle();
        assertThat(calls).hasValue(2);
        assertThat(saga.state()).isEqualTo(COMPLETED);
    }

    @Test
    void runsToTheEndThroughAllRetries(SagaKit kit) {
        AtomicInteger calls = new AtomicInteger();
        Instant before = kit.now();
        var saga = kit.start(
                oneStep(() -> {
                    calls.incrementAndGet();
                    throw new IllegalStateException("never");
                }),
                "now");

        kit.runToTheEnd();

        assertThat(saga.state()).isEqualTo(SUSPENDED);
        assertThat(calls).hasValue(5);
        assertThat(Duration.between(before, kit.now())).isBetween(Duration.ofHours(4), Duration.ofHours(5));
    }

    @Test
    void sagasStartAlsoAYearFromNow(SagaKit kit) {
        kit.advance(Duration.ofDays(365));
        var saga = kit.start(oneStep(() -> log("ran")), "next year");

        kit.runUntilIdle();

        assertThat(saga.state()).isEqualTo(COMPLETED);
        assertThat(saga.view().startedAt()).isAfter(Instant.now().plus(Duration.ofDays(364)));
    }

    @Test
    void anotherWorkerGoesOnAfterACrash(SagaKit kit) {
        var two = Saga.define("two", String.class);
        two.step("first", String.class, ctx -> log("first"));
        two.step("second", String.class, ctx -> {
            log("second");
            kit.crashPoint("in the second step");
            return log("second done");
        });
        kit.crashAt("in the second step");
        var saga = kit.start(two.returnsNothing(), "go");

        kit.runUntilIdle();

        assertThat(saga.state()).isEqualTo(COMPLETED);
        assertThat(logged).containsExactly("first", "second", "second", "second done");
    }

    @Test
    void aCrashedWorkerRecordsNothingMore(SagaKit kit) throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        var saga = kit.start(
                oneStep(() -> {
                    log("running");
                    running.countDown();
                    if (logged.size() == 1) {
                        Thread.sleep(60_000);
                    }
                }),
                "go");
        kit.startWorker();
        running.await();

        kit.crashWorker();
        assertThat(saga.state()).isEqualTo(RUNNING);
        kit.runUntilIdle();

        assertThat(saga.state()).isEqualTo(COMPLETED);
        assertThat(logged).containsExactly("running", "running");
    }

    @Test
    void saysWhatIsStuck(SagaKit kit) {
        CountDownLatch never = new CountDownLatch(1);
        kit.start(oneStep(never::await), "now");
        kit.patience(Duration.ofSeconds(3));

        assertThatThrownBy(kit::runUntilIdle)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("step \"only\"")
                .hasMessageContaining("running");

        never.countDown();
    }

    private interface Code {
        void run() throws Exception;
    }

    private static SagaDefinition<String, String> oneStep(Code code) {
        var saga = Saga.define("one-step", String.class);
        var only = saga.step("only", String.class, ctx -> {
                    code.run();
                    return "done";
                })
                .retry(RetryPolicy.fixed(Duration.ofHours(1)));
        return saga.returns(only);
    }

    private String log(String what) {
        logged.add(what);
        return what;
    }
}
