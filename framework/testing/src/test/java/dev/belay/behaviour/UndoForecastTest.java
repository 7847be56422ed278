package dev.belay.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.Outcome;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.UndoForecast;
import dev.belay.UndoForecast.Kept;
import dev.belay.UndoForecast.What;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What a cancel would undo, said before anybody cancels; and that it does just that. */
@BelayTest
class UndoForecastTest {
    private final List<String> undone = new CopyOnWriteArrayList<>();

    @Test
    void theForecastIsWhatACancelThenDoes(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        var refund = saga.undo("refund", String.class, ref -> undone.add("pay"));
        saga.step("plan", String.class, ctx -> "plan").pure();
        saga.step("a", String.class, ctx -> "a").undo(u -> undone.add("a"));
        var left = saga.branch("left");
        left.step("b1", String.class, ctx -> "b1").undo(u -> undone.add("b1"));
        left.step("b2", String.class, ctx -> "b2").undo(u -> undone.add("b2"));
        var right = saga.branch("right");
        right.step("c", String.class, ctx -> "c").undo(u -> undone.add("c"));
        saga.parallel("both", left, right);
        saga.step("mail", String.class, ctx -> "mail").withoutUndo("a mail cannot be taken back");
        saga.step(
                "pay",
                String.class,
                ctx -> ctx.activity("card", String.class).undo(refund, "card 9").run(() -> "paid"));
        saga.step("last", String.class, ctx -> {
                    throw new IllegalStateException("stop here");
                })
                .retry(RetryPolicy.never());
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runUntilIdle();

        var forecast = trip.undoForecast();

        assertThat(forecast.cancellable()).isTrue();
        assertThat(forecast.why()).isEmpty();
        assertThat(forecast.undone())
                .extracting(UndoForecast.Planned::wave, UndoForecast.Planned::step, UndoForecast.Planned::what)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1, "pay", What.ACTIVITY),
                        org.assertj.core.groups.Tuple.tuple(2, "b2", What.STEP),
                        org.assertj.core.groups.Tuple.tuple(2, "c", What.STEP),
                        org.assertj.core.groups.Tuple.tuple(3, "b1", What.STEP),
                        org.assertj.core.groups.Tuple.tuple(4, "a", What.STEP));
        assertThat(forecast.undone()).allMatch(one -> one.outcome() == Outcome.SUCCEEDED && !one.failed());
        assertThat(forecast.kept()).extracting(Kept::step).containsExactlyInAnyOrder("mail", "pay", "last");

        trip.cancel("enough");
        kit.runUntilIdle();

        assertThat(undone).containsExactlyInAnyOrder("pay", "b2", "c", "b1", "a");
        assertThat(undone.get(0)).isEqualTo("pay");
        assertThat(undone.get(4)).isEqualTo("a");
        assertThat(trip.undoForecast().undone()).isEmpty();
    }

    @Test
    void pastThePivotNothingWouldBeUndone(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        saga.step("a", String.class, ctx -> "a").undo(u -> undone.add("a"));
        saga.pivot("pay", String.class, ctx -> "paid");
        saga.step("last", String.class, ctx -> {
                    throw new IllegalStateException("stop here");
                })
                .retry(RetryPolicy.never());
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runUntilIdle();

        var forecast = trip.undoForecast();

        assertThat(forecast.cancellable()).isFalse();
        assertThat(forecast.why()).hasValueSatisfying(why -> assertThat(why).contains("pivot"));
        assertThat(forecast.kept()).extracting(Kept::why).anyMatch(why -> why.contains("pivot"));
    }
}
