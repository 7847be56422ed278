package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.GroupSummary;
import dev.belay.Saga;
import dev.belay.SagaAborted;
import dev.belay.SagaState;
import dev.belay.StepRejected;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Branches side by side, one for each item, and inside one another; how they join, and how they are undone. */
@BelayTest
class BranchTest {
    private final List<String> done = new CopyOnWriteArrayList<>();

    @Test
    void parallelBranchesJoinAndTheirOutputsAreThereAfterwards(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        var plan = saga.step("plan", String.class, ctx -> "plan of " + ctx.input());
        var left = saga.branch("left");
        var flight = left.step("flight", String.class, ctx -> "flight by " + ctx.output(plan));
        var seat = left.step("seat", String.class, ctx -> "seat on " + ctx.output(flight));
        var right = saga.branch("right");
        var hotel = right.step("hotel", String.class, ctx -> "hotel in " + ctx.input());
        saga.parallel("book", left, right);
        var trip = kit.start(saga.returns(String.class, s -> s.output(seat) + ", " + s.output(hotel)), "oslo");

        kit.runUntilIdle();

        assertThat(trip.result()).isEqualTo("seat on flight by plan of oslo, hotel in oslo");
        assertThat(trip.view().jobs()).isEmpty();
    }

    @Test
    void whatFailsAfterAJoinUndoesTheBranchesThenWhatWasBefore(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        step(saga, "a");
        var left = saga.branch("left");
        step(left, "b1");
        step(left, "b2");
        var right = saga.branch("right");
        step(right, "c");
        saga.parallel("both", left, right);
        saga.step("d", String.class, ctx -> {
            throw new SagaAborted("no");
        });
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(done).contains("undo a", "undo b1", "undo b2", "undo c").hasSize(8);
        assertThat(done.get(7)).isEqualTo("undo a");
        assertThat(done.indexOf("undo b2")).isLessThan(done.indexOf("undo b1"));
    }

    private void step(dev.belay.Course<String> course, String name) {
        course.step(name, String.class, ctx -> {
                    done.add(name);
                    return name + "!";
                })
                .undo(u -> done.add("undo " + name));
    }

    @Test
    void fanOutRunsEachItemBoundedAndSumsUp(SagaKit kit) {
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        var saga = Saga.define("sum", Integer.class);
        var each = saga.forEach("each", Integer.class);
        var square = each.step("square", Integer.class, ctx -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            Thread.sleep(2);
            running.decrementAndGet();
            return ctx.input() * ctx.input();
        });
        var all = saga.fanOut(
                        "all",
                        each,
                        ctx -> IntStream.rangeClosed(1, ctx.input()).boxed().toList())
                .atOnce(4);
        var sum = kit.start(
                saga.returns(
                        String.class,
                        s -> s.output(all) + " "
                                + s.outputs(square).stream()
                                        .mapToInt(Integer::intValue)
                                        .sum()),
                50);

        kit.runUntilIdle();

        assertThat(sum.result()).isEqualTo(new GroupSummary(50, 50, 0) + " 42925");
        assertThat(most.get()).isBetween(2, 4);
    }

    @Test
    void anEmptyFanOutGoesOn(SagaKit kit) {
        var saga = Saga.define("sum", Integer.class);
        var each = saga.forEach("each", Integer.class);
        each.step("square", Integer.class, ctx -> ctx.input());
        var all = saga.fanOut("all", each, ctx -> List.<Integer>of());
        var sum = kit.start(saga.returns(all), 50);

        kit.runUntilIdle();

        assertThat(sum.result()).isEqualTo(new GroupSummary(0, 0, 0));
    }

    @RepeatedTest(3)
    void branchesInsideItemsJoinAndAreUndone(SagaKit kit) {
        Map<String, Integer> effects = new ConcurrentHashMap<>();
        var saga = Saga.define("nested", Integer.class);
        var each = saga.forEach("each", Integer.class);
        var left = each.branch("left");
        left.step("l", String.class, ctx -> "l" + effects.merge("l" + ctx.input(), 1, Integer::sum))
                .undo(u -> effects.merge("l" + u.input(), -1, Integer::sum));
        var inner = each.forEach("inner", String.class);
        inner.step("i", String.class, ctx -> "i" + effects.merge(ctx.input(), 1, Integer::sum))
                .undo(u -> effects.merge(u.input(), -1, Integer::sum));
        each.parallel("split", left);
        each.fanOut("within", inner, ctx -> List.of("x" + ctx.input(), "y" + ctx.input()));
        saga.fanOut("all", each, ctx -> List.of(1, 2, 3));
        saga.step("end", String.class, ctx -> {
            effects.put("before", effects.size());
            throw new StepRejected("no");
        });
        var nested = kit.start(saga.returnsNothing(), 1);

        kit.runUntilIdle();

        assertThat(nested.state()).isEqualTo(COMPENSATED);
        assertThat(effects).containsEntry("before", 9);
        effects.remove("before");
        assertThat(effects).hasSize(9);
        assertThat(effects.values()).containsOnly(0);
    }

    @Test
    void aFailedItemWaitsForAnOperatorWhileTheOthersGoOn(SagaKit kit) {
        var mended = new AtomicBoolean();
        var saga = Saga.define("items", Integer.class);
        var each = saga.forEach("each", Integer.class);
        each.step("work", Integer.class, ctx -> {
                    if (ctx.input() == 3 && !mended.get()) {
                        throw new IllegalStateException("broken");
                    }
                    return ctx.input();
                })
                .retry(dev.belay.RetryPolicy.never());
        var all = saga.fanOut("all", each, ctx -> List.of(1, 2, 3, 4, 5, 6)).atOnce(1);
        var items = kit.start(saga.returns(all), 1);

        kit.runUntilIdle();

        assertThat(items.state()).isEqualTo(SUSPENDED);
        assertThat(items.view().jobs()).hasSize(2);
        mended.set(true);
        kit.operator("alice").retry(items.id(), "mended");
        kit.runUntilIdle();
        assertThat(items.result()).isEqualTo(new GroupSummary(6, 6, 0));
    }

    @Test
    void whatFailedIsForgottenWhenItIsRetriedBesideABranchThatRuns(SagaKit kit) throws Exception {
        var mended = new AtomicBoolean();
        var go = new java.util.concurrent.CountDownLatch(1);
        var saga = Saga.define("trip", String.class);
        var left = saga.branch("left");
        left.step("flight", String.class, ctx -> {
                    if (!mended.get()) {
                        throw new IllegalStateException("full");
                    }
                    return "booked";
                })
                .retry(dev.belay.RetryPolicy.never());
        var right = saga.branch("right");
        right.step("hotel", String.class, ctx -> {
            go.await();
            return "booked";
        });
        saga.parallel("book", left, right);
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();
        await().until(() -> trip.view().failure().isPresent());
        assertThat(trip.state()).isEqualTo(SagaState.RUNNING);
        assertThat(trip.view().cause()).hasValue(dev.belay.Cause.STEP_FAILED);

        mended.set(true);
        kit.operator("alice").retry(trip.id(), "mended");
        assertThat(trip.view().failure()).isEmpty();
        assertThat(trip.view().cause()).isEmpty();
        go.countDown();
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(trip.view().failure()).isEmpty();
        assertThat(trip.view().cause()).isEmpty();
    }

    @Test
    void aTolerantFanOutGoesOnWithoutItemsThatFailed(SagaKit kit) {
        var saga = Saga.define("items", Integer.class);
        var each = saga.forEach("each", Integer.class);
        each.step("work", Integer.class, ctx -> {
            if (ctx.input() % 2 == 0) {
                throw new StepRejected("even");
            }
            return ctx.input();
        });
        var all = saga.fanOut("all", each, ctx -> List.of(1, 2, 3, 4, 5)).toleratingFailures();
        var items = kit.start(saga.returns(all), 1);

        kit.runUntilIdle();

        assertThat(items.state()).isEqualTo(COMPLETED);
        assertThat(items.result()).isEqualTo(new GroupSummary(5, 3, 2));
    }

    @Test
    void cancelInTheMidstDrainsTheBranchesAndUndoesThem(SagaKit kit) {
        var begun = new AtomicInteger();
        var undone = new AtomicInteger();
        var go = new java.util.concurrent.CountDownLatch(1);
        var saga = Saga.define("items", Integer.class);
        var each = saga.forEach("each", Integer.class);
        each.step("work", Integer.class, ctx -> {
                    begun.incrementAndGet();
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        Thread.sleep(5);
                    }
                    return ctx.input();
                })
                .undo(u -> undone.incrementAndGet());
        saga.fanOut("all", each, ctx -> IntStream.range(0, 100).boxed().toList())
                .atOnce(4);
        var items = kit.start(saga.returnsNothing(), 1);
        kit.startWorker();
        while (begun.get() < 4) {
            Thread.onSpinWait();
        }

        items.cancel("enough");
        kit.runUntilIdle();

        assertThat(items.state()).isEqualTo(COMPENSATED);
        assertThat(begun.get()).isEqualTo(4);
        assertThat(undone.get()).isEqualTo(4);
    }

    @Test
    void aFanOutMayBeUndoneAsAWhole(SagaKit kit) {
        var saga = Saga.define("items", Integer.class);
        var each = saga.forEach("each", Integer.class);
        each.step("work", Integer.class, ctx -> {
                    if (ctx.input() == 3) {
                        throw new SagaAborted("not three");
                    }
                    return ctx.input();
                })
                .undo(u -> done.add("each " + u.input()));
        saga.fanOut("all", each, ctx -> List.of(1, 2, 3, 4, 5))
                .atOnce(1)
                .undo(u -> done.add("all " + u.items(Integer.class)));
        var items = kit.start(saga.returnsNothing(), 1);

        kit.runUntilIdle();

        assertThat(items.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("all [1, 2, 3]");
    }

    @Test
    void siblingsAreAskedToStopWhereTheStepSaysSo(SagaKit kit) {
        var runs = new java.util.concurrent.CountDownLatch(1);
        var interrupted = new AtomicBoolean();
        var saga = Saga.define("pair", Integer.class);
        var slow = saga.branch("slow");
        slow.step("wait", String.class, ctx -> {
            runs.countDown();
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
            return "";
        });
        var bad = saga.branch("bad");
        bad.step("fail", String.class, ctx -> {
            runs.await();
            throw new SagaAborted("no");
        });
        saga.parallel("both", slow, bad).stoppingSiblings();
        var pair = kit.start(saga.returnsNothing(), 1);

        kit.runUntilIdle();

        assertThat(pair.state()).isEqualTo(COMPENSATED);
        assertThat(interrupted).isTrue();
    }
}
