package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.GroupSummary;
import dev.belay.Saga;
import dev.belay.SagaAborted;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A fan-out over a snapshot of items, be they one or ten thousand: each runs once, and each is undone once. */
@BelayTest
class FanOutTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 1_000, 10_000})
    void eachItemRunsOnceAndIsUndoneOnce(int items, SagaKit kit) {
        var runs = new AtomicIntegerArray(items);
        var undos = new AtomicIntegerArray(items);
        var saga = Saga.define("items", Boolean.class);
        var each = saga.forEach("each", Integer.class);
        each.step("work", Integer.class, ctx -> runs.incrementAndGet(ctx.input()))
                .undo(u -> undos.incrementAndGet(u.input()));
        var all = saga.fanOut(
                "all", each, ctx -> IntStream.range(0, items).boxed().toList());
        saga.step("end", String.class, ctx -> {
            if (ctx.input()) {
                throw new SagaAborted("undo it all");
            }
            return "end";
        });
        var definition = saga.returns(all);
        kit.patience(Duration.ofMinutes(5));

        var kept = kit.start(definition, false);
        kit.runUntilIdle();

        assertThat(kept.state()).isEqualTo(COMPLETED);
        assertThat(kept.result()).isEqualTo(new GroupSummary(items, items, 0));
        assertThat(countOf(runs, 1)).isEqualTo(items);

        var undone = kit.start(definition, true);
        kit.runUntilIdle();

        assertThat(undone.state()).isEqualTo(COMPENSATED);
        assertThat(countOf(runs, 2)).isEqualTo(items);
        assertThat(countOf(undos, 1)).isEqualTo(items);
        assertThat(undone.view().jobs()).isEmpty();
    }

    private static long countOf(AtomicIntegerArray counts, int wanted) {
        return IntStream.range(0, counts.length())
                .filter(i -> counts.get(i) == wanted)
                .count();
    }
}
