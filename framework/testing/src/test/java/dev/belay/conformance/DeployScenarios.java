package dev.belay.conformance;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RESOLVED;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.OperationRefused;
import dev.belay.Purged;
import dev.belay.Retention;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.UnknownSaga;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Sagas that outlive the code they were started by, and sagas that are taken away. */
interface DeployScenarios extends Workers {

    @Test
    @DisplayName("12 an open saga cannot be purged, and once it is resolved it can")
    default void openSagasAreNotPurged(SagaKit kit) {
        var diary = new Diary();
        var trip = kit.start(versionOne(diary), "oslo");
        assertThatThrownBy(() -> kit.operator("alice").purge(trip.id(), "no longer wanted"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("it is open (RUNNING)");
        kit.runUntilIdle();
        kit.advance(Duration.ofDays(1000));

        assertThatThrownBy(() -> kit.operator("alice").purge(trip.id(), "no longer wanted"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("it is open (SUSPENDED)");
        assertThat(kit.belay().purge(Retention.of(Retention.LEAST)).sagas()).isZero();
        assertThat(trip.state()).isEqualTo(SUSPENDED);
        assertThat(Diary.journal(trip)).containsExactly("flight succeeded", "car gave up");

        kit.operator("alice").resolve(trip.id(), "settled by telephone");
        assertThat(trip.state()).isEqualTo(RESOLVED);
        Purged purged = kit.operator("alice").purge(trip.id(), "no longer wanted");
        assertThat(purged.sagas()).isOne();
        assertThatThrownBy(trip::state).isInstanceOf(UnknownSaga.class);
    }

    @Test
    @DisplayName(
            "35 a saga of version 1 follows version 1 after a deploy that inserts a step, and undoes the steps of version 1")
    default void oldSagasFollowTheirVersion(SagaKit kit) {
        var diary = new Diary();
        var forward = kit.start(versionOne(diary), "oslo");
        var back = kit.start(versionOne(diary), "oslo");
        kit.runUntilIdle();
        assertThat(forward.state()).isEqualTo(SUSPENDED);
        diary.news();

        var two = versionTwo(diary);
        kit.open(two);
        kit.operator("alice").retry(forward.id(), "deployed");
        kit.runUntilIdle();
        assertThat(forward.state()).isEqualTo(COMPLETED);
        assertThat(diary.news()).containsExactly("car");

        kit.operator("alice").compensate(back.id(), "the meeting is off");
        kit.runUntilIdle();
        assertThat(back.state()).isEqualTo(COMPENSATED);
        assertThat(diary.news()).containsExactly("undo car(oslo) FAILED", "undo flight(oslo) SUCCEEDED flight!");

        var young = kit.start(two, "oslo");
        kit.runUntilIdle();
        assertThat(young.state()).isEqualTo(COMPLETED);
        assertThat(diary.news()).containsExactly("flight", "hotel", "car");
    }

    private static SagaDefinition<String, Void> versionOne(Diary diary) {
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, diary.does()).undo(diary.undoes());
        saga.step("car", String.class, diary.throwing(new IllegalStateException("no car")))
                .undo(diary.undoes())
                .retry(RetryPolicy.never());
        return saga.returnsNothing();
    }

    private static SagaDefinition<String, Void> versionTwo(Diary diary) {
        var saga = Saga.define("trip", String.class).version(2);
        saga.step("flight", String.class, diary.does()).undo(diary.undoes());
        saga.step("hotel", String.class, diary.does()).undo(diary.undoes());
        saga.step("car", String.class, diary.does()).undo(diary.undoes());
        return saga.returnsNothing();
    }
}
