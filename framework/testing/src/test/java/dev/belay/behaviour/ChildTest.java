package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPENSATING;
import static dev.belay.SagaState.COMPENSATION_FAILED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RESOLVED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.Cause;
import dev.belay.GroupSummary;
import dev.belay.JournalEntry.Kind;
import dev.belay.OperationRefused;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaView.Blocker;
import dev.belay.StepRejected;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** Sagas that are steps of others: what their end means to the parent, and what the parent's undo means to them. */
@BelayTest
class ChildTest {
    private final List<String> done = new CopyOnWriteArrayList<>();
    private final AtomicBoolean mended = new AtomicBoolean();

    /** What a payment returns. */
    record Receipt(String number, int cents) {}

    /** A payment of one step, with an undo. */
    private SagaDefinition<String, Receipt> payment() {
        var saga = Saga.define("payment", String.class);
        return saga.returns(saga.step("pay", Receipt.class, ctx -> {
                    done.add("pay " + ctx.input());
                    return new Receipt("r-" + ctx.input(), 900);
                })
                .undo(u -> done.add("undo pay " + u.input())));
    }

    /** A payment that is broken until it is mended. */
    private SagaDefinition<String, Receipt> brokenPayment() {
        var saga = Saga.define("payment", String.class);
        return saga.returns(saga.step("pay", Receipt.class, ctx -> {
                    if (!mended.get()) {
                        throw new IllegalStateException("the bank is closed");
                    }
                    return new Receipt("r", 900);
                })
                .retry(RetryPolicy.never())
                .undo(u -> done.add("undo pay")));
    }

    private void step(Saga<String> saga, String name) {
        saga.step(name, String.class, ctx -> {
                    done.add(name);
                    return name + "!";
                })
                .undo(u -> done.add("undo " + name));
    }

    private static List<UUID> childrenOf(SagaKit kit, UUID parent) {
        return Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery("select id from " + kit.schema()
                                + ".saga where parent_id = :parent order by parent_branch, id")
                        .bind("parent", parent)
                        .mapTo(UUID.class)
                        .list());
    }

    private static SagaHandle<Object> childOf(SagaKit kit, SagaHandle<?> parent) {
        List<UUID> children = childrenOf(kit, parent.id());
        assertThat(children).hasSize(1);
        return kit.belay().saga(children.get(0));
    }

    @Test
    void theStepReturnsWhatTheChildReturnedTyped(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        step(saga, "reserve");
        var paid = saga.child("payment", payment(), ctx -> ctx.input() + "-1");
        var order = kit.start(
                saga.returns(
                        String.class,
                        s -> s.output(paid).number() + " " + s.output(paid).cents()),
                "o");

        kit.runUntilIdle();

        assertThat(order.result()).isEqualTo("r-o-1 900");
        var child = childOf(kit, order);
        assertThat(child.view().parent()).contains(order.id());
        assertThat(child.view().definition()).isEqualTo("payment");
        assertThat(child.id().version()).isEqualTo(7);
        assertThat(child.id().variant()).isEqualTo(2);
        assertThat(child.id().getMostSignificantBits() >>> 16)
                .isEqualTo(order.id().getMostSignificantBits() >>> 16);
    }

    @Test
    void aRejectedChildIsUndoneAndThenItsParentOfTheSameFailure(SagaKit kit) {
        var child = Saga.define("payment", String.class);
        step(child, "book");
        child.step("pay", String.class, ctx -> {
            throw new StepRejected("no money");
        });
        var saga = Saga.define("order", String.class);
        step(saga, "reserve");
        saga.child("payment", child.returnsNothing(), ctx -> ctx.input());
        var order = kit.start(saga.returnsNothing(), "o");

        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("reserve", "book", "undo book", "undo reserve");
        assertThat(order.view().failure()).hasValueSatisfying(failure -> {
            assertThat(failure.step()).isEqualTo("payment");
            assertThat(failure.type()).isEqualTo(StepRejected.class.getName());
            assertThat(failure.message()).contains("\"pay\"").contains("no money");
        });
        assertThat(order.journal())
                .noneMatch(entry -> entry.undoing() && entry.step().equals("payment"));
    }

    @Test
    void childrenThreeDeepAreUndoneFromTheDeepest(SagaKit kit) {
        var leaf = Saga.define("leaf", String.class);
        step(leaf, "leaf");
        var middle = Saga.define("middle", String.class);
        step(middle, "middle");
        middle.child("to leaf", leaf.returnsNothing(), ctx -> ctx.input());
        step(middle, "after leaf");
        var upper = Saga.define("upper", String.class);
        step(upper, "upper");
        upper.child("to middle", middle.returnsNothing(), ctx -> ctx.input());
        var root = Saga.define("root", String.class);
        step(root, "root");
        root.child("to upper", upper.returnsNothing(), ctx -> ctx.input());
        root.step("reject", String.class, ctx -> {
            done.clear();
            throw new StepRejected("no");
        });
        var family = kit.start(root.returnsNothing(), "f");

        kit.runUntilIdle();

        assertThat(family.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("undo after leaf", "undo leaf", "undo middle", "undo upper", "undo root");
        var second = childOf(kit, family);
        assertThat(second.state()).isEqualTo(COMPENSATED);
        assertThat(second.view().cause()).contains(Cause.PARENT_ABORTED);
        // Rule: exactly one end is recorded for a saga, even for a child that completed and was undone.
        assertThat(second.journal())
                .filteredOn(entry -> entry.kind() == Kind.END)
                .hasSize(1);
        assertThat(childOf(kit, childOf(kit, second)).state()).isEqualTo(COMPENSATED);
    }

    @Test
    void eachItemOfAFanOutHasAChildOfItsOwn(SagaKit kit) {
        var saga = Saga.define("orders", Integer.class);
        var each = saga.forEach("each", String.class);
        var paid = each.child("payment", payment(), ctx -> ctx.input());
        var all = saga.fanOut("all", each, ctx -> List.of("a", "b", "c", "d")).atOnce(2);
        saga.step(
                        "look",
                        String.class,
                        ctx -> ctx.outputs(paid).stream()
                                .map(Receipt::number)
                                .toList()
                                .toString())
                .pure();
        saga.step("reject", String.class, ctx -> {
            if (ctx.input() == 2) {
                throw new StepRejected("no");
            }
            return "";
        });
        var definition = saga.returns(all);
        var orders = kit.start(definition, 1);
        var undone = kit.start(definition, 2);

        kit.runUntilIdle();

        assertThat(orders.result()).isEqualTo(new GroupSummary(4, 4, 0));
        assertThat(orders.journal())
                .anyMatch(entry -> entry.output().equals(java.util.Optional.of("\"[r-a, r-b, r-c, r-d]\"")));
        assertThat(childrenOf(kit, orders.id())).hasSize(4).doesNotHaveDuplicates();
        assertThat(undone.state()).isEqualTo(COMPENSATED);
        assertThat(childrenOf(kit, undone.id()))
                .hasSize(4)
                .allMatch(child -> kit.belay().saga(child).state() == COMPENSATED);
        assertThat(done).contains("undo pay a", "undo pay b", "undo pay c", "undo pay d");
    }

    @Test
    void aParentCancelledWhileItsChildRunsCancelsTheChildFirst(SagaKit kit) throws Exception {
        var begun = new CountDownLatch(1);
        var child = Saga.define("payment", String.class);
        step(child, "book");
        child.step("wait", String.class, ctx -> {
                    begun.countDown();
                    Thread.sleep(Duration.ofMinutes(1).toMillis());
                    return "";
                })
                .undo(u -> done.add("undo wait " + u.outcome()));
        var saga = Saga.define("order", String.class);
        step(saga, "reserve");
        saga.child("payment", child.returnsNothing(), ctx -> ctx.input());
        var order = kit.start(saga.returnsNothing(), "o");
        kit.startWorker();
        begun.await();

        assertThat(order.cancel("enough")).isEqualTo(COMPENSATING);
        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("reserve", "book", "undo wait FAILED", "undo book", "undo reserve");
        assertThat(childOf(kit, order).view().cause()).contains(Cause.PARENT_ABORTED);
    }

    @Test
    void aSuspendedChildIsShownAsTheBlockerUntilAnOperatorLetsItGoOn(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        saga.child("payment", brokenPayment(), ctx -> ctx.input());
        var outer = Saga.define("outer", String.class);
        outer.child("order", saga.returnsNothing(), ctx -> ctx.input());
        var whole = kit.start(outer.returnsNothing(), "o");

        kit.runUntilIdle();

        var order = childOf(kit, whole);
        var payment = childOf(kit, order);
        assertThat(payment.state()).isEqualTo(SUSPENDED);
        var blocker = new Blocker(payment.id(), "payment", SUSPENDED);
        assertThat(order.state()).isEqualTo(RUNNING);
        assertThat(order.view().blockers()).containsExactly(blocker);
        assertThat(whole.view().blockers()).containsExactly(blocker);

        mended.set(true);
        kit.operator("alice").retry(payment.id(), "the bank is open");
        kit.runUntilIdle();

        assertThat(whole.state()).isEqualTo(COMPLETED);
        assertThat(whole.view().blockers()).isEmpty();
    }

    @Test
    void aParentUndoneCancelsASuspendedChild(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        step(saga, "reserve");
        saga.child("payment", brokenPayment(), ctx -> ctx.input());
        var order = kit.start(saga.returnsNothing(), "o");
        kit.runUntilIdle();

        order.cancel("enough");
        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPENSATED);
        assertThat(childOf(kit, order).state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("reserve", "undo pay", "undo reserve");
    }

    @Test
    void aChildWhoseUndoFailedHoldsUpItsParentUntilAnOperatorMendsIt(SagaKit kit) {
        var child = Saga.define("payment", String.class);
        child.step("pay", String.class, ctx -> "paid")
                .undo(u -> {
                    if (!mended.get()) {
                        throw new IllegalStateException("the bank is closed");
                    }
                    done.add("undo pay");
                })
                .undoRetry(RetryPolicy.never());
        var saga = Saga.define("order", String.class);
        step(saga, "reserve");
        saga.child("payment", child.returnsNothing(), ctx -> ctx.input());
        saga.step("reject", String.class, ctx -> {
            throw new StepRejected("no");
        });
        var order = kit.start(saga.returnsNothing(), "o");

        kit.runUntilIdle();

        var payment = childOf(kit, order);
        assertThat(payment.state()).isEqualTo(COMPENSATION_FAILED);
        assertThat(order.state()).isEqualTo(COMPENSATING);
        assertThat(order.view().blockers()).containsExactly(new Blocker(payment.id(), "payment", COMPENSATION_FAILED));
        assertThat(done).containsExactly("reserve");

        mended.set(true);
        kit.operator("alice").retry(payment.id(), "the bank is open");
        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("reserve", "undo pay", "undo reserve");
    }

    @Test
    void aChildClosedByAnOperatorFailsTheStepAndLeavesResidueWhenTheParentIsUndone(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        step(saga, "reserve");
        saga.child("payment", brokenPayment(), ctx -> ctx.input());
        var order = kit.start(saga.returnsNothing(), "o");
        kit.runUntilIdle();

        assertThat(kit.operator("alice").resolve(childOf(kit, order).id(), "paid by hand"))
                .isEqualTo(RESOLVED);
        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(SUSPENDED);
        assertThat(order.view().failure())
                .hasValueSatisfying(failure -> assertThat(failure.type()).isEqualTo("CHILD_RESOLVED"));

        kit.operator("alice").compensate(order.id(), "undo it");
        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("reserve", "undo reserve");
        assertThat(residue(kit, order)).isTrue();
    }

    private static boolean residue(SagaKit kit, SagaHandle<?> saga) {
        return Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery("select residue from " + kit.schema() + ".saga where id = :id")
                        .bind("id", saga.id())
                        .mapTo(Boolean.class)
                        .one());
    }

    @Test
    void aStepRetriedAfterItsChildWasClosedStartsAnother(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        var paid = saga.child("payment", brokenPayment(), ctx -> ctx.input());
        var order = kit.start(saga.returns(paid), "o");
        kit.runUntilIdle();
        kit.operator("alice").resolve(childOf(kit, order).id(), "closed");
        kit.runUntilIdle();

        mended.set(true);
        kit.operator("alice").retry(order.id(), "once more");
        kit.runUntilIdle();

        assertThat(order.result()).isEqualTo(new Receipt("r", 900));
        assertThat(childrenOf(kit, order.id())).hasSize(2).doesNotHaveDuplicates();
    }

    @Test
    void anOperatorMayCancelAChildWhoseParentIsOpen(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        step(saga, "reserve");
        saga.child("payment", brokenPayment(), ctx -> ctx.input());
        var order = kit.start(saga.returnsNothing(), "o");
        kit.runUntilIdle();

        kit.operator("alice").cancel(childOf(kit, order).id(), "not this way");
        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("reserve", "undo pay", "undo reserve");
    }

    @Test
    void aCompletedChildPastItsPivotCannotBeUndoneAndAnOperatorDecides(SagaKit kit) {
        var child = Saga.define("payment", String.class);
        child.pivot("pay", String.class, ctx -> "paid");
        var saga = Saga.define("order", String.class);
        step(saga, "reserve");
        saga.child("payment", child.returnsNothing(), ctx -> ctx.input());
        saga.step("reject", String.class, ctx -> {
            throw new StepRejected("no");
        });
        var order = kit.start(saga.returnsNothing(), "o");

        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPENSATION_FAILED);
        assertThat(childOf(kit, order).state()).isEqualTo(COMPLETED);
        assertThat(order.journal())
                .filteredOn(entry -> entry.undoing() && entry.step().equals("payment"))
                .singleElement()
                .satisfies(entry ->
                        assertThat(entry.failure().orElseThrow().message()).contains("passed its pivot"));

        kit.operator("alice").acceptResidue(order.id(), "the customer keeps it");
        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("reserve", "undo reserve");
    }

    @Test
    void aStepWhoseTimeIsOverTurnsItsChildBack(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        step(saga, "reserve");
        saga.child("payment", brokenPayment(), ctx -> ctx.input()).within(Duration.ofHours(1));
        var order = kit.start(saga.returnsNothing(), "o");
        kit.runUntilIdle();
        assertThat(order.state()).isEqualTo(RUNNING);

        kit.advance(Duration.ofHours(2));
        kit.runUntilIdle();

        assertThat(childOf(kit, order).state()).isEqualTo(COMPENSATED);
        assertThat(childOf(kit, order).view().cause()).contains(Cause.TIMED_OUT);
        assertThat(order.state()).isEqualTo(COMPENSATED);
    }

    @Test
    void aSagaWithAnOpenChildIsNotResolvedOverItsHead(SagaKit kit) {
        var payment = brokenPayment();
        var saga = Saga.define("order", String.class);
        var left = saga.branch("left");
        left.child("payment", payment, ctx -> ctx.input());
        var right = saga.branch("right");
        right.child("other payment", payment, ctx -> ctx.input());
        saga.parallel("both", left, right);
        var order = kit.start(saga.returnsNothing(), "o");
        kit.runUntilIdle();
        var children = childrenOf(kit, order.id());
        kit.operator("alice").resolve(children.get(0), "closed");
        kit.runUntilIdle();
        assertThat(order.state()).isEqualTo(RUNNING);
        assertThat(order.view().blockers()).hasSize(1);

        assertThatThrownBy(() -> kit.operator("alice").resolve(order.id(), "close it"))
                .isInstanceOf(OperationRefused.class);
        kit.operator("alice").resolve(children.get(1), "closed too");
        kit.runUntilIdle();
        assertThat(order.state()).isEqualTo(SUSPENDED);
        assertThat(kit.operator("alice").resolve(order.id(), "close it")).isEqualTo(RESOLVED);
    }

    @Test
    void theNewestVersionOfTheChildIsStarted(SagaKit kit) {
        var old = payment();
        var newer = Saga.define("payment", String.class).version(2);
        var definition = newer.returns(newer.step("pay better", Receipt.class, ctx -> new Receipt("v2", 1)));
        var saga = Saga.define("order", String.class);
        var paid = saga.child("payment", old, ctx -> ctx.input());
        var order = saga.returns(paid);
        kit.open(order, definition);
        var started = kit.belay().start(order, "o");

        kit.runUntilIdle();

        assertThat(started.result()).isEqualTo(new Receipt("v2", 1));
    }

    @Test
    void aChildsInputIsAskedForOnceMoreIfTheProcessDiesInIt(SagaKit kit) {
        var asked = new AtomicInteger();
        var saga = Saga.define("order", String.class);
        var paid = saga.child("payment", payment(), ctx -> {
            asked.incrementAndGet();
            kit.crashPoint("input");
            return ctx.input();
        });
        kit.crashAt("input");
        var order = kit.start(saga.returns(paid), "o");

        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPLETED);
        assertThat(asked).hasValue(2);
        assertThat(childrenOf(kit, order.id())).hasSize(1);
        assertThat(done).containsExactly("pay o");
    }
}
