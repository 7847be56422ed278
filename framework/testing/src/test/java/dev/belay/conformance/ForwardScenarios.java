package dev.belay.conformance;

import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.Cause;
import dev.belay.DefinitionException;
import dev.belay.Failure;
import dev.belay.Next;
import dev.belay.OperationRefused;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Sagas that reach their end, or stop where they are. */
interface ForwardScenarios {

    @Test
    @DisplayName("01 three steps that succeed complete the saga and leave no compensation row")
    default void threeStepsSucceed(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, diary.does()).undo(diary.undoes());
        saga.step("hotel", String.class, diary.does()).undo(diary.undoes());
        var car = saga.step("car", String.class, diary.does()).undo(diary.undoes());
        var trip = kit.start(saga.returns(car), "oslo");

        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(trip.result()).isEqualTo("car!");
        assertThat(diary.lines()).containsExactly("flight", "hotel", "car");
        assertThat(Diary.journal(trip)).containsExactly("flight succeeded", "hotel succeeded", "car succeeded", "end");
        assertThat(trip.view().jobs()).isEmpty();
    }

    @Test
    @DisplayName("07 an unexpected exception is retried and then suspends the saga, and nothing is undone")
    default void unexpectedExceptionSuspends(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, diary.does()).undo(diary.undoes());
        saga.step("hotel", String.class, diary.throwing(new IllegalStateException("what is this?")))
                .undo(diary.undoes())
                .retry(RetryPolicy.fixed(Duration.ofMinutes(1)).upTo(3));
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(RUNNING);
        assertThat(diary.lines()).containsExactly("flight", "hotel");
        kit.runToTheEnd();

        assertThat(trip.state()).isEqualTo(SUSPENDED);
        assertThat(trip.view().cause()).contains(Cause.STEP_FAILED);
        assertThat(trip.view().failure().map(Failure::message)).contains("what is this?");
        assertThat(diary.lines()).containsExactly("flight", "hotel", "hotel", "hotel");
        assertThat(Diary.journal(trip))
                .containsExactly("flight succeeded", "hotel failed", "hotel failed", "hotel gave up");
        assertThat(trip.view().jobs()).singleElement().satisfies(job -> {
            assertThat(job.state()).isEqualTo("PARKED");
            assertThat(job.undoing()).isFalse();
        });
    }

    @Test
    @DisplayName("39 a first step that ends the saga completes it and leaves no job")
    default void firstStepEndsTheSaga(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("answer", String.class);
        saga.step("think", String.class, (ctx, question) -> {
                    diary.note("think");
                    return Next.end("known already");
                })
                .goesTo("act");
        saga.step("act", String.class, (ctx, call) -> Next.end(diary.note("act")));
        var answer = kit.start(saga.returns(String.class), "why?");

        kit.runUntilIdle();

        assertThat(answer.state()).isEqualTo(COMPLETED);
        assertThat(answer.result()).isEqualTo("known already");
        assertThat(diary.lines()).containsExactly("think");
        assertThat(Diary.journal(answer)).containsExactly("think succeeded", "end");
        assertThat(answer.view().jobs()).isEmpty();
    }

    @Test
    @DisplayName("43 a compensation of the wrong type or of an unknown step is refused when the definition is built")
    default void misdeclaredCompensationIsRefused() {
        var diary = new Diary();
        var wrongType = Saga.define("trip", String.class);
        wrongType.step("flight", String.class, diary.does());
        wrongType.compensation("flight", Integer.class, diary.undoes());
        var unknownStep = Saga.define("trip", String.class);
        unknownStep.step("flight", String.class, diary.does());
        unknownStep.compensation("fligth", String.class, diary.undoes());

        assertThatThrownBy(wrongType::returnsNothing)
                .isInstanceOf(DefinitionException.class)
                .hasMessageContaining("\"flight\" expects Integer, but the step returns String");
        assertThatThrownBy(unknownStep::returnsNothing)
                .isInstanceOf(DefinitionException.class)
                .hasMessageContaining("\"fligth\", but there is no such step");
    }

    @Test
    @DisplayName("44 a completed saga refuses to be cancelled and undoes nothing")
    default void completedSagaRefusesCancel(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, diary.does()).undo(diary.undoes());
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runUntilIdle();
        var version = trip.view().version();

        assertThatThrownBy(() -> trip.cancel("too late")).isInstanceOfSatisfying(OperationRefused.class, refused -> {
            assertThat(refused.reason()).isEqualTo(OperationRefused.Reason.WRONG_STATE);
            assertThat(refused.state()).isEqualTo(COMPLETED);
        });
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(trip.view().version()).isEqualTo(version);
        assertThat(diary.lines()).containsExactly("flight");
        assertThat(Diary.journal(trip)).containsExactly("flight succeeded", "end");
    }
}
