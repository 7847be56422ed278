package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.Limit;
import dev.belay.Saga;
import dev.belay.SagaAborted;
import dev.belay.SagaDefinition;
import dev.belay.StepRejected;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** A saga is never undone around a pivot that took effect, whoever would turn it back meanwhile. */
@BelayTest
class PivotTest {
    private final List<String> undone = new CopyOnWriteArrayList<>();
    private final CountDownLatch paying = new CountDownLatch(1);
    private final CountDownLatch pay = new CountDownLatch(1);

    /** The pivot runs in one branch; what runs beside it only reads, and gives up while the pivot is under way. */
    private SagaDefinition<Boolean, Void> beside() {
        var saga = Saga.define("order", Boolean.class);
        saga.step("reserve", String.class, ctx -> "").undo(u -> undone.add("reserve"));
        var charge = saga.branch("charge");
        charge.pivot("pay", String.class, ctx -> {
            paying.countDown();
            pay.await();
            if (!ctx.input()) {
                throw new StepRejected("card refused");
            }
            return "";
        });
        var look = saga.branch("look");
        look.step("weather", String.class, ctx -> {
                    paying.await();
                    throw new SagaAborted("storm");
                })
                .pure();
        saga.parallel("both", charge, look);
        return saga.returnsNothing();
    }

    @Test
    void aBranchThatAbortsBesideAPivotThatSucceedsLeavesTheSagaToAnOperator(SagaKit kit) throws Exception {
        var order = kit.start(beside(), true);
        kit.startWorker();
        awaitParked(order);

        assertThat(order.state()).isEqualTo(RUNNING);
        pay.countDown();
        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(SUSPENDED);
        assertThat(order.view().pivotPassed()).isTrue();
        assertThat(undone).isEmpty();
        kit.operator("ann").skip(order.id(), "calm", "the storm is over");
        kit.runUntilIdle();
        assertThat(order.state()).isEqualTo(COMPLETED);
    }

    @Test
    void aBranchThatAbortsBesideAPivotThatFailsUndoesTheSaga(SagaKit kit) throws Exception {
        var order = kit.start(beside(), false);
        kit.startWorker();
        awaitParked(order);

        pay.countDown();
        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPENSATED);
        assertThat(undone).containsExactly("reserve");
    }

    private static void awaitParked(dev.belay.SagaHandle<?> order) throws InterruptedException {
        while (order.view().jobs().stream().noneMatch(job -> job.state().equals("PARKED"))) {
            Thread.sleep(5);
        }
    }

    @Test
    void aPivotThatOnlyWaitsForItsTurnHasNotBegunAndIsNotRunAfterACancel(SagaKit kit) throws Exception {
        var saga = Saga.define("order", String.class);
        saga.step("reserve", String.class, ctx -> "").undo(u -> undone.add("reserve " + u.input()));
        saga.pivot("pay", String.class, ctx -> {
                    paying.countDown();
                    pay.await();
                    return ctx.input();
                })
                .limit(Limit.mutex("till"));
        var definition = saga.returnsNothing();
        var first = kit.start(definition, "first");
        kit.startWorker();
        paying.await();
        var second = kit.start(definition, "second");
        while (second.view().jobs().stream()
                .noneMatch(job -> job.step().equals("pay") && job.state().equals("WAITING"))) {
            Thread.sleep(5);
        }

        second.cancel("changed my mind");
        while (second.state() != COMPENSATED) {
            Thread.sleep(5);
        }
        pay.countDown();
        kit.runUntilIdle();

        assertThat(first.state()).isEqualTo(COMPLETED);
        assertThat(undone).containsExactly("reserve second");
    }
}
