package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPENSATING;
import static dev.belay.SagaState.COMPENSATION_FAILED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.FailurePolicy;
import dev.belay.JournalEntry.Kind;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaHandle;
import dev.belay.StepRejected;
import dev.belay.UndoContext;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Steps that end when their job is not theirs any more, and undos that must not come before or between. */
@BelayTest
class LateEffectTest {
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final Deaf zombie = new Deaf();

    @BeforeEach
    void withoutMuchGrace(SagaKit kit) {
        kit.workerOptions(options -> options.timeoutGrace(Duration.ofMillis(100)));
    }

    private void undoIfKnown(UndoContext<?, ?> u) {
        log.add("undo " + u.step() + u.outputIfAny().map(output -> " " + output).orElse(""));
        if (u.outputIfAny().isEmpty()) {
            u.nothingToUndo();
        }
    }

    private static void awaitLate(SagaHandle<?> saga) {
        await().until(() -> saga.journal().stream().anyMatch(entry -> entry.kind() == Kind.LATE));
    }

    @Test
    @DisplayName("a late effect in a branch that is undone has that branch undone again, and the rest left alone")
    void inABranch(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        saga.step("visa", String.class, ctx -> "visa!").undo(this::undoIfKnown);
        var air = saga.branch("air");
        air.step("flight", String.class, ctx -> {
                    zombie.work();
                    return "flight!";
                })
                .timeout(Duration.ofMillis(100))
                .retry(RetryPolicy.never())
                .onFailure(FailurePolicy.COMPENSATE)
                .undo(this::undoIfKnown);
        var ground = saga.branch("ground");
        ground.step("car", String.class, ctx -> "car!").undo(this::undoIfKnown);
        saga.parallel("transport", air, ground);
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactlyInAnyOrder("undo flight", "undo car car!", "undo visa visa!");
        log.clear();

        zombie.letGo();
        awaitLate(trip);
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("undo flight flight!");
        assertThat(trip.journal()).filteredOn(entry -> entry.kind() == Kind.END).hasSize(1);
        assertThat(trip.view().jobs()).isEmpty();
    }

    @Test
    @DisplayName("a late effect of a call that is undone has its undo run again, with the result")
    void ofAnActivity(SagaKit kit) {
        var saga = Saga.define("agent", String.class);
        var cancel = saga.undo("cancel", String.class, (ref, u) -> {
            log.add("cancel " + ref
                    + u.outputIfAny().map(output -> " " + output).orElse(""));
            if (u.outputIfAny().isEmpty()) {
                u.nothingToUndo();
            }
        });
        saga.step(
                        "converse",
                        String.class,
                        ctx -> ctx.activity("book", String.class)
                                .undo(cancel, "room")
                                .run(() -> {
                                    zombie.work();
                                    return "booking 7";
                                }))
                .timeout(Duration.ofMillis(100))
                .retry(RetryPolicy.never())
                .onFailure(FailurePolicy.COMPENSATE);
        var agent = kit.start(saga.returnsNothing(), "?");
        kit.startWorker();
        kit.runUntilIdle();
        assertThat(agent.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("cancel room");

        zombie.letGo();
        awaitLate(agent);
        kit.runUntilIdle();

        assertThat(agent.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("cancel room", "cancel room booking 7");
    }

    @Test
    @DisplayName("a late effect that comes while its undo runs has it run once more, though that undo found nothing")
    void whileItsUndoRuns(SagaKit kit) throws Exception {
        var undoing = new Deaf();
        var first = new AtomicBoolean(true);
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, ctx -> "flight!").undo(this::undoIfKnown);
        saga.step("hotel", String.class, ctx -> {
                    zombie.work();
                    return "hotel!";
                })
                .timeout(Duration.ofSeconds(2))
                .retry(RetryPolicy.never())
                .onFailure(FailurePolicy.COMPENSATE)
                .undo(u -> {
                    if (first.getAndSet(false)) {
                        undoing.work();
                    }
                    undoIfKnown(u);
                });
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();

        undoing.awaitBegun();
        zombie.letGo();
        awaitLate(trip);
        assertThat(trip.state()).isEqualTo(COMPENSATING);
        undoing.letGo();
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("undo hotel", "undo hotel hotel!", "undo flight flight!");
    }

    @Test
    @DisplayName("a late effect in a saga whose undo has failed waits with it for the operator")
    void whenAnotherUndoHasFailed(SagaKit kit) {
        var broken = new AtomicBoolean(true);
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, ctx -> "flight!")
                .undo(u -> {
                    if (broken.get()) {
                        throw new IllegalStateException("airline down");
                    }
                    undoIfKnown(u);
                })
                .undoRetry(RetryPolicy.never());
        saga.step("hotel", String.class, ctx -> {
                    zombie.work();
                    return "hotel!";
                })
                .timeout(Duration.ofMillis(100))
                .retry(RetryPolicy.never())
                .onFailure(FailurePolicy.COMPENSATE)
                .undo(this::undoIfKnown);
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATION_FAILED);

        zombie.letGo();
        awaitLate(trip);
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATION_FAILED);
        assertThat(log).containsExactly("undo hotel");

        broken.set(false);
        kit.operator("alice").retry(trip.id(), "the airline is back");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("undo hotel", "undo hotel hotel!", "undo flight flight!");
    }

    @Test
    @DisplayName("no undo starts while a step of any branch still runs: it waits until that step is given up for hung")
    void undoWaitsForAStepThatHangs(SagaKit kit) throws Exception {
        var released = new AtomicBoolean();
        var saga = Saga.define("trip", String.class);
        saga.step("visa", String.class, ctx -> "visa!")
                .undo(u -> log.add("undo visa" + (released.get() ? " after the step returned" : "")));
        var air = saga.branch("air");
        air.step("flight", String.class, ctx -> {
                    zombie.work();
                    released.set(true);
                    return "flight!";
                })
                .timeout(Duration.ofSeconds(1))
                .retry(RetryPolicy.never())
                .undo(u -> log.add("undo flight " + u.outcome()));
        var ground = saga.branch("ground");
        ground.step("car", String.class, ctx -> {
            zombie.awaitBegun();
            throw new StepRejected("none left");
        });
        saga.parallel("transport", air, ground);
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("undo flight FAILED", "undo visa");
        var rows = trip.journal().stream()
                .filter(entry -> entry.kind() == Kind.ATTEMPT)
                .map(entry -> (entry.undoing() ? "undo " : "") + entry.step())
                .toList();
        assertThat(rows.indexOf("undo flight")).isGreaterThan(rows.indexOf("flight"));
        zombie.letGo();
    }

    @Test
    @DisplayName("a cancel lets the step that runs keep its job, and undoes it after it has stopped, not before")
    void cancelWaitsForTheStep(SagaKit kit) throws Exception {
        var begun = new CountDownLatch(1);
        var saga = Saga.define("trip", String.class);
        saga.step("hotel", String.class, ctx -> {
                    begun.countDown();
                    while (!ctx.shouldStop()) {
                        pause();
                    }
                    log.add("hotel stops");
                    throw new IllegalStateException("stopped");
                })
                .undo(u -> log.add("undo hotel " + u.outcome()));
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();
        begun.await();

        assertThat(trip.cancel("off")).isEqualTo(COMPENSATING);
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("hotel stops", "undo hotel FAILED");
    }

    @Test
    @DisplayName("a fence in the database that a step writes to keeps its late write out after it was undone")
    void fenceInABusinessDatabase(SagaKit kit) throws Exception {
        var ended = new CountDownLatch(1);
        var room = new Room(kit);
        var saga = Saga.define("trip", String.class);
        saga.step("hotel", String.class, ctx -> {
                    zombie.work();
                    try {
                        return room.write(ctx.sagaId() + "/hotel", ctx.fence(), "booked");
                    } finally {
                        ended.countDown();
                    }
                })
                .timeout(Duration.ofMillis(100))
                .retry(RetryPolicy.never())
                .onFailure(FailurePolicy.COMPENSATE)
                .undo(u -> {
                    room.write(u.sagaId() + "/hotel", u.fence(), "free");
                    u.nothingToUndo();
                });
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATED);

        zombie.letGo();
        ended.await();
        awaitLate(trip);

        assertThat(room.state()).isEqualTo("free");
        assertThat(trip.state()).isEqualTo(COMPENSATED);
    }

    /** A table of the application's own, guarded by a fence. */
    private record Room(SagaKit kit) {
        Room {
            Jdbi.create(kit.dataSource()).useHandle(handle -> handle.execute("""
                    create table %1$s.fence (key text primary key, fence bigint not null);
                    create table %1$s.room (state text)""".formatted(kit.schema())));
        }

        String write(String key, long fence, String state) {
            return Jdbi.create(kit.dataSource()).inTransaction(handle -> {
                int newest = handle.createUpdate("""
                                insert into %1$s.fence as f (key, fence) values (:key, :fence)
                                    on conflict (key) do update set fence = excluded.fence where f.fence <= excluded.fence""".formatted(kit.schema()))
                        .bind("key", key)
                        .bind("fence", fence)
                        .execute();
                if (newest == 0) {
                    throw new IllegalStateException("somebody newer was here");
                }
                handle.execute("delete from %s.room".formatted(kit.schema()));
                handle.execute("insert into %s.room values (?)".formatted(kit.schema()), state);
                return state;
            });
        }

        String state() {
            return Jdbi.create(kit.dataSource())
                    .withHandle(handle -> handle.createQuery("select state from %s.room".formatted(kit.schema()))
                            .mapTo(String.class)
                            .one());
        }
    }

    private static void pause() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            // It looks whether it should stop instead.
            return;
        }
    }
}
