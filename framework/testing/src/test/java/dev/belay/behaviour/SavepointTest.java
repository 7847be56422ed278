package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPENSATING;
import static dev.belay.SagaState.COMPENSATION_FAILED;
import static dev.belay.SagaState.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.Cause;
import dev.belay.Course;
import dev.belay.DefinitionException;
import dev.belay.JournalEntry.Result;
import dev.belay.Next;
import dev.belay.Replan;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaAborted;
import dev.belay.SagaHandle;
import dev.belay.StepRejected;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/**
 * The rule of save-points: on a failure a saga is undone back to the save-point, goes forward in a new epoch with the failure and
 * the report of what was undone, and does so only as often as allowed.
 */
@BelayTest
class SavepointTest {
    private final List<String> done = new CopyOnWriteArrayList<>();
    private final List<Replan> replans = new CopyOnWriteArrayList<>();

    private dev.belay.Step<String, String> step(Course<String> course, String name) {
        return course.step(name, String.class, ctx -> {
                    ctx.replan().ifPresent(replans::add);
                    done.add(name);
                    return name + ctx.replan().map(Replan::number).orElse(0);
                })
                .undo(u -> done.add("undo " + name));
    }

    /** A step that aborts the first {@code times} times, after an effect. */
    private dev.belay.Step<String, String> failing(Course<String> course, String name, int times) {
        var left = new AtomicInteger(times);
        return course.step(name, String.class, ctx -> {
                    done.add(name);
                    if (left.getAndDecrement() > 0) {
                        throw new SagaAborted(name + " is full");
                    }
                    return name + "!";
                })
                .undo(u -> done.add("undo " + name));
    }

    @Test
    void theReportTellsWhatFailedAndWhatWasUndone(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        step(saga, "a");
        step(saga, "plan").savepoint(1);
        var cancel = saga.undo("cancel", String.class, ref -> done.add("cancel " + ref));
        saga.step("pay", String.class, ctx -> {
                    ctx.activity("card", String.class).undo(cancel, "card 7").run(() -> "paid");
                    return "paid";
                })
                .undo(u -> done.add("undo pay"));
        failing(saga, "book", 1);
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(replans).hasSize(1);
        assertThat(replans.get(0).number()).isEqualTo(1);
        assertThat(replans.get(0).failure().step()).isEqualTo("book");
        assertThat(replans.get(0).failure().message()).isEqualTo("book is full");
        assertThat(replans.get(0).undone()).containsExactly("book", "card", "pay", "plan");
        assertThat(trip.view().failure()).isEmpty();
        assertThat(trip.view().cause()).isEmpty();
    }

    /** A routed agent goes back, is told why, and chooses another way; what it was given is given again. */
    @Test
    void aRoutedAgentFindsAnotherWay(SagaKit kit) {
        var keys = new CopyOnWriteArrayList<String>();
        var saga = Saga.define("agent", String.class);
        var think = saga.ref("think", Integer.class);
        saga.step("start", String.class, (ctx, input) -> Next.to(think, 1));
        saga.step(think, (ctx, round) -> {
                    keys.add(ctx.idempotencyKey());
                    done.add("think " + round + ctx.replan().map(r -> " anew").orElse(""));
                    if (round == 3) {
                        return Next.end("done");
                    }
                    return Next.step(ctx.replan().isPresent() ? "train" : "plane", round);
                })
                .pure()
                .savepoint(2);
        saga.step("plane", Integer.class, (ctx, round) -> {
                    done.add("plane " + round);
                    if (round == 2) {
                        throw new StepRejected("no seat");
                    }
                    return Next.to(think, round + 1);
                })
                .undo(u -> done.add("undo plane " + u.input()));
        saga.step("train", Integer.class, (ctx, round) -> {
                    done.add("train " + round);
                    return Next.to(think, round + 1);
                })
                .undo(u -> done.add("undo train"));
        var agent = kit.start(saga.returns(String.class), "oslo");

        kit.runUntilIdle();

        assertThat(agent.result()).isEqualTo("done");
        assertThat(done)
                .containsExactly("think 1", "plane 1", "think 2", "plane 2", "think 2 anew", "train 2", "think 3");
        assertThat(keys).doesNotHaveDuplicates();
    }

    @Test
    void aFirstRoutedStepThatIsASavepointIsGivenTheSagasInputAgain(SagaKit kit) {
        var saga = Saga.define("agent", String.class);
        saga.step("think", String.class, (ctx, input) -> {
                    done.add("think " + input);
                    if (ctx.replan().isEmpty()) {
                        throw new SagaAborted("lost my way");
                    }
                    return Next.end(input + " " + ctx.replan().get().failure().message());
                })
                .pure()
                .savepoint(1);
        var agent = kit.start(saga.returns(String.class), "oslo");

        kit.runUntilIdle();

        assertThat(agent.result()).isEqualTo("oslo lost my way");
        assertThat(done).containsExactly("think oslo", "think oslo");
    }

    /** The nearest save-point wins; once it may not be gone back to any more, the one before it. Nothing is undone twice. */
    @Test
    void theNearestOfTwoSavepointsIsGoneBackTo(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        step(saga, "a");
        step(saga, "outer").savepoint(1);
        step(saga, "b");
        step(saga, "inner").savepoint(1);
        failing(saga, "book", 3);
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(done)
                .containsExactly(
                        "a",
                        "outer",
                        "b",
                        "inner",
                        "book",
                        "undo book",
                        "undo inner",
                        "inner",
                        "book",
                        "undo book",
                        "undo inner",
                        "undo b",
                        "undo outer",
                        "outer",
                        "b",
                        "inner",
                        "book",
                        "undo book",
                        "undo inner",
                        "undo b",
                        "undo outer",
                        "undo a");
        assertThat(replans.get(1).undone()).containsExactly("book", "inner", "b", "outer");
        assertThat(trip.view().cause()).contains(Cause.STEP_FAILED);
    }

    @Test
    void aFanOutAfterTheSavepointIsUndoneAndDoneWithOtherItems(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        step(saga, "a");
        var plan = saga.step("plan", String.class, ctx -> ctx.replan().isPresent() ? "new" : "old")
                .pure()
                .savepoint(1);
        var each = saga.forEach("each", String.class);
        var stop = each.step("stop", String.class, ctx -> {
                    done.add(ctx.input());
                    if (ctx.input().equals("old 2")) {
                        throw new SagaAborted("closed");
                    }
                    return ctx.input() + " by " + ctx.output(plan);
                })
                .undo(u -> done.add("undo " + u.input()));
        saga.fanOut("all", each, ctx -> List.of(ctx.output(plan) + " 1", ctx.output(plan) + " 2"))
                .atOnce(1);
        var trip = kit.start(
                saga.returns(String.class, s -> String.join(", ", s.outputs(stop)) + " of " + s.output(plan)), "oslo");

        kit.runUntilIdle();

        assertThat(trip.result()).isEqualTo("new 1 by new, new 2 by new of new");
        assertThat(done)
                .startsWith("a", "old 1", "old 2")
                .endsWith("new 1", "new 2")
                .hasSize(7);
        assertThat(done.subList(3, 5)).containsExactlyInAnyOrder("undo old 1", "undo old 2");
    }

    /** An output that was undone is not one any more: a step passed by on the new way has none. */
    @Test
    void outputsOfUndoneStepsAreGone(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        var plan = step(saga, "plan").savepoint(1);
        var extra = saga.step("extra", String.class, ctx -> "extra")
                .undo(u -> done.add("undo extra"))
                .onlyIf(s -> s.output(plan).equals("plan0"));
        failing(saga, "book", 1);
        var trip = kit.start(saga.returns(String.class, s -> s.output(plan) + " " + s.outputIfAny(extra)), "oslo");

        kit.runUntilIdle();

        assertThat(trip.result()).isEqualTo("plan1 Optional.empty");
    }

    @Test
    void aCrashInTheMiddleOfGoingBackAndOfGoingForwardAgainChangesNothing(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        step(saga, "a");
        saga.step("plan", String.class, ctx -> {
                    if (ctx.replan().isPresent()) {
                        kit.crashPoint("forward");
                    }
                    return done.add("plan" + ctx.replan().map(Replan::number).orElse(0)) + "";
                })
                .undo(u -> {
                    kit.crashPoint("back");
                    done.add("undo plan");
                })
                .savepoint(1);
        failing(saga, "book", 1);
        kit.crashAt("back").crashAt("forward");
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(done).containsExactly("a", "plan0", "book", "undo book", "undo plan", "plan1", "book");
    }

    @Test
    void aCancelWhileGoingBackUndoesTheWholeSaga(SagaKit kit) throws Exception {
        var undoing = new CountDownLatch(1);
        var cancelled = new CountDownLatch(1);
        var saga = Saga.define("trip", String.class);
        step(saga, "a");
        step(saga, "plan").savepoint(1);
        saga.step("book", String.class, ctx -> {
                    throw new SagaAborted("full");
                })
                .undo(u -> {
                    undoing.countDown();
                    cancelled.await();
                    done.add("undo book");
                });
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.startWorker();
        undoing.await();

        assertThat(trip.cancel("not any more")).isEqualTo(COMPENSATING);
        cancelled.countDown();
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(trip.view().cause()).contains(Cause.CANCELLED);
        assertThat(done).containsExactly("a", "plan", "undo book", "undo plan", "undo a");
    }

    @Test
    void anOperatorMayUndoTheWholeSagaWhileItGoesBack(SagaKit kit) {
        var trip = withAFailingUndo(kit, new AtomicBoolean(true));
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATION_FAILED);

        kit.operator("ann").compensate(trip.id(), "enough");
        kit.operator("ann").markUndone(trip.id(), "done by hand");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(trip.view().cause()).contains(Cause.OPERATOR);
        assertThat(done).containsExactly("a", "plan", "undo plan", "undo a");
    }

    @Test
    void aFailedUndoStopsGoingBackAndARetryGoesOnAndThenForward(SagaKit kit) {
        var broken = new AtomicBoolean(true);
        var trip = withAFailingUndo(kit, broken);
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPENSATION_FAILED);
        assertThat(done).containsExactly("a", "plan");

        broken.set(false);
        kit.operator("ann").retry(trip.id(), "mended");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(done).containsExactly("a", "plan", "undo book", "undo plan", "plan");
    }

    private SagaHandle<Void> withAFailingUndo(SagaKit kit, AtomicBoolean broken) {
        var full = new AtomicBoolean(true);
        var saga = Saga.define("trip", String.class);
        step(saga, "a");
        step(saga, "plan").savepoint(1);
        saga.step("book", String.class, ctx -> {
                    if (full.getAndSet(false)) {
                        throw new SagaAborted("full");
                    }
                    return "booked";
                })
                .undo(u -> {
                    if (broken.get()) {
                        throw new IllegalStateException("no line");
                    }
                    done.add("undo book");
                })
                .undoRetry(RetryPolicy.never());
        return kit.start(saga.returnsNothing(), "oslo");
    }

    /** A retry that an operator decided on the way back does not let undos of the next way back fail for ever. */
    @Test
    void anUndoThatFailsOnTheSecondWayBackFailsForGood(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        step(saga, "plan").savepoint(1);
        saga.step("book", String.class, ctx -> {
                    throw new SagaAborted("full");
                })
                .undo(u -> {
                    throw new IllegalStateException("no line");
                })
                .undoRetry(RetryPolicy.never());
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runUntilIdle();
        for (int i = 0; i < 3; i++) {
            kit.operator("ann").retry(trip.id(), "again");
            kit.runUntilIdle();
            assertThat(trip.state()).isEqualTo(COMPENSATION_FAILED);
        }
        kit.operator("ann").markUndone(trip.id(), "done by hand");

        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATION_FAILED);
        assertThat(done).containsExactly("plan", "undo plan", "plan");
    }

    @Test
    void aDeadlineThatPassesOnTheWayBackUndoesTheWholeSaga(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        step(saga, "a");
        step(saga, "plan").savepoint(1);
        saga.step("book", String.class, ctx -> {
                    throw new SagaAborted("full");
                })
                .undo(u -> {
                    passDeadline(kit, u.sagaId());
                    done.add("undo book");
                });
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(trip.view().cause()).contains(Cause.TIMED_OUT);
        assertThat(done).containsExactly("a", "plan", "undo book", "undo plan", "undo a");
    }

    private static void passDeadline(SagaKit kit, UUID saga) throws SQLException {
        try (var connection = kit.dataSource().getConnection();
                var update = connection.prepareStatement(
                        "update %1$s.saga set deadline_at = %1$s.now() where id = ?".formatted(kit.schema()))) {
            update.setObject(1, saga);
            update.executeUpdate();
        }
    }

    @Test
    void aCancelDoesNotStopAtASavepoint(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        step(saga, "a");
        step(saga, "plan").savepoint(1);
        saga.signal("go", String.class);
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runUntilIdle();

        trip.cancel("not any more");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("a", "plan", "undo plan", "undo a");
    }

    /** What an undo writes in the engine's transaction is kept where the coordinator finds what is next: at a save-point, at a group. */
    @Test
    void undosInATransactionKeepWhatTheyWroteWhereTheWayBackEndsOrComesToAGroup(SagaKit kit) {
        var jdbi = Jdbi.create(kit.dataSource());
        String table = kit.schema() + ".undone";
        jdbi.useHandle(handle -> handle.execute("create table " + table + " (entry text not null)"));
        var saga = Saga.define("trip", String.class);
        saga.step("plan", String.class, ctx -> "plan")
                .undoInTransaction((u, handle) -> handle.execute("insert into " + table + " values ('plan')"))
                .savepoint(1);
        var branch = saga.branch("side");
        step(branch, "aside");
        saga.parallel("both", branch);
        saga.step("hotel", String.class, ctx -> "hotel")
                .undoInTransaction((u, handle) -> handle.execute("insert into " + table + " values ('hotel')"));
        failing(saga, "book", 1);
        var trip = kit.start(saga.returnsNothing(), "oslo");

        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(done).containsExactly("aside", "book", "undo book", "undo aside", "aside", "book");
        List<String> entries = jdbi.withHandle(handle -> handle.createQuery("select entry from " + table)
                .mapTo(String.class)
                .list());
        assertThat(entries).containsExactly("hotel", "plan");
        assertThat(trip.journal()).noneMatch(row -> row.outcome() == Result.LOST);
    }

    @Test
    void aSavepointThatCannotBeMeantIsRefused() {
        var saga = Saga.define("trip", String.class);
        saga.sleep("rest", Duration.ofSeconds(1)).savepoint(1);
        saga.pivot("pay", String.class, ctx -> "paid").savepoint(1);
        saga.step("mail", String.class, ctx -> "sent").savepoint(1);
        var branch = saga.branch("side");
        branch.step("aside", String.class, ctx -> "aside").savepoint(1);
        saga.parallel("both", branch);

        assertThatThrownBy(saga::returnsNothing)
                .isInstanceOf(DefinitionException.class)
                .hasMessageContaining("save-point \"rest\" only waits")
                .hasMessageContaining("save-point \"pay\" is the pivot")
                .hasMessageContaining("save-point \"mail\" comes after the pivot")
                .hasMessageContaining("save-point \"aside\" is in branch \"side\"");
    }
}
