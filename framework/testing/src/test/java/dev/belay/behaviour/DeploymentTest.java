package dev.belay.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.Deployment;
import dev.belay.Deployment.Gap;
import dev.belay.Deployment.Kind;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaState;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import org.junit.jupiter.api.Test;

@BelayTest
class DeploymentTest {
    private static SagaDefinition<String, Void> trip(int version) {
        var saga = Saga.define("trip", String.class).version(version);
        saga.step("flight", String.class, ctx -> "SK1").undo(u -> {});
        saga.step("hotel", String.class, ctx -> {
                    throw new IllegalStateException("full");
                })
                .retry(RetryPolicy.never());
        saga.step("car", String.class, ctx -> "car");
        return saga.returnsNothing();
    }

    private static SagaDefinition<String, Void> other() {
        var saga = Saga.define("other", String.class);
        saga.step("only", String.class, ctx -> "done");
        return saga.returnsNothing();
    }

    @Test
    void codeThatHasAllLacksNothing(SagaKit kit) {
        kit.start(trip(1), "a");
        kit.start(trip(1), "b");

        assertThat(kit.belay().deployment().versions())
                .containsExactly(new Deployment.Version("trip", 1, 2, true, java.util.List.of()));
        assertThat(kit.belay().deployment().lacking()).isEmpty();
    }

    @Test
    void sagasWithoutCodeAreLeftToOthers(SagaKit kit) {
        var trip = kit.start(trip(2), "a");

        kit.open(other());
        assertThat(kit.belay().deployment().lacking()).singleElement().satisfies(version -> {
            assertThat(version.runnable()).isFalse();
            assertThat(version.openSagas()).isOne();
            assertThat(version.gaps()).extracting(Gap::kind).containsExactly(Kind.NO_CODE);
        });

        kit.open(trip(1));
        assertThat(kit.belay().deployment().lacking()).singleElement().satisfies(version -> {
            assertThat(version.runnable()).isFalse();
            assertThat(version.gaps()).extracting(Gap::kind).containsExactly(Kind.ONLY_OLDER_CODE);
            assertThat(version.gaps().get(0).words()).contains("version 1").contains("version 2");
        });
        assertThat(trip.state()).isEqualTo(SagaState.RUNNING);
        assertThat(trip.journal()).isEmpty();
    }

    @Test
    void stepsUndosAndTypesThatAreGoneAreNamed(SagaKit kit) {
        var trip = kit.start(trip(1), "a");
        kit.runUntilIdle();
        var next = Saga.define("trip", String.class).version(2);
        next.step("flight", String.class, ctx -> "SK1");
        next.step("hotel", Integer.class, ctx -> 7);
        kit.open(next.returnsNothing());

        assertThat(kit.belay().deployment().lacking()).singleElement().satisfies(version -> {
            assertThat(version.runnable()).isTrue();
            assertThat(version.version()).isOne();
            assertThat(version.gaps())
                    .extracting(Gap::kind, Gap::step)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple(Kind.UNDO_GONE, "flight"),
                            org.assertj.core.groups.Tuple.tuple(Kind.TYPE_CHANGED, "hotel"),
                            org.assertj.core.groups.Tuple.tuple(Kind.STEP_GONE, "car"));
        });

        kit.operator("alice").retry(trip.id(), "deployed");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(SagaState.SUSPENDED);
        assertThat(trip.view().failure().orElseThrow().type()).isEqualTo("NO_HANDLER");
        assertThat(trip.view().jobs().get(0).step()).isEqualTo("car");
    }
}
