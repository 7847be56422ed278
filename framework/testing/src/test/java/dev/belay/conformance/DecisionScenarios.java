package dev.belay.conformance;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPENSATING;
import static dev.belay.SagaState.COMPENSATION_FAILED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.Cause;
import dev.belay.JournalEntry;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaException;
import dev.belay.StepRejected;
import dev.belay.embedded.LocalPostgres;
import dev.belay.testing.SagaKit;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Sagas that people cancel, retry, skip and redeploy. */
interface DecisionScenarios extends Workers {

    @Test
    @DisplayName(
            "19 a step that succeeds although its saga was cancelled meanwhile is recorded as succeeded, and undone")
    default void cancelDuringAStep(SagaKit kit) throws Exception {
        var diary = new Diary();
        var running = new CountDownLatch(1);
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, diary.does()).undo(diary.undoes());
        saga.step("hotel", String.class, ctx -> {
                    running.countDown();
                    untilToldToStop(ctx::shouldStop);
                    return diary.note("hotel") + "!";
                })
                .undo(diary.undoes());
        saga.step("car", String.class, diary.does()).undo(diary.undoes());
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();
        running.await();

        var answered = trip.cancel("the meeting is off");
        kit.runUntilIdle();

        assertThat(answered).isEqualTo(COMPENSATING);
        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(trip.view().cause()).contains(Cause.CANCELLED);
        assertThat(diary.lines())
                .containsExactly(
                        "flight", "hotel", "undo hotel(oslo) SUCCEEDED hotel!", "undo flight(oslo) SUCCEEDED flight!");
        assertThat(Diary.journal(trip))
                .containsExactly(
                        "flight succeeded", "hotel succeeded", "undo hotel succeeded", "undo flight succeeded", "end");
    }

    /** What a step does that finishes its work when it is told to stop. */
    private static void untilToldToStop(BooleanSupplier told) {
        while (!told.getAsBoolean()) {
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    @Test
    @DisplayName("20 a second cancel changes nothing, and a completion reported twice is recorded once")
    default void duplicatesChangeNothing(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, diary.does()).undo(diary.undoes());
        saga.step("hotel", String.class, diary.throwing(new IllegalStateException("full")))
                .retry(RetryPolicy.never());
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runUntilIdle();

        assertThat(trip.cancel("first")).isEqualTo(COMPENSATING);
        var version = trip.view().version();
        assertThat(trip.cancel("second")).isEqualTo(COMPENSATING);
        assertThat(trip.view().version()).isEqualTo(version);
        kit.runUntilIdle();
        assertThat(trip.cancel("third")).isEqualTo(COMPENSATED);

        assertThat(diary.lines()).containsExactly("flight", "hotel", "undo flight(oslo) SUCCEEDED flight!");
        assertThat(Diary.journal(trip))
                .containsExactly("flight succeeded", "hotel gave up", "undo flight succeeded", "end");

        completionIsReportedTwice();
    }

    private void completionIsReportedTwice() {
        var diary = new Diary();
        var database = new ReplyLosingDataSource(LocalPostgres.shared().dataSource());
        try (var kit = SagaKit.on(database).workersBy(workers())) {
            var saga = Saga.define("trip", String.class);
            saga.step("flight", String.class, diary.does());
            saga.step("hotel", String.class, ctx -> {
                database.loseNextReplyAbout("journal");
                return diary.note("hotel");
            });
            saga.step("car", String.class, ctx -> {
                database.loseNextReplyAbout("journal");
                return diary.note("car");
            });
            var trip = kit.start(saga.returnsNothing(), "oslo");

            kit.runUntilIdle();

            assertThat(database.lost()).isEqualTo(2);
            assertThat(trip.state()).isEqualTo(COMPLETED);
            assertThat(diary.lines()).containsExactly("flight", "hotel", "car");
            assertThat(Diary.journal(trip))
                    .containsExactly("flight succeeded", "hotel succeeded", "car succeeded", "end");
        }
    }

    @Test
    @DisplayName(
            "34 an undo that the deployed code lacks fails as NO_HANDLER, and a retry after the next deploy runs it")
    default void missingUndoIsNotTakenForDone(SagaKit kit) {
        var diary = new Diary();
        var complete = trip(diary, true);
        var lacking = trip(diary, false);
        var trip = kit.start(complete, "oslo");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(SUSPENDED);

        kit.open(lacking);
        assertThatThrownBy(() -> kit.belay().start(lacking, "rome"))
                .isInstanceOf(SagaException.class)
                .hasMessageContaining("Raise its version");
        kit.operator("alice").compensate(trip.id(), "the customer gave up");
        kit.runToTheEnd();

        assertThat(trip.state()).isEqualTo(COMPENSATION_FAILED);
        assertThat(diary.news()).containsExactly("flight", "hotel");
        assertThat(trip.journal())
                .filteredOn(JournalEntry::undoing)
                .singleElement()
                .satisfies(undo -> {
                    assertThat(undo.step()).isEqualTo("flight");
                    assertThat(undo.outcome()).isEqualTo(JournalEntry.Result.GAVE_UP);
                    assertThat(undo.failure().orElseThrow().type()).isEqualTo("NO_HANDLER");
                });

        kit.open(complete);
        kit.operator("alice").retry(trip.id(), "deployed again");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(diary.news()).containsExactly("undo flight(oslo) SUCCEEDED flight!");
    }

    private static SagaDefinition<String, Void> trip(Diary diary, boolean withUndo) {
        var saga = Saga.define("trip", String.class);
        var flight = saga.step("flight", String.class, diary.does());
        if (withUndo) {
            flight.undo(diary.undoes());
        }
        saga.step("hotel", String.class, diary.throwing(new IllegalStateException("full")))
                .retry(RetryPolicy.never());
        return saga.returnsNothing();
    }

    @Test
    @DisplayName("36 a step skipped with an output hands it to the next step and is never undone")
    default void skippedStepIsNotUndone(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, diary.does()).undo(diary.undoes());
        var hotel = saga.step("hotel", String.class, diary.throwing(new IllegalStateException("site down")))
                .undo(diary.undoes())
                .retry(RetryPolicy.never());
        saga.step("car", String.class, ctx -> {
                    diary.note("car to " + ctx.output(hotel));
                    throw new StepRejected("none left");
                })
                .undo(diary.undoes());
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(SUSPENDED);

        kit.operator("alice").skip(trip.id(), "booked by telephone", "the site is down");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(diary.lines())
                .containsExactly(
                        "flight", "hotel", "car to booked by telephone", "undo flight(oslo) SUCCEEDED flight!");
        assertThat(Diary.journal(trip))
                .containsExactly(
                        "flight succeeded",
                        "hotel gave up",
                        "hotel decision: skip",
                        "hotel skipped",
                        "car rejected",
                        "undo flight succeeded",
                        "end");
    }
}
