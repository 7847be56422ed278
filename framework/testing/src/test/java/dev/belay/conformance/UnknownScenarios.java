package dev.belay.conformance;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPENSATING;
import static dev.belay.SagaState.COMPENSATION_FAILED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.FailurePolicy;
import dev.belay.Handlers;
import dev.belay.JournalEntry.Kind;
import dev.belay.OperationRefused;
import dev.belay.OperationRefused.Reason;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaEvent;
import dev.belay.SagaListener;
import dev.belay.StepRejected;
import dev.belay.UnknownPolicy;
import dev.belay.Verdict;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Steps and undos of which nobody knows how they ended, or that end when nobody waits for them any more. */
interface UnknownScenarios {

    @Test
    @DisplayName("11 an operator accepts what cannot be undone, and the saga ends compensated with a residue")
    default void acceptedResidue(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, diary.does()).undo(diary.undoes());
        saga.step("hotel", String.class, diary.does())
                .undo(u -> {
                    diary.note("undo hotel");
                    throw new IllegalStateException("not refundable");
                })
                .undoRetry(RetryPolicy.never());
        saga.step("car", String.class, diary.throwing(new StepRejected("none left")));
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATION_FAILED);
        assertThat(trip.view().residue()).isFalse();
        assertThat(diary.news()).containsExactly("flight", "hotel", "car", "undo hotel");

        kit.operator("alice").acceptResidue(trip.id(), "the customer keeps the room");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(trip.view().residue()).isTrue();
        assertThat(diary.news()).containsExactly("undo flight(oslo) SUCCEEDED flight!");
        assertThat(Audit.of(kit, trip.id()))
                .containsExactly("alice: accept residue hotel, because the customer keeps the room");
    }

    @Test
    @DisplayName("15 a step that crashed after its external action is verified as applied, and not called again")
    default void verifiedAsApplied(SagaKit kit) {
        var diary = new Diary();
        var keys = new CopyOnWriteArrayList<String>();
        var saga = Saga.define("payment", String.class);
        saga.step("check", String.class, diary.does());
        var charge = saga.step("charge", String.class, ctx -> {
                    keys.add(ctx.idempotencyKey());
                    diary.note("charge");
                    kit.crashPoint("charged");
                    return "receipt";
                })
                .atMostOnce()
                .verify(ctx -> {
                    keys.add(ctx.idempotencyKey());
                    diary.note("look for the charge");
                    return Verdict.applied("receipt found");
                })
                .undo(diary.undoes());
        saga.step("ship", String.class, ctx -> diary.note("ship with " + ctx.output(charge)));
        kit.crashAt("charged");
        var payment = kit.start(saga.returns(charge), "9 euros");

        kit.runUntilIdle();

        assertThat(payment.state()).isEqualTo(COMPLETED);
        assertThat(payment.result()).isEqualTo("receipt found");
        assertThat(diary.lines()).containsExactly("check", "charge", "look for the charge", "ship with receipt found");
        assertThat(keys).hasSize(2).containsOnly(keys.get(0));
        assertThat(Diary.journal(payment))
                .containsExactly(
                        "check succeeded", "charge begun", "charge lost", "charge succeeded", "ship succeeded", "end");
    }

    @Test
    @DisplayName("16 an undo that is told of an unknown outcome, without an output, may find nothing to undo")
    default void unknownOutcomeIsUndone(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("payment", String.class);
        saga.step("reserve", String.class, diary.does()).undo(diary.undoes());
        saga.step("charge", String.class, ctx -> {
                    diary.note("charge");
                    kit.crashPoint("charged");
                    return "receipt";
                })
                .atMostOnce()
                .onUnknown(UnknownPolicy.COMPENSATE)
                .undo(u -> {
                    diary.note("undo charge " + u.outcome() + " " + u.outputIfAny());
                    u.nothingToUndo();
                });
        kit.crashAt("charged");
        var payment = kit.start(saga.returnsNothing(), "9 euros");

        kit.runUntilIdle();

        assertThat(payment.state()).isEqualTo(COMPENSATED);
        assertThat(diary.lines())
                .containsExactly(
                        "reserve",
                        "charge",
                        "undo charge UNKNOWN Optional.empty",
                        "undo reserve(9 euros) SUCCEEDED reserve!");
        assertThat(Diary.journal(payment))
                .containsExactly(
                        "reserve succeeded",
                        "charge begun",
                        "charge lost",
                        "charge unknown",
                        "undo charge nothing to undo",
                        "undo reserve succeeded",
                        "end");
    }

    @Test
    @DisplayName(
            "17 a late success of a step whose undo found nothing has it undone again, with the output, and is told")
    default void lateSuccess(SagaKit kit) {
        var diary = new Diary();
        var told = new CopyOnWriteArrayList<SagaEvent.Type>();
        var zombie = new Deaf();
        kit.workerOptions(options -> options.timeoutGrace(Duration.ofMillis(200)));
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, diary.does()).undo(diary.undoes());
        saga.step("hotel", String.class, ctx -> {
                    zombie.work();
                    return diary.note("hotel 7");
                })
                .timeout(Duration.ofMillis(100))
                .retry(RetryPolicy.never())
                .onFailure(FailurePolicy.COMPENSATE)
                .undo(u -> {
                    diary.note("undo hotel " + u.outputIfAny());
                    if (u.outputIfAny().isEmpty()) {
                        u.nothingToUndo();
                    }
                });
        SagaListener listener = event -> told.add(event.type());
        saga.onEvent(listener.only(SagaEvent.Type.LATE_EFFECT, SagaEvent.Type.COMPENSATED));
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(diary.news())
                .containsExactly("flight", "undo hotel Optional.empty", "undo flight(oslo) SUCCEEDED flight!");

        zombie.letGo();
        await().until(() -> Diary.journal(trip).contains("hotel late succeeded"));
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(diary.news()).containsExactly("hotel 7", "undo hotel Optional[hotel 7]");
        assertThat(told).containsExactlyInAnyOrder(SagaEvent.Type.COMPENSATED, SagaEvent.Type.LATE_EFFECT);
        assertThat(trip.journal()).filteredOn(entry -> entry.kind() == Kind.END).hasSize(1);
        assertThat(trip.view().jobs()).isEmpty();
    }

    @Test
    @DisplayName(
            "21 a step that fails for good past the pivot suspends its saga with nothing undone, and a retry completes it")
    default void failurePastThePivot(SagaKit kit) {
        var diary = new Diary();
        var mended = new AtomicBoolean();
        var saga = Saga.define("order", String.class);
        saga.step("reserve", String.class, diary.does()).undo(diary.undoes());
        saga.pivot("pay", String.class, diary.does());
        saga.step("ship", String.class, failingUntil(diary, mended))
                .retry(RetryPolicy.never())
                .onFailure(FailurePolicy.COMPENSATE);
        var order = kit.start(saga.returnsNothing(), "a book");

        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(SUSPENDED);
        assertThat(order.view().pivotPassed()).isTrue();
        assertThat(diary.news()).containsExactly("reserve", "pay", "ship");

        mended.set(true);
        kit.operator("alice").retry(order.id(), "the strike is over");
        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPLETED);
        assertThat(diary.news()).containsExactly("ship");
        assertThat(order.journal()).noneMatch(entry -> entry.undoing());
    }

    private static Handlers.Chain<String, String> failingUntil(Diary diary, AtomicBoolean mended) {
        return ctx -> {
            diary.note(ctx.step());
            if (!mended.get()) {
                throw new IllegalStateException("strike");
            }
            return "shipped";
        };
    }

    @Test
    @DisplayName("22 a cancel past the pivot is refused as PAST_PIVOT, and forced with a reason the saga is undone")
    default void cancelPastThePivot(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("order", String.class);
        saga.step("reserve", String.class, diary.does()).undo(diary.undoes());
        saga.pivot("pay", String.class, diary.does());
        saga.step("ship", String.class, failingUntil(diary, new AtomicBoolean()))
                .retry(RetryPolicy.never())
                .undo(diary.undoes());
        var order = kit.start(saga.returnsNothing(), "a book");
        kit.runUntilIdle();
        diary.news();

        assertThatThrownBy(() -> order.cancel("changed my mind"))
                .isInstanceOfSatisfying(
                        OperationRefused.class, e -> assertThat(e.reason()).isEqualTo(Reason.PAST_PIVOT));
        assertThatThrownBy(() -> kit.operator("alice").compensate(order.id(), "changed my mind"))
                .isInstanceOfSatisfying(
                        OperationRefused.class, e -> assertThat(e.reason()).isEqualTo(Reason.PAST_PIVOT));
        assertThat(order.state()).isEqualTo(SUSPENDED);
        assertThatThrownBy(() -> kit.operator("alice").forceCompensate(order.id(), " "))
                .hasMessageContaining("reason");

        kit.operator("alice").forceCompensate(order.id(), "the payment is given back by hand");
        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPENSATED);
        assertThat(diary.news()).containsExactly("undo ship(a book) FAILED", "undo reserve(a book) SUCCEEDED reserve!");
        assertThat(Audit.of(kit, order.id()))
                .containsExactly("alice: compensate past the pivot ship, because the payment is given back by hand");
    }

    @Test
    @DisplayName("23 a pivot of unknown outcome goes neither way until somebody says how it ended")
    default void unknownPivot(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("order", String.class);
        saga.step("reserve", String.class, diary.does()).undo(diary.undoes());
        var pay = saga.pivot("pay", String.class, ctx -> {
                    diary.note("pay");
                    kit.crashPoint("paid");
                    return "receipt";
                })
                .atMostOnce();
        saga.step("ship", String.class, ctx -> diary.note("ship with " + ctx.output(pay)));
        var definition = saga.returnsNothing();

        kit.crashAt("paid");
        var paid = kit.start(definition, "a book");
        kit.runUntilIdle();
        kit.crashAt("paid");
        var unpaid = kit.start(definition, "a pen");
        kit.runUntilIdle();
        assertThat(paid.state()).isEqualTo(SUSPENDED);
        assertThat(paid.view().failure().orElseThrow().type()).isEqualTo("OUTCOME_UNKNOWN");
        assertThat(diary.news()).containsExactly("reserve", "pay", "reserve", "pay");

        var alice = kit.operator("alice");
        for (var order : List.of(paid, unpaid)) {
            assertThat(order.cancel("changed my mind")).isEqualTo(SUSPENDED);
            assertThat(order.view().cancelRequested()).isTrue();
            assertThatThrownBy(() -> alice.compensate(order.id(), "back")).hasMessageContaining("neither way");
            assertThatThrownBy(() -> alice.forceCompensate(order.id(), "back")).hasMessageContaining("neither way");
            assertThatThrownBy(() -> alice.retry(order.id(), "again")).hasMessageContaining("resolveApplied");
            assertThatThrownBy(() -> alice.skip(order.id(), "receipt", "on")).hasMessageContaining("resolveApplied");
        }
        kit.runToTheEnd();
        assertThat(paid.state()).isEqualTo(SUSPENDED);
        assertThat(unpaid.state()).isEqualTo(SUSPENDED);
        assertThat(diary.news()).isEmpty();

        assertThat(alice.resolveApplied(paid.id(), "receipt 7", "it is on the bank's list"))
                .isEqualTo(RUNNING);
        assertThat(alice.resolveNotApplied(unpaid.id(), "it is not on the bank's list"))
                .isEqualTo(COMPENSATING);
        kit.runUntilIdle();

        assertThat(paid.state()).isEqualTo(COMPLETED);
        assertThat(paid.view().pivotPassed()).isTrue();
        assertThat(unpaid.state()).isEqualTo(COMPENSATED);
        assertThat(diary.news())
                .containsExactlyInAnyOrder("ship with receipt 7", "undo reserve(a pen) SUCCEEDED reserve!");
    }
}
