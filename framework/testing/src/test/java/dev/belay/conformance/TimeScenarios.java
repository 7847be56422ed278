package dev.belay.conformance;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPENSATING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.Cause;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.StartOptions;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Sagas whose time is over. */
interface TimeScenarios extends Workers {

    /** A step that works on when it is told to stop, until the test lets it end. */
    final class Stubborn {
        final Diary diary = new Diary();
        final CountDownLatch running = new CountDownLatch(1);
        final CountDownLatch told = new CountDownLatch(1);
        final CountDownLatch mayEnd = new CountDownLatch(1);

        SagaDefinition<String, Void> definition() {
            var saga = Saga.define("trip", String.class);
            saga.step("flight", String.class, diary.does()).undo(diary.undoes());
            saga.step("hotel", String.class, ctx -> {
                        running.countDown();
                        while (!ctx.shouldStop()) {
                            rest();
                        }
                        told.countDown();
                        while (mayEnd.getCount() > 0) {
                            rest();
                        }
                        return diary.note("hotel") + "!";
                    })
                    .undo(diary.undoes());
            saga.step("car", String.class, diary.does()).undo(diary.undoes());
            return saga.returnsNothing();
        }

        private static void rest() {
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                // It was told, and does not care.
            }
        }
    }

    @Test
    @DisplayName(
            "18 when a saga times out, the undo of a running step does not start before the step stops or its lease ends")
    default void timeOutDuringAStep(SagaKit kit) throws Exception {
        var stops = new Stubborn();
        var trip = startAndTimeOut(kit, stops);

        stops.mayEnd.countDown();
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(stops.diary.lines())
                .containsExactly(
                        "flight", "hotel", "undo hotel(oslo) SUCCEEDED hotel!", "undo flight(oslo) SUCCEEDED flight!");

        var dies = new Stubborn();
        var lost = startAndTimeOut(kit, dies);

        kit.crashWorker();
        kit.runUntilIdle();

        assertThat(lost.state()).isEqualTo(COMPENSATED);
        assertThat(dies.diary.lines())
                .containsExactly("flight", "undo hotel(oslo) UNKNOWN", "undo flight(oslo) SUCCEEDED flight!");
        dies.mayEnd.countDown();
    }

    private static SagaHandle<Void> startAndTimeOut(SagaKit kit, Stubborn step) throws InterruptedException {
        var definition = step.definition();
        kit.open(definition);
        var trip = kit.start(definition, "oslo", StartOptions.defaults().deadline(Duration.ofHours(1)));
        kit.startWorker();
        step.running.await();

        kit.advance(Duration.ofHours(1));
        step.told.await();

        assertThat(trip.state()).isEqualTo(COMPENSATING);
        assertThat(trip.view().cause()).contains(Cause.TIMED_OUT);
        assertThat(trip.view().jobs()).singleElement().satisfies(job -> {
            assertThat(job.state()).isEqualTo("CLAIMED");
            assertThat(job.undoing()).isFalse();
        });
        assertThat(step.diary.lines()).containsExactly("flight");
        return trip;
    }
}
