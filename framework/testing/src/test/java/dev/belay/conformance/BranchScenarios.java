package dev.belay.conformance;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.FailurePolicy;
import dev.belay.GroupSummary;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaAborted;
import dev.belay.testing.SagaKit;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Branches side by side and one for each item, when one of them or what follows them fails. */
interface BranchScenarios {

    @Test
    @DisplayName("27 when one of three branches fails its siblings are drained and undone, and nothing starts after it")
    default void siblingsAreDrainedThenUndone(SagaKit kit) {
        var diary = new Diary();
        var bothRun = new CountDownLatch(2);
        var failed = new CountDownLatch(1);
        var saga = Saga.define("trip", String.class).onFailure(FailurePolicy.COMPENSATE);
        var flight = saga.branch("by air");
        flight.step("flight", String.class, ctx -> {
                    bothRun.countDown();
                    failed.await();
                    return diary.note("flight") + "!";
                })
                .undo(diary.undoes());
        flight.step("seat", String.class, diary.does()).undo(diary.undoes());
        var hotel = saga.branch("by night");
        hotel.step("hotel", String.class, ctx -> {
                    bothRun.countDown();
                    failed.await();
                    return diary.note("hotel") + "!";
                })
                .undo(diary.undoes());
        hotel.step("breakfast", String.class, diary.does()).undo(diary.undoes());
        var car = saga.branch("by road");
        car.step("car", String.class, ctx -> {
                    bothRun.await();
                    throw new IllegalStateException("none left");
                })
                .retry(RetryPolicy.never());
        saga.parallel("book", flight, hotel, car);
        saga.step("pay", String.class, diary.does());
        var trip = kit.start(saga.returnsNothing(), "oslo");
        var draining = new Thread(() -> {
            while (trip.state() != dev.belay.SagaState.COMPENSATING) {
                Thread.onSpinWait();
            }
            failed.countDown();
        });
        draining.start();

        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(diary.lines().subList(0, 2)).containsExactlyInAnyOrder("flight", "hotel");
        assertThat(diary.lines().subList(2, 4))
                .containsExactlyInAnyOrder("undo flight(oslo) SUCCEEDED flight!", "undo hotel(oslo) SUCCEEDED hotel!");
        assertThat(diary.lines()).hasSize(4);
    }

    @Test
    @DisplayName(
            "28 what fails after a join is undone first, then both branches in any order, then what was before them")
    default void branchesAreUndoneBetweenWhatIsAroundThem(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("trip", String.class).onFailure(FailurePolicy.COMPENSATE);
        saga.step("a", String.class, diary.does()).undo(diary.undoes());
        var left = saga.branch("left");
        left.step("b", String.class, diary.does()).undo(diary.undoes());
        var right = saga.branch("right");
        right.step("c", String.class, diary.does()).undo(diary.undoes());
        saga.parallel("both", left, right);
        saga.step("d", String.class, diary.throwing(new SagaAborted("no"))).undo(diary.undoes());
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(diary.lines()).hasSize(8);
        assertThat(diary.lines().get(4)).isEqualTo("undo d(oslo) FAILED");
        assertThat(diary.lines().subList(5, 7))
                .containsExactlyInAnyOrder("undo b(oslo) SUCCEEDED b!", "undo c(oslo) SUCCEEDED c!");
        assertThat(diary.lines().get(7)).isEqualTo("undo a(oslo) SUCCEEDED a!");
    }

    @Test
    @DisplayName("29 when item 700 of 1,000 fails all items that started are undone with their own input, boundedly")
    default void startedItemsAreUndoneWithTheirOwnInput(SagaKit kit) {
        var atOnce = 7;
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        Set<Integer> started = ConcurrentHashMap.newKeySet();
        Set<Integer> undone = ConcurrentHashMap.newKeySet();
        var twice = new AtomicInteger();
        var saga = Saga.define("mailing", Integer.class).onFailure(FailurePolicy.COMPENSATE);
        var each = saga.forEach("each", Integer.class);
        each.step("send", Integer.class, ctx -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    try {
                        started.add(ctx.input());
                        if (ctx.input() == 700) {
                            throw new IllegalStateException("bad address");
                        }
                        return -ctx.input();
                    } finally {
                        running.decrementAndGet();
                    }
                })
                .retry(RetryPolicy.never())
                .undo(u -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    if (!undone.add(u.input())) {
                        twice.incrementAndGet();
                    }
                    assertThat(u.outputIfAny().orElse(-u.input())).isEqualTo(-u.input());
                    running.decrementAndGet();
                });
        saga.fanOut(
                        "all",
                        each,
                        ctx -> IntStream.rangeClosed(1, ctx.input()).boxed().toList())
                .atOnce(atOnce);
        var mailing = kit.start(saga.returnsNothing(), 1_000);

        kit.runUntilIdle();

        assertThat(mailing.state()).isEqualTo(COMPENSATED);
        assertThat(started).contains(700).hasSizeLessThan(1_000);
        assertThat(undone).isEqualTo(started);
        assertThat(twice).hasValue(0);
        assertThat(most.get()).isLessThanOrEqualTo(atOnce);
        assertThat(mailing.view().jobs()).isEmpty();
    }

    @Test
    @DisplayName("39 an empty fan-out goes on at once, and the saga completes and leaves no job")
    default void emptyFanOutGoesOn(SagaKit kit) {
        var saga = Saga.define("mailing", Integer.class);
        var each = saga.forEach("each", Integer.class);
        each.step("send", Integer.class, ctx -> ctx.input());
        var all = saga.fanOut("all", each, ctx -> List.<Integer>of());
        var mailing = kit.start(saga.returns(all), 0);

        kit.runUntilIdle();

        assertThat(mailing.state()).isEqualTo(COMPLETED);
        assertThat(mailing.result()).isEqualTo(new GroupSummary(0, 0, 0));
        assertThat(mailing.view().jobs()).isEmpty();
    }
}
