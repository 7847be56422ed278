package dev.belay.conformance;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPENSATING;
import static dev.belay.SagaState.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.Saga;
import dev.belay.UndoContext;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Workers that die in the middle. */
interface CrashScenarios extends Workers {

    @Test
    @DisplayName(
            "13 a process killed while half of a saga is undone leaves the rest to another, which repeats no finished undo")
    default void killedWhileUndoing(SagaKit kit) throws Exception {
        var wall = Wall.in(kit);
        var definition = DoomedProcess.definition(wall, false);
        kit.open(definition);
        var saga = kit.belay().start(definition, "go");
        try (var process = DoomedProcess.start(kit, this)) {
            await().atMost(Duration.ofSeconds(60)).until(() -> wall.lines().contains("undo step 3 begun"));
            process.killHard();
        }
        assertThat(saga.state()).isEqualTo(COMPENSATING);
        assertThat(Diary.journal(saga))
                .filteredOn(line -> line.startsWith("undo"))
                .containsExactly("undo step 6 succeeded", "undo step 5 succeeded", "undo step 4 succeeded");

        kit.runUntilIdle();

        assertThat(saga.state()).isEqualTo(COMPENSATED);
        assertThat(wall.lines())
                .filteredOn(line -> line.startsWith("undo"))
                .containsExactly(
                        "undo step 6",
                        "undo step 5",
                        "undo step 4",
                        "undo step 3 begun",
                        "undo step 3",
                        "undo step 2",
                        "undo step 1");
        assertThat(Diary.journal(saga))
                .filteredOn(line -> line.startsWith("undo"))
                .containsExactly(
                        "undo step 6 succeeded",
                        "undo step 5 succeeded",
                        "undo step 4 succeeded",
                        "undo step 3 lost",
                        "undo step 3 succeeded",
                        "undo step 2 succeeded",
                        "undo step 1 succeeded");
    }

    @Test
    @DisplayName("14 a step that crashed after its external action runs again with the same idempotency key")
    default void rerunCarriesTheSameKey(SagaKit kit) {
        var diary = new Diary();
        var keys = new CopyOnWriteArrayList<String>();
        var saga = Saga.define("payment", String.class);
        saga.step("check", String.class, diary.does());
        var charge = saga.step("charge", String.class, ctx -> {
            keys.add(ctx.idempotencyKey());
            diary.note("charge, attempt " + ctx.attempt());
            kit.crashPoint("charged");
            return "receipt";
        });
        kit.crashAt("charged");
        var payment = kit.start(saga.returns(charge), "9 euros");

        kit.runUntilIdle();

        assertThat(payment.state()).isEqualTo(COMPLETED);
        assertThat(payment.result()).isEqualTo("receipt");
        assertThat(diary.lines()).containsExactly("check", "charge, attempt 1", "charge, attempt 2");
        assertThat(keys).hasSize(2).containsOnly(keys.get(0));
        assertThat(Diary.journal(payment)).containsExactly("check succeeded", "charge lost", "charge succeeded", "end");
    }

    @Test
    @DisplayName("33 a crash in mid-step after two logged effects undoes exactly these two")
    default void exactlyTheLoggedEffectsAreUndone(SagaKit kit) {
        var diary = new Diary();
        var effects = new CopyOnWriteArrayList<List<UndoContext.Effect>>();
        var calls = new AtomicInteger();
        var saga = Saga.define("agent", String.class);
        var cancel = saga.undo("cancel", String.class, (ref, u) -> diary.note("cancel " + ref + " " + u.outcome()));
        saga.step("converse", String.class, ctx -> {
                    calls.incrementAndGet();
                    ctx.activity("think", String.class, () -> "book a flight and a hotel");
                    ctx.activity("book", String.class).undo(cancel, "flight").run(() -> diary.note("book flight"));
                    ctx.activity("book", String.class).undo(cancel, "hotel").run(() -> diary.note("book hotel"));
                    kit.crashPoint("before the car");
                    ctx.activity("book", String.class).undo(cancel, "car").run(() -> diary.note("book car"));
                    return "done";
                })
                .undo(u -> {
                    diary.note("undo converse " + u.outcome());
                    effects.add(u.effects());
                });
        kit.crashAt("before the car");
        var agent = kit.start(saga.returnsNothing(), "to oslo");
        kit.startWorker();
        await().until(() -> diary.lines().contains("book hotel"));
        await().until(kit::hasNoWorker);

        agent.cancel("no longer needed");
        kit.runUntilIdle();

        assertThat(agent.state()).isEqualTo(COMPENSATED);
        assertThat(calls).hasValue(1);
        assertThat(diary.lines())
                .containsExactly(
                        "book flight",
                        "book hotel",
                        "cancel hotel SUCCEEDED",
                        "cancel flight SUCCEEDED",
                        "undo converse UNKNOWN");
        assertThat(effects)
                .singleElement()
                .satisfies(told -> assertThat(told)
                        .containsExactly(
                                new UndoContext.Effect("book", dev.belay.Outcome.SUCCEEDED, "UNDONE"),
                                new UndoContext.Effect("book", dev.belay.Outcome.SUCCEEDED, "UNDONE")));
    }
}
