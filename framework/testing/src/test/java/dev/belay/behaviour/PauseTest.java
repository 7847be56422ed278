package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPENSATING;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.Cause;
import dev.belay.JournalEntry;
import dev.belay.OperationRefused;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaHandle;
import dev.belay.StepRejected;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Pauses: nothing of a paused saga begins, in either direction; what runs ends undisturbed, and what falls due acts later. */
@BelayTest
class PauseTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final List<String> done = new CopyOnWriteArrayList<>();
    private final CountDownLatch running = new CountDownLatch(1);
    private final CountDownLatch mayEnd = new CountDownLatch(1);

    private String note(String line) {
        done.add(line);
        return line;
    }

    private static void pause(SagaKit kit, SagaHandle<?> saga) {
        kit.operator("alice").pause(saga.id(), "the bank is closed");
    }

    private static void resume(SagaKit kit, SagaHandle<?> saga) {
        kit.operator("alice").resume(saga.id(), "it is open again");
    }

    /** Waits until the worker's heart has compared what it holds with the database, from beginning to end. */
    private static void awaitAWholeHeartbeat(SagaKit kit) throws InterruptedException {
        var database = Jdbi.create(kit.dataSource());
        for (int beats = 0; beats < 2; beats++) {
            String seen = seenAt(kit, database);
            while (seenAt(kit, database).equals(seen)) {
                Thread.sleep(10);
            }
        }
    }

    private static String seenAt(SagaKit kit, Jdbi database) {
        return database.withHandle(
                handle -> handle.createQuery("select max(seen_at)::text from " + kit.schema() + ".worker")
                        .mapTo(String.class)
                        .one());
    }

    @Test
    @DisplayName("a running step ends undisturbed, with what it records, and its successor does not begin")
    void runningStep(SagaKit kit) throws Exception {
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, ctx -> {
            running.countDown();
            mayEnd.await();
            note("told to stop: " + ctx.shouldStop());
            return ctx.activity("seat", String.class, () -> note("seat"));
        });
        saga.step("hotel", String.class, ctx -> note("hotel"));
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();
        running.await();

        pause(kit, trip);
        awaitAWholeHeartbeat(kit);
        mayEnd.countDown();
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(RUNNING);
        assertThat(trip.view().paused()).isTrue();
        assertThat(done).containsExactly("told to stop: false", "seat");
        assertThat(trip.journal())
                .extracting(JournalEntry::outcome)
                .containsExactly(JournalEntry.Result.SUCCEEDED, JournalEntry.Result.SUCCEEDED);
        assertThat(trip.view().jobs()).singleElement().satisfies(job -> {
            assertThat(job.state()).isEqualTo("HELD");
            assertThat(job.step()).isEqualTo("hotel");
        });

        resume(kit, trip);
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(trip.view().paused()).isFalse();
        assertThat(done).containsExactly("told to stop: false", "seat", "hotel");
    }

    @Test
    @DisplayName("a step that runs from before a pause to after it goes on as if there had been none")
    void pauseWithinAStep(SagaKit kit) throws Exception {
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, ctx -> {
            running.countDown();
            mayEnd.await();
            return note("flight");
        });
        saga.step("hotel", String.class, ctx -> note("hotel"));
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();
        running.await();

        pause(kit, trip);
        resume(kit, trip);
        awaitAWholeHeartbeat(kit);
        mayEnd.countDown();
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(done).containsExactly("flight", "hotel");
    }

    @Test
    @DisplayName("an undo that runs ends undisturbed, and the next one waits for the resume")
    void runningUndo(SagaKit kit) throws Exception {
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, ctx -> "F").undo(u -> note("undo flight"));
        saga.step("hotel", String.class, ctx -> "H").undo(u -> {
            running.countDown();
            mayEnd.await();
            note("undo hotel");
        });
        saga.step("car", String.class, ctx -> {
            throw new StepRejected("none");
        });
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();
        running.await();

        pause(kit, trip);
        awaitAWholeHeartbeat(kit);
        mayEnd.countDown();
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATING);
        assertThat(done).containsExactly("undo hotel");

        resume(kit, trip);
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("undo hotel", "undo flight");
        assertThat(trip.journal().stream().filter(JournalEntry::undoing)).hasSize(3);
    }

    @Test
    void whatFallsDueInAPauseActsAfterIt(SagaKit kit) {
        var sleep = Saga.define("sleep", String.class);
        sleep.sleep("nap", HOUR);
        sleep.step("wake", String.class, ctx -> note("woke"));
        var retry = Saga.define("retry", String.class);
        retry.step("try", String.class, ctx -> {
                    if (done.stream().noneMatch("tried"::equals)) {
                        note("tried");
                        throw new IllegalStateException("not yet");
                    }
                    return note("tried again");
                })
                .retry(RetryPolicy.fixed(HOUR).upTo(3));
        var signal = Saga.define("signal", String.class);
        signal.signal("go", String.class);
        signal.step("went", String.class, ctx -> note("went"));
        var approval = Saga.define("approval", String.class);
        approval.approval("may", ctx -> "may I?");
        approval.step("did", String.class, ctx -> note("did"));
        var deadline = Saga.define("deadline", String.class).deadline(HOUR);
        deadline.step("begin", String.class, ctx -> "b").undo(u -> note("undone"));
        deadline.signal("never", String.class);
        var overdue = Saga.define("overdue", String.class);
        overdue.signal("late", String.class).within(HOUR);
        var sagas = List.of(
                kit.start(sleep.returnsNothing(), ""),
                kit.start(retry.returnsNothing(), ""),
                kit.start(signal.returnsNothing(), ""),
                kit.start(approval.returnsNothing(), ""),
                kit.start(deadline.returnsNothing(), ""),
                kit.start(overdue.returnsNothing(), ""));
        kit.runUntilIdle();
        assertThat(done).containsExactly("tried");

        sagas.forEach(saga -> pause(kit, saga));
        sagas.get(2).signal("go", "now");
        assertThat(kit.belay().approvals())
                .singleElement()
                .satisfies(open -> assertThat(open.paused()).isTrue());
        kit.operator("bob").approve(sagas.get(3).id(), "may", "yes");
        kit.advance(HOUR);
        kit.runUntilIdle();
        assertThat(done).containsExactly("tried");
        assertThat(sagas).allSatisfy(saga -> assertThat(saga.state()).isEqualTo(RUNNING));

        sagas.forEach(saga -> resume(kit, saga));
        kit.runUntilIdle();
        assertThat(done).containsExactlyInAnyOrder("tried", "woke", "tried again", "went", "did", "undone");
        assertThat(sagas)
                .extracting(saga -> saga.state().name())
                .containsExactly("COMPLETED", "COMPLETED", "COMPLETED", "COMPLETED", "COMPENSATED", "SUSPENDED");
    }

    @Test
    @DisplayName("a cancel turns a paused saga, and nothing is undone until it is resumed")
    void cancelWhilePaused(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, ctx -> note("flight")).undo(u -> note("undo flight"));
        saga.signal("go", String.class);
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runUntilIdle();
        pause(kit, trip);

        assertThat(trip.cancel("no money")).isEqualTo(COMPENSATING);
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATING);
        assertThat(trip.view().cause()).contains(Cause.CANCELLED);
        assertThat(done).containsExactly("flight");

        resume(kit, trip);
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("flight", "undo flight");
    }

    @Test
    @DisplayName("a cancel of a paused saga whose step runs asks the step to stop, and waits for it and for the resume")
    void cancelWhilePausedAndRunning(SagaKit kit) throws Exception {
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, ctx -> {
                    running.countDown();
                    while (!ctx.shouldStop()) {
                        try {
                            Thread.sleep(5);
                        } catch (InterruptedException e) {
                            break;
                        }
                    }
                    return note("stopped");
                })
                .undo(u -> note("undo flight"));
        saga.step("hotel", String.class, ctx -> note("hotel"));
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();
        running.await();
        pause(kit, trip);

        trip.cancel("no money");
        kit.runUntilIdle();
        assertThat(done).containsExactly("stopped");

        resume(kit, trip);
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("stopped", "undo flight");
    }

    @Test
    void fanOutOfManyBranchesStopsAndGoesOn(SagaKit kit) throws Exception {
        var saga = Saga.define("many", Integer.class);
        var each = saga.forEach("each", Integer.class);
        each.step("one", String.class, ctx -> {
            if (ctx.input() == 40) {
                running.countDown();
                mayEnd.await();
            }
            return note("one " + ctx.input());
        });
        each.step("two", String.class, ctx -> note("two " + ctx.input()));
        saga.fanOut("all", each, ctx -> IntStream.range(0, ctx.input()).boxed().toList())
                .atOnce(8);
        var many = kit.start(saga.returnsNothing(), 200);
        kit.startWorker();
        running.await();

        pause(kit, many);
        mayEnd.countDown();
        kit.runUntilIdle();
        var doneBefore = List.copyOf(done);
        assertThat(doneBefore).contains("one 40").hasSizeLessThan(400);
        assertThat(many.view().jobs()).allSatisfy(job -> assertThat(job.state()).isEqualTo("HELD"));
        assertThat(many.state()).isEqualTo(RUNNING);

        resume(kit, many);
        kit.runUntilIdle();
        assertThat(many.state()).isEqualTo(COMPLETED);
        assertThat(done).hasSize(400).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("a job whose worker dies in a pause is taken over and held, not run")
    void takeoverInAPause(SagaKit kit) throws Exception {
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, ctx -> {
            note("flight");
            if (running.getCount() > 0) {
                running.countDown();
                mayEnd.await();
            }
            return "F";
        });
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();
        running.await();
        pause(kit, trip);

        kit.crashWorker();
        kit.runUntilIdle();
        assertThat(done).containsExactly("flight");
        assertThat(trip.view().jobs())
                .singleElement()
                .satisfies(job -> assertThat(job.state()).isEqualTo("HELD"));

        resume(kit, trip);
        kit.runUntilIdle();
        mayEnd.countDown();
        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(done).containsExactly("flight", "flight");
    }

    @Test
    void secondPauseOrResumeChangesNothing(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, ctx -> note("flight"));
        var trip = kit.start(saga.returnsNothing(), "oslo");
        pause(kit, trip);
        var paused = trip.view();
        pause(kit, trip);
        assertThat(trip.view()).isEqualTo(paused);
        kit.runUntilIdle();
        assertThat(done).isEmpty();

        resume(kit, trip);
        var resumed = trip.view();
        resume(kit, trip);
        assertThat(trip.view()).isEqualTo(resumed);
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThatThrownBy(() -> pause(kit, trip))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("COMPLETED");
    }
}
