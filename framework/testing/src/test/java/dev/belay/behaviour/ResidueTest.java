package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPENSATION_FAILED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.Handlers;
import dev.belay.OperationRefused;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaView.JobView;
import dev.belay.StepRejected;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Undos that cannot be done, and what operators make of them. */
@BelayTest
class ResidueTest {
    private final List<String> log = new CopyOnWriteArrayList<>();

    private <I, O> Handlers.Compensation<I, O> failing() {
        return u -> {
            log.add("undo " + u.step());
            throw new IllegalStateException("not refundable");
        };
    }

    @Test
    @DisplayName(
            "two branches whose undos failed are settled one by one, and only what was left undone counts as residue")
    void branchesAreSettledOneByOne(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        saga.step("visa", String.class, ctx -> "visa!").undo(u -> log.add("undo visa"));
        var air = saga.branch("air");
        air.step("flight", String.class, ctx -> "flight!").undo(failing()).undoRetry(RetryPolicy.never());
        var ground = saga.branch("ground");
        ground.step("car", String.class, ctx -> "car!").undo(failing()).undoRetry(RetryPolicy.never());
        saga.parallel("transport", air, ground);
        saga.step("hotel", String.class, ctx -> {
            throw new StepRejected("full");
        });
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATION_FAILED);
        assertThat(log).containsExactlyInAnyOrder("undo flight", "undo car");
        int flight = branchOf(trip.view().jobs(), "flight");
        int car = branchOf(trip.view().jobs(), "car");

        kit.operator("alice").at(flight).markUndone(trip.id(), "refund 12 arrived");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATION_FAILED);
        assertThat(trip.view().residue()).isFalse();
        assertThat(log).doesNotContain("undo visa");

        kit.operator("bob").at(car).acceptResidue(trip.id(), "the deposit is small");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(trip.view().residue()).isTrue();
        assertThat(log).hasSize(3).endsWith("undo visa");
    }

    private static int branchOf(List<JobView> jobs, String step) {
        return jobs.stream()
                .filter(job -> job.step().equals(step))
                .findFirst()
                .orElseThrow()
                .branch();
    }

    @Test
    @DisplayName("named effects are accepted as residue, and what else has failed still waits")
    void namedEffects(SagaKit kit) {
        var saga = Saga.define("agent", String.class);
        var together = new CountDownLatch(2);
        var cancel = saga.undo("cancel", String.class, (ref, u) -> {
            log.add("cancel " + ref);
            throw new IllegalStateException("not refundable");
        });
        saga.step("think", String.class, ctx -> "plan").undo(u -> log.add("undo think"));
        saga.step("act", String.class, ctx -> {
                    // Neither has ended when the other begins, so that one's failed undo does not hold up the other's.
                    var other = new Thread(() -> ctx.activity("mail", String.class)
                            .key("1")
                            .undo(cancel, "mail")
                            .run(() -> meet(together)));
                    other.start();
                    ctx.activity("book", String.class)
                            .key("1")
                            .undo(cancel, "book")
                            .run(() -> meet(together));
                    other.join();
                    throw new StepRejected("no");
                })
                .undoRetry(RetryPolicy.never());
        var agent = kit.start(saga.returnsNothing(), "?");
        kit.runUntilIdle();
        assertThat(agent.state()).isEqualTo(COMPENSATION_FAILED);
        assertThat(log).containsExactlyInAnyOrder("cancel book", "cancel mail");
        var alice = kit.operator("alice");

        assertThatThrownBy(() -> alice.acceptResidue(agent.id(), Set.of("boat"), "so be it"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("no undo of [boat] has failed");
        assertThat(agent.view().residue()).isFalse();
        alice.acceptResidue(agent.id(), Set.of("mail"), "nobody reads it");
        kit.runUntilIdle();
        assertThat(agent.state()).isEqualTo(COMPENSATION_FAILED);
        assertThat(agent.view().residue()).isTrue();

        alice.acceptResidue(agent.id(), Set.of("book"), "the customer keeps it");
        kit.runUntilIdle();
        assertThat(agent.state()).isEqualTo(COMPENSATED);
        assertThat(log).hasSize(3).endsWith("undo think");
    }

    private static String meet(CountDownLatch together) throws InterruptedException {
        together.countDown();
        together.await();
        return "done";
    }
}
