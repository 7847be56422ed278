package dev.belay.conformance;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.ActivityFailed;
import dev.belay.Saga;
import dev.belay.SagaAborted;
import dev.belay.testing.SagaKit;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Failures that do not undo a whole saga: they lead back to a save-point, or are mended inside a step. */
interface SavepointScenarios {

    @Test
    @DisplayName(
            "31 a failed step undoes back to the save-point, the saga goes forward in a new epoch, and only so often as allowed")
    default void goesBackToTheSavepoint(SagaKit kit) {
        var diary = new Diary();
        var epochs = new CopyOnWriteArrayList<Long>();
        var failures = new AtomicInteger(1);
        var saga = Saga.define("trip", String.class);
        saga.step("visa", String.class, diary.does()).undo(diary.undoes());
        saga.step("plan", String.class, ctx -> {
                    epochs.add(epoch(kit, ctx.sagaId()));
                    return diary.note("plan"
                                    + ctx.replan()
                                            .map(r -> " anew " + r.number())
                                            .orElse("")) + "!";
                })
                .undo(diary.undoes())
                .savepoint(2);
        var book = saga.step("book", String.class, ctx -> {
                    diary.note("book");
                    if (failures.getAndDecrement() > 0) {
                        throw new SagaAborted("full");
                    }
                    return "booked";
                })
                .undo(diary.undoes());
        var definition = saga.returns(book);
        var trip = kit.start(definition, "oslo");

        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(trip.result()).isEqualTo("booked");
        assertThat(diary.news())
                .containsExactly(
                        "visa",
                        "plan",
                        "book",
                        "undo book(oslo) FAILED",
                        "undo plan(oslo) SUCCEEDED plan!",
                        "plan anew 1",
                        "book");
        assertThat(epochs).hasSize(2);
        assertThat(epochs.get(1)).isGreaterThan(epochs.get(0));

        failures.set(Integer.MAX_VALUE);
        var hopeless = kit.start(definition, "rome");
        kit.runUntilIdle();

        assertThat(hopeless.state()).isEqualTo(COMPENSATED);
        assertThat(diary.lines())
                .filteredOn(line -> !line.contains("book"))
                .containsExactly(
                        "visa",
                        "plan",
                        "undo plan(rome) SUCCEEDED plan!",
                        "plan anew 1",
                        "undo plan(rome) SUCCEEDED plan anew 1!",
                        "plan anew 2",
                        "undo plan(rome) SUCCEEDED plan anew 2!",
                        "undo visa(rome) SUCCEEDED visa!");
        assertThat(diary.lines()).filteredOn("undo book(rome) FAILED"::equals).hasSize(3);
    }

    private static long epoch(SagaKit kit, java.util.UUID saga) throws java.sql.SQLException {
        try (var connection = kit.dataSource().getConnection();
                var statement =
                        connection.prepareStatement("select epoch from " + kit.schema() + ".saga where id = ?")) {
            statement.setObject(1, saga);
            try (var rows = statement.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }

    @Test
    @DisplayName("32 a tool's error that the model mends inside its step undoes nothing")
    default void mendedInsideTheStep(SagaKit kit) {
        var diary = new Diary();
        var saga = Saga.define("agent", String.class);
        var cancel = saga.undo("cancel", String.class, ref -> diary.note("cancel " + ref));
        saga.step("visa", String.class, diary.does()).undo(diary.undoes());
        var act = saga.step("act", String.class, ctx -> {
                    try {
                        return ctx.activity("hotel", String.class)
                                .undo(cancel, "grand")
                                .run(() -> {
                                    throw new IllegalStateException(diary.note("the grand is full"));
                                });
                    } catch (ActivityFailed full) {
                        return ctx.activity("hotel", String.class)
                                .undo(cancel, "plaza")
                                .run(() -> diary.note("plaza"));
                    }
                })
                .undo(diary.undoes());
        var agent = kit.start(saga.returns(act), "oslo");

        kit.runUntilIdle();

        assertThat(agent.state()).isEqualTo(COMPLETED);
        assertThat(agent.result()).isEqualTo("plaza");
        assertThat(diary.lines()).containsExactly("visa", "the grand is full", "plaza");
        assertThat(Diary.journal(agent)).noneMatch(line -> line.startsWith("undo"));
    }
}
