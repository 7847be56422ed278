package dev.belay.conformance;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPENSATION_FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.Cause;
import dev.belay.FailurePolicy;
import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.Next;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaAborted;
import dev.belay.SagaEvent;
import dev.belay.StepRejected;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Sagas that are undone because a step cannot succeed. */
interface UndoScenarios {

    @Test
    @DisplayName("02 a step that aborts is undone before the steps ahead of it")
    default void abortedStepIsUndoneFirst(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, diary.does()).undo(diary.undoes());
        saga.step("hotel", String.class, diary.throwing(new SagaAborted("burnt down")))
                .undo(diary.undoes());
        saga.step("car", String.class, diary.does()).undo(diary.undoes());
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(trip.view().cause()).contains(Cause.STEP_FAILED);
        assertThat(diary.lines())
                .containsExactly("flight", "hotel", "undo hotel(oslo) FAILED", "undo flight(oslo) SUCCEEDED flight!");
        assertThat(Diary.journal(trip))
                .containsExactly(
                        "flight succeeded", "hotel gave up", "undo hotel succeeded", "undo flight succeeded", "end");
        assertThat(trip.view().jobs()).isEmpty();
    }

    @Test
    @DisplayName("03 a first step that rejects ends the saga compensated without a single undo call")
    default void rejectedFirstStepUndoesNothing(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, diary.throwing(new StepRejected("full")))
                .undo(diary.undoes());
        saga.step("hotel", String.class, diary.does()).undo(diary.undoes());
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(diary.lines()).containsExactly("flight");
        assertThat(Diary.journal(trip)).containsExactly("flight rejected", "end");
        assertThat(trip.view().jobs()).isEmpty();
    }

    @Test
    @DisplayName("04 when the last step rejects all earlier ones are undone in reverse, and the last is not")
    default void rejectedLastStepIsSpared(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, diary.does()).undo(diary.undoes());
        saga.step("hotel", String.class, diary.does()).undo(diary.undoes());
        saga.step("car", String.class, diary.throwing(new StepRejected("none left")))
                .undo(diary.undoes());
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(diary.lines())
                .containsExactly(
                        "flight",
                        "hotel",
                        "car",
                        "undo hotel(oslo) SUCCEEDED hotel!",
                        "undo flight(oslo) SUCCEEDED flight!");
        assertThat(Diary.journal(trip))
                .containsExactly(
                        "flight succeeded",
                        "hotel succeeded",
                        "car rejected",
                        "undo hotel succeeded",
                        "undo flight succeeded",
                        "end");
    }

    @Test
    @DisplayName("05 a conditional step that was passed by is not undone")
    default void stepPassedByIsNotUndone(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("order", String.class);
        saga.step("check", String.class, (ctx, order) -> {
                    diary.note("check");
                    return order.startsWith("small") ? Next.step("ship", order) : Next.step("insure", order);
                })
                .goesTo("insure", "ship")
                .undo(diary.undoes());
        saga.step("insure", String.class, (ctx, order) -> {
                    diary.note("insure");
                    return Next.step("ship", order);
                })
                .goesTo("ship")
                .undo(diary.undoes());
        saga.step("ship", String.class, (ctx, order) -> {
                    diary.note("ship");
                    throw new StepRejected("strike");
                })
                .undo(diary.undoes());
        var order = kit.start(saga.returnsNothing(), "small order");

        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPENSATED);
        assertThat(diary.lines()).containsExactly("check", "ship", "undo check(small order) SUCCEEDED");
        assertThat(Diary.journal(order))
                .containsExactly("check succeeded", "ship rejected", "undo check succeeded", "end");
    }

    @Test
    @DisplayName("06 a step without a compensation is passed over and both around it are undone")
    default void stepWithoutCompensationIsPassedOver(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, diary.does()).undo(diary.undoes());
        saga.step("weather", String.class, diary.does());
        saga.step("hotel", String.class, diary.does()).undo(diary.undoes());
        saga.step("car", String.class, diary.throwing(new StepRejected("none left")));
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(diary.lines())
                .containsExactly(
                        "flight",
                        "weather",
                        "hotel",
                        "car",
                        "undo hotel(oslo) SUCCEEDED hotel!",
                        "undo flight(oslo) SUCCEEDED flight!");
        assertThat(Diary.journal(trip))
                .containsExactly(
                        "flight succeeded",
                        "weather succeeded",
                        "hotel succeeded",
                        "car rejected",
                        "undo hotel succeeded",
                        "undo flight succeeded",
                        "end");
    }

    @Test
    @DisplayName("08 an undo that throws twice and then succeeds takes three attempts and compensates the saga")
    default void undoSucceedsAtTheThirdAttempt(SagaKit kit) {
        var diary = new Diary();
        var keys = new CopyOnWriteArrayList<String>();
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, diary.does()).undo(u -> {
            diary.note("undo flight, attempt " + u.attempt());
            keys.add(u.idempotencyKey());
            if (u.attempt() < 3) {
                throw new IllegalStateException("line busy");
            }
        });
        saga.step("hotel", String.class, diary.throwing(new StepRejected("full")));
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runToTheEnd();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(diary.lines())
                .containsExactly(
                        "flight",
                        "hotel",
                        "undo flight, attempt 1",
                        "undo flight, attempt 2",
                        "undo flight, attempt 3");
        assertThat(keys).hasSize(3).containsOnly(keys.get(0));
        assertThat(Diary.journal(trip))
                .containsExactly(
                        "flight succeeded",
                        "hotel rejected",
                        "undo flight failed",
                        "undo flight failed",
                        "undo flight succeeded",
                        "end");
    }

    @Test
    @DisplayName("09 an undo that always throws fails the compensation, after independent undos ran, and stops there")
    default void failedUndoHoldsUpOnlyWhatWasBefore(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("trip", String.class);
        var release = saga.undo("release", String.class, ref -> diary.note("release " + ref));
        var refund = saga.undo("refund", String.class, ref -> {
            diary.note("refund " + ref);
            throw new IllegalStateException("bank closed");
        });
        saga.step("flight", String.class, diary.does()).undo(diary.undoes());
        saga.step("book", String.class, ctx -> {
                    // Each has begun before the other has ended: neither depends on the other.
                    var both = new CyclicBarrier(2);
                    var rooms = new Thread(() -> ctx.activity("rooms", String.class)
                            .key("r")
                            .undo(release, "room 7")
                            .run(() -> "rooms " + both.await()));
                    rooms.start();
                    while (both.getNumberWaiting() == 0) {
                        Thread.sleep(1);
                    }
                    ctx.activity("pay", String.class)
                            .key("p")
                            .undo(refund, "card 9")
                            .run(() -> "paid " + both.await());
                    rooms.join();
                    throw new SagaAborted("changed my mind");
                })
                .undo(diary.undoes())
                .undoRetry(RetryPolicy.fixed(Duration.ofSeconds(1)).upTo(3));
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runToTheEnd();

        assertThat(trip.state()).isEqualTo(COMPENSATION_FAILED);
        assertThat(trip.state().needsOperator()).isTrue();
        assertThat(trip.view().jobs()).singleElement().satisfies(job -> {
            assertThat(job.state()).isEqualTo("PARKED");
            assertThat(job.undoing()).isTrue();
        });
        assertThat(diary.news())
                .containsExactly("flight", "refund card 9", "refund card 9", "refund card 9", "release room 7");
        assertThat(Diary.journal(trip))
                .filteredOn(line -> line.startsWith("undo"))
                .containsExactly("undo book failed", "undo book failed", "undo book gave up", "undo book succeeded");

        kit.advance(Duration.ofDays(1));
        kit.runToTheEnd();

        assertThat(diary.news()).isEmpty();
        assertThat(trip.state()).isEqualTo(COMPENSATION_FAILED);
    }

    @Test
    @DisplayName("10 after a fix the operator's retry runs only the failed undo and what waited for it")
    default void retryRunsOnlyTheFailedUndo(SagaKit kit) {
        var diary = new Diary();
        var fixed = new AtomicBoolean();
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, diary.does()).undo(diary.undoes());
        saga.step("hotel", String.class, diary.does())
                .undo(u -> {
                    diary.note("undo hotel, fixed " + fixed);
                    if (!fixed.get()) {
                        throw new IllegalStateException("desk closed");
                    }
                })
                .undoRetry(RetryPolicy.fixed(Duration.ofSeconds(1)).upTo(2));
        saga.step("car", String.class, diary.throwing(new SagaAborted("crashed")))
                .undo(diary.undoes());
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runToTheEnd();
        assertThat(trip.state()).isEqualTo(COMPENSATION_FAILED);
        assertThat(diary.news())
                .containsExactly(
                        "flight",
                        "hotel",
                        "car",
                        "undo car(oslo) FAILED",
                        "undo hotel, fixed false",
                        "undo hotel, fixed false");

        fixed.set(true);
        kit.operator("alice").retry(trip.id(), "the desk is open");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(diary.news()).containsExactly("undo hotel, fixed true", "undo flight(oslo) SUCCEEDED flight!");
        assertThat(Diary.journal(trip))
                .containsExactly(
                        "flight succeeded",
                        "hotel succeeded",
                        "car gave up",
                        "undo car succeeded",
                        "undo hotel failed",
                        "undo hotel gave up",
                        "undo hotel decision: retry",
                        "undo hotel succeeded",
                        "undo flight succeeded",
                        "end");
    }

    @Test
    @DisplayName("30 a step that ran three times in a loop is undone three times, in reverse, each with its own input")
    default void loopedStepIsUndoneOncePerRun(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("loop", Integer.class);
        var draw = saga.ref("draw", Integer.class);
        saga.step(draw, (ctx, card) -> {
                    diary.note("draw " + card);
                    return card < 3 ? Next.to(draw, card + 1) : Next.step("show");
                })
                .goesTo("draw", "show")
                .undo(diary.undoes());
        saga.step("show", String.class, diary.throwing(new StepRejected("nobody looks")));
        var loop = kit.start(saga.returnsNothing(), 1);

        kit.runUntilIdle();

        assertThat(loop.state()).isEqualTo(COMPENSATED);
        assertThat(diary.lines())
                .containsExactly(
                        "draw 1",
                        "draw 2",
                        "draw 3",
                        "show",
                        "undo draw(3) SUCCEEDED",
                        "undo draw(2) SUCCEEDED",
                        "undo draw(1) SUCCEEDED");
        assertThat(loop.journal())
                .filteredOn(entry -> entry.kind() == Kind.ATTEMPT && entry.undoing())
                .extracting(JournalEntry::seq)
                .containsExactly(3, 2, 1);
    }

    @Test
    @DisplayName("37 a step that used up its three attempts leaves the whole retry budget to its undo")
    default void undoHasABudgetOfItsOwn(SagaKit kit) {
        var diary = new Diary();
        var undos = new AtomicInteger();
        var saga = Saga.define("trip", String.class).onFailure(FailurePolicy.COMPENSATE);
        saga.step("flight", String.class, diary.throwing(new IllegalStateException("engine")))
                .retry(RetryPolicy.fixed(Duration.ofSeconds(1)).upTo(3))
                .undo(u -> {
                    diary.note("undo flight, attempt " + u.attempt());
                    if (undos.incrementAndGet() < 3) {
                        throw new IllegalStateException("line busy");
                    }
                })
                .undoRetry(RetryPolicy.fixed(Duration.ofSeconds(1)).upTo(3));
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runToTheEnd();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(diary.lines())
                .containsExactly(
                        "flight",
                        "flight",
                        "flight",
                        "undo flight, attempt 1",
                        "undo flight, attempt 2",
                        "undo flight, attempt 3");
        assertThat(Diary.journal(trip))
                .containsExactly(
                        "flight failed",
                        "flight failed",
                        "flight gave up",
                        "undo flight failed",
                        "undo flight failed",
                        "undo flight succeeded",
                        "end");
    }

    @Test
    @DisplayName(
            "42 a compensated saga keeps the original failure, and its one end is told until the listener has heard")
    default void endIsToldAtLeastOnce(SagaKit kit) {
        var told = new CopyOnWriteArrayList<SagaEvent>();
        var diary = new Diary();
        var saga = Saga.define("trip", String.class).onEnd(event -> {
            told.add(event);
            if (told.size() == 1) {
                throw new IllegalStateException("not listening");
            }
        });
        saga.step("flight", String.class, diary.does()).undo(u -> {
            if (u.attempt() == 1) {
                throw new IllegalArgumentException("another failure, on the way back");
            }
        });
        saga.step("hotel", String.class, diary.throwing(new StepRejected("full", new IllegalStateException("root"))));
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runUntilIdle();
        kit.advance(Duration.ofSeconds(2));
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(told).hasSize(1);
        var failure = trip.view().failure().orElseThrow();
        assertThat(failure.step()).isEqualTo("hotel");
        assertThat(failure.type()).isEqualTo(StepRejected.class.getName());
        assertThat(failure.message()).isEqualTo("full");
        assertThat(failure.stack())
                .contains("at dev.belay.conformance.UndoScenarios", "Caused by: java.lang.IllegalStateException: root");

        kit.advance(Duration.ofSeconds(31));
        kit.runUntilIdle();
        kit.advance(Duration.ofDays(1));
        kit.runUntilIdle();

        assertThat(trip.journal()).filteredOn(entry -> entry.kind() == Kind.END).hasSize(1);
        assertThat(told).hasSize(2);
        assertThat(told.get(1)).isEqualTo(told.get(0));
        assertThat(told.get(0).saga()).isEqualTo(trip.id());
        assertThat(told.get(0).type()).isEqualTo(SagaEvent.Type.COMPENSATED);
    }
}
