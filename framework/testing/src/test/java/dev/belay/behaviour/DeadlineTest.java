package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPENSATION_FAILED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.belay.Cause;
import dev.belay.FailurePolicy;
import dev.belay.JournalEntry;
import dev.belay.OperationRefused;
import dev.belay.OperationRefused.Reason;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaEvent;
import dev.belay.SagaHandle;
import dev.belay.SagaListener;
import dev.belay.StartOptions;
import dev.belay.StepRejected;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Deadlines of sagas and of steps: by the database's clock, acting once, extended and never shortened. */
@BelayTest
class DeadlineTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final List<String> done = new CopyOnWriteArrayList<>();

    /** Hears of deadlines that came too late to undo anything. */
    static final class Hears implements SagaListener {
        final List<SagaEvent.Type> types = new CopyOnWriteArrayList<>();

        @Override
        public void heard(SagaEvent event) {
            types.add(event.type());
        }
    }

    private String note(String line) {
        done.add(line);
        return line;
    }

    private SagaDefinition<String, Void> waiting() {
        var saga = Saga.define("trip", String.class).deadline(HOUR);
        saga.step("flight", String.class, ctx -> note("flight")).undo(u -> note("undo flight"));
        saga.signal("go", String.class);
        return saga.returnsNothing();
    }

    @Test
    @DisplayName("a saga whose time is over is undone, with the time its start gave it or else its definition")
    void turnsBack(SagaKit kit) {
        var definition = waiting();
        var hasAnHour = kit.start(definition, "oslo");
        var hasADay = kit.start(definition, "rome", StartOptions.defaults().deadline(Duration.ofDays(1)));
        kit.runUntilIdle();
        kit.advance(HOUR);
        kit.runUntilIdle();

        assertThat(hasAnHour.state()).isEqualTo(COMPENSATED);
        assertThat(hasAnHour.view().cause()).contains(Cause.TIMED_OUT);
        assertThat(done).containsExactly("flight", "flight", "undo flight");
        assertThat(hasADay.state()).isEqualTo(RUNNING);
        assertThat(hasADay.view().deadline()).isPresent();
    }

    @Test
    void suspendedSagaWhoseTimeIsOverIsUndone(SagaKit kit) {
        var saga = Saga.define("trip", String.class).deadline(HOUR);
        saga.step("flight", String.class, ctx -> "F").undo(u -> note("undo flight"));
        saga.step("hotel", String.class, ctx -> {
                    throw new IllegalStateException("full");
                })
                .retry(RetryPolicy.never());
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(SUSPENDED);

        kit.advance(HOUR);
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(trip.view().cause()).contains(Cause.TIMED_OUT);
        assertThat(trip.view().failure().orElseThrow().message()).isEqualTo("full");
        assertThat(done).containsExactly("undo flight");
    }

    @Test
    @DisplayName("a deadline that is over while a saga is undone changes nothing")
    void ignoredWhileUndoing(SagaKit kit) {
        var saga = Saga.define("trip", String.class).deadline(HOUR);
        saga.step("flight", String.class, ctx -> "F")
                .undo(u -> {
                    throw new IllegalStateException("stuck");
                })
                .undoRetry(RetryPolicy.never());
        saga.step("hotel", String.class, ctx -> {
            throw new StepRejected("full");
        });
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runUntilIdle();
        var before = trip.view();
        assertThat(before.state()).isEqualTo(COMPENSATION_FAILED);

        kit.advance(HOUR);
        kit.runUntilIdle();

        assertThat(trip.view()).isEqualTo(before);
    }

    @Test
    @DisplayName("past the pivot a deadline only tells")
    void pastThePivot(SagaKit kit) {
        var hears = new Hears();
        kit.engineOptions(builder -> builder.listener(hears));
        var saga = Saga.define("trip", String.class).deadline(HOUR);
        saga.pivot("pay", String.class, ctx -> "paid");
        saga.signal("go", String.class);
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runUntilIdle();

        kit.advance(HOUR);
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(RUNNING);
        assertThat(hears.types).containsExactly(SagaEvent.Type.DEADLINE_PASSED);

        trip.signal("go", "now");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(hears.types).containsExactly(SagaEvent.Type.DEADLINE_PASSED, SagaEvent.Type.COMPLETED);
    }

    private SagaHandle<Void> timeOutDuringPivot(SagaKit kit, AtomicBoolean succeeds) throws InterruptedException {
        var running = new CountDownLatch(1);
        var mayEnd = new CountDownLatch(1);
        var saga = Saga.define("trip", String.class).deadline(HOUR);
        saga.step("flight", String.class, ctx -> "F").undo(u -> note("undo flight"));
        saga.pivot("pay", String.class, ctx -> {
                    running.countDown();
                    mayEnd.await();
                    if (!succeeds.get()) {
                        throw new IllegalStateException("declined");
                    }
                    return "paid";
                })
                .onFailure(FailurePolicy.SUSPEND)
                .retry(RetryPolicy.fixed(Duration.ofMinutes(1)).upTo(5));
        saga.step("send", String.class, ctx -> note("send"));
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();
        running.await();
        kit.advance(HOUR);
        while (!trip.view().cancelRequested()) {
            Thread.sleep(5);
        }
        mayEnd.countDown();
        kit.runUntilIdle();
        return trip;
    }

    @Test
    @DisplayName("a deadline that is over while the pivot runs undoes the saga if the pivot fails")
    void whileThePivotFails(SagaKit kit) throws Exception {
        var trip = timeOutDuringPivot(kit, new AtomicBoolean(false));

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(trip.view().cause()).contains(Cause.TIMED_OUT);
        assertThat(done).containsExactly("undo flight");
    }

    @Test
    @DisplayName("a deadline that is over while the pivot runs only tells if the pivot succeeds")
    void whileThePivotSucceeds(SagaKit kit) throws Exception {
        var hears = new Hears();
        kit.engineOptions(builder -> builder.listener(hears));

        var trip = timeOutDuringPivot(kit, new AtomicBoolean(true));

        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(trip.view().cause()).isEmpty();
        assertThat(done).containsExactly("send");
        assertThat(hears.types).containsExactlyInAnyOrder(SagaEvent.Type.DEADLINE_PASSED, SagaEvent.Type.COMPLETED);
    }

    @Test
    void deadlineIsExtendedAndNeverShortened(SagaKit kit) {
        var trip = kit.start(waiting(), "oslo");
        kit.runUntilIdle();
        var deadline = trip.view().deadline().orElseThrow();

        assertThatThrownBy(() -> kit.operator("alice").extendDeadline(trip.id(), deadline.minusSeconds(1), "hurry"))
                .asInstanceOf(type(OperationRefused.class))
                .satisfies(refused -> assertThat(refused.reason()).isEqualTo(Reason.SHORTENS_DEADLINE))
                .extracting(Throwable::getMessage)
                .asString()
                .contains(deadline.toString());
        assertThatThrownBy(() -> kit.operator("alice").extendDeadline(trip.id(), Duration.ofMinutes(-1), "hurry"))
                .isInstanceOf(OperationRefused.class);
        assertThat(trip.view().deadline()).contains(deadline);
        kit.operator("alice").extendDeadline(trip.id(), HOUR, "strike");
        assertThat(trip.view().deadline()).contains(deadline.plus(HOUR));
        kit.advance(HOUR);
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(RUNNING);

        kit.operator("bob").extendDeadline(trip.id(), deadline.plus(HOUR).plusSeconds(60), "fog");
        kit.advance(HOUR);
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(RUNNING);
        kit.advance(Duration.ofMinutes(1));
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(audit(kit)).containsExactly("alice: strike", "bob: fog");
        assertThatThrownBy(() -> kit.operator("bob").extendDeadline(trip.id(), HOUR, "sun"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("COMPENSATED");
    }

    private static List<String> audit(SagaKit kit) {
        return Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery(
                                "select actor || ': ' || reason from " + kit.schema() + ".operation order by id")
                        .mapTo(String.class)
                        .list());
    }

    private SagaDefinition<String, Void> failing() {
        var saga = Saga.define("trip", String.class);
        saga.step("hotel", String.class, ctx -> {
                    throw new IllegalStateException("full");
                })
                .retry(RetryPolicy.fixed(Duration.ofMinutes(25)).upTo(100))
                .within(HOUR);
        return saga.returnsNothing();
    }

    private static long attempts(SagaHandle<?> saga) {
        return saga.journal().stream()
                .filter(entry -> entry.kind() == JournalEntry.Kind.ATTEMPT)
                .count();
    }

    @Test
    @DisplayName("retries stop when the next attempt would come after the step's deadline")
    void retriesStop(SagaKit kit) {
        var trip = kit.start(failing(), "oslo");

        kit.runToTheEnd();

        assertThat(trip.state()).isEqualTo(SUSPENDED);
        assertThat(attempts(trip)).isEqualTo(3);
        assertThat(trip.view().failure().orElseThrow().message()).isEqualTo("full");
    }

    @Test
    void stepWithMoreTimeIsTriedMoreOften(SagaKit kit) {
        var trip = kit.start(failing(), "oslo");
        kit.runUntilIdle();
        var deadline = trip.view().jobs().get(0).deadline().orElseThrow();

        assertThatThrownBy(() -> kit.operator("alice").extendStepDeadline(trip.id(), deadline.minusSeconds(1), "no"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("only ever extended");
        kit.operator("alice").extendStepDeadline(trip.id(), deadline.plus(HOUR), "busy season");
        kit.runToTheEnd();

        assertThat(trip.state()).isEqualTo(SUSPENDED);
        assertThat(attempts(trip)).isEqualTo(5);
        assertThatThrownBy(() -> kit.operator("alice").extendStepDeadline(trip.id(), HOUR, "again"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("Retry a failed one");
    }

    @Test
    @DisplayName("an operator's retry gives a step its whole time anew")
    void retryBeginsAnew(SagaKit kit) {
        var trip = kit.start(failing(), "oslo");
        kit.runToTheEnd();

        kit.operator("alice").retry(trip.id(), "season is over");
        kit.runToTheEnd();

        assertThat(attempts(trip)).isEqualTo(6);
    }

    @Test
    @DisplayName("a retry that is due only after the step's deadline, because of a pause, is not run")
    void overdueByAPause(SagaKit kit) {
        var trip = kit.start(failing(), "oslo");
        kit.runUntilIdle();
        kit.operator("alice").pause(trip.id(), "strike");
        kit.advance(HOUR);
        kit.runUntilIdle();
        assertThat(attempts(trip)).isEqualTo(1);

        kit.operator("alice").resume(trip.id(), "settled");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(SUSPENDED);
        assertThat(trip.view().failure().orElseThrow().type()).isEqualTo("STEP_DEADLINE_PASSED");
    }
}
