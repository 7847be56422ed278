package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.Deferred;
import dev.belay.DefinitionException;
import dev.belay.JournalEntry.Kind;
import dev.belay.Next;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaAborted;
import dev.belay.SagaException;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Effects that steps hold back until the pivot has passed. */
@BelayTest
class DeferredTest {
    private final List<String> done = new CopyOnWriteArrayList<>();

    private Deferred<String> mail(Saga<String> saga) {
        return saga.deferred("mail", String.class, (text, ctx) -> done.add("mail " + text));
    }

    @Test
    void whatIsHeldBackTakesPlaceAfterThePivotInTheOrderHeld(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        var mail = mail(saga);
        var bell = saga.deferred("bell", Integer.class, (times, ctx) -> done.add("bell " + times));
        saga.step("reserve", String.class, ctx -> {
                    ctx.defer(mail, "reserved " + ctx.input());
                    ctx.defer(bell, 2);
                    ctx.defer(mail, "soon there");
                    return done.add("reserve") + "";
                })
                .undo(u -> {});
        saga.pivot("pay", String.class, ctx -> {
            ctx.defer(mail, "paid");
            return done.add("pay") + "";
        });
        var send = saga.step("send", String.class, ctx -> {
            ctx.defer(bell, 3);
            done.add("send");
            return "sent";
        });
        saga.step("close", String.class, ctx -> done.add("close") + "");
        var order = kit.start(saga.returns(send), "book");

        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPLETED);
        assertThat(order.result()).isEqualTo("sent");
        assertThat(done)
                .containsExactly(
                        "reserve",
                        "pay",
                        "mail reserved book",
                        "bell 2",
                        "mail soon there",
                        "mail paid",
                        "send",
                        "bell 3",
                        "close");
        assertThat(order.view().jobs()).isEmpty();
        assertThat(order.journal())
                .filteredOn(row -> row.kind() == Kind.HELD && row.n() > 0)
                .hasSize(5);
    }

    @Test
    void whatIsHeldBackByAnUndoneSagaNeverTakesPlace(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        var mail = mail(saga);
        saga.step("reserve", String.class, ctx -> {
                    ctx.defer(mail, "reserved");
                    return "reserved";
                })
                .undo(u -> done.add("undo reserve"));
        saga.step("check", String.class, ctx -> {
                    ctx.defer(mail, "checked");
                    throw new SagaAborted("no");
                })
                .undo(u -> done.add("undo check"));
        saga.pivot("pay", String.class, ctx -> "paid");
        var order = kit.start(saga.returnsNothing(), "book");

        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("undo check", "undo reserve");
    }

    /** What was held back on a way that was undone does not take place; what was held back on the new way does. */
    @Test
    void aSavepointForgetsWhatWasHeldBackAfterIt(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        var mail = mail(saga);
        saga.step("plan", String.class, ctx -> {
                    ctx.defer(mail, ctx.replan().isPresent() ? "new plan" : "old plan");
                    return "plan";
                })
                .pure()
                .savepoint(1);
        var failures = new AtomicInteger(1);
        saga.step("check", String.class, ctx -> {
                    if (failures.getAndDecrement() > 0) {
                        throw new SagaAborted("no");
                    }
                    return "checked";
                })
                .undo(u -> {});
        saga.pivot("pay", String.class, ctx -> "paid");
        var order = kit.start(saga.returnsNothing(), "book");

        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPLETED);
        assertThat(done).containsExactly("mail new plan");
    }

    @Test
    void aPivotThatIsTheLastStepStillMakesTheResult(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        var mail = mail(saga);
        var pay = saga.pivot("pay", String.class, ctx -> {
            ctx.defer(mail, "paid");
            ctx.defer(mail, "thanks");
            return "receipt";
        });
        var order = kit.start(saga.returns(String.class, s -> s.output(pay) + " for " + s.input()), "book");

        kit.runUntilIdle();

        assertThat(order.result()).isEqualTo("receipt for book");
        assertThat(done).containsExactly("mail paid", "mail thanks");
    }

    @Test
    void aRoutedStepAfterThePivotIsStillGivenItsInput(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        var mail = mail(saga);
        saga.pivot("pay", Integer.class, ctx -> {
            ctx.defer(mail, "paid");
            return 7;
        });
        saga.step("count", Integer.class, (ctx, n) -> {
            done.add("count " + n);
            ctx.defer(mail, "counted");
            ctx.defer(mail, "twice");
            return n == 7 ? Next.step("count", 8) : Next.end("counted to " + n);
        });
        var order = kit.start(saga.returns(String.class), "book");

        kit.runUntilIdle();

        assertThat(order.result()).isEqualTo("counted to 8");
        assertThat(done)
                .containsExactly(
                        "mail paid", "count 7", "mail counted", "mail twice", "count 8", "mail counted", "mail twice");
    }

    @Test
    void branchesHoldBackToo(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        var mail = mail(saga);
        saga.step("begin", String.class, ctx -> {
                    ctx.defer(mail, "begun");
                    return "begun";
                })
                .undo(u -> {});
        var each = saga.forEach("each", String.class);
        each.step("pack", String.class, ctx -> {
                    ctx.defer(mail, "packed " + ctx.input());
                    return "packed";
                })
                .undo(u -> {});
        saga.fanOut("all", each, ctx -> List.of("one", "two"));
        saga.step("label", String.class, ctx -> {
                    ctx.defer(mail, "labelled");
                    return "labelled";
                })
                .undo(u -> {});
        saga.pivot("pay", String.class, ctx -> done.add("pay") + "");
        var order = kit.start(saga.returnsNothing(), "book");

        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPLETED);
        assertThat(done).containsExactly("pay", "mail begun", "mail packed one", "mail packed two", "mail labelled");
    }

    /** The pivot of one branch lets go what was held back before; what its sibling holds back follows that sibling's step. */
    @Test
    void aPivotInABranchLetsGoWhatWasHeldBack(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        var mail = mail(saga);
        var pays = saga.branch("pays");
        pays.pivot("pay", String.class, ctx -> {
            ctx.defer(mail, "paid");
            return "paid";
        });
        pays.step("book", String.class, ctx -> "booked");
        var tells = saga.branch("tells");
        tells.step("tell", String.class, ctx -> {
                    ctx.defer(mail, "told");
                    return "told";
                })
                .withoutUndo("a note");
        saga.parallel("both", pays, tells);
        var order = kit.start(saga.returnsNothing(), "book");

        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPLETED);
        assertThat(done).containsExactlyInAnyOrder("mail paid", "mail told");
    }

    @Test
    void aStepThatRunsAgainHoldsTheSameEffectBackOnce(SagaKit kit) {
        var attempts = new AtomicInteger();
        var saga = Saga.define("order", String.class);
        var mail = mail(saga);
        saga.step("reserve", String.class, ctx -> {
                    ctx.activity("look", String.class, () -> "seen");
                    ctx.defer(mail, "reserved");
                    if (attempts.incrementAndGet() == 1) {
                        throw new IllegalStateException("once");
                    }
                    kit.crashPoint("held");
                    ctx.defer(mail, "certainly");
                    return "reserved";
                })
                .retry(RetryPolicy.fixed(Duration.ZERO))
                .undo(u -> {});
        saga.pivot("pay", String.class, ctx -> "paid");
        kit.crashAt("held");
        var order = kit.start(saga.returnsNothing(), "book");

        kit.runToTheEnd();

        assertThat(order.state()).isEqualTo(COMPLETED);
        assertThat(done).containsExactly("mail reserved", "mail certainly");
    }

    /** At least once, each time with the same key; what is recorded as done is not done again. */
    @Test
    void aCrashWhileTheyTakePlaceRepeatsOnlyTheOneThatRan(SagaKit kit) {
        var keys = new CopyOnWriteArrayList<String>();
        var saga = Saga.define("order", String.class);
        var mail = saga.deferred("mail", String.class, (text, ctx) -> {
            keys.add(text + " " + ctx.idempotencyKey());
            done.add(text);
            if (text.equals("b")) {
                kit.crashPoint("sent");
            }
        });
        saga.pivot("pay", String.class, ctx -> {
            List.of("a", "b", "c").forEach(text -> ctx.defer(mail, text));
            return done.add("pay") + "";
        });
        kit.crashAt("sent");
        var order = kit.start(saga.returnsNothing(), "book");

        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPLETED);
        assertThat(done).containsExactly("pay", "a", "b", "b", "c");
        assertThat(keys.stream().distinct()).hasSize(3);
    }

    @Test
    void aFailingEffectIsRetriedThenSuspendsTheSagaAndAnOperatorMayRetryOrSkipIt(SagaKit kit) {
        var works = new AtomicInteger();
        var saga = Saga.define("order", String.class);
        var mail = saga.deferred(
                "mail", String.class, RetryPolicy.fixed(Duration.ofMinutes(1)).upTo(2), (text, ctx) -> {
                    done.add(text + " " + ctx.attempt());
                    if (works.get() == 0) {
                        throw new IllegalStateException("no line");
                    }
                });
        var pay = saga.pivot("pay", String.class, ctx -> {
            ctx.defer(mail, "a");
            ctx.defer(mail, "b");
            return "paid";
        });
        var order = kit.start(saga.returns(pay), "book");
        kit.runToTheEnd();
        assertThat(order.state()).isEqualTo(SUSPENDED);
        assertThat(done).containsExactly("a 1", "a 2");
        assertThat(order.view().failure()).get().extracting(f -> f.step()).isEqualTo("mail");

        kit.operator("ann").skip(order.id(), null, "told by phone");
        kit.runToTheEnd();
        assertThat(order.state()).isEqualTo(SUSPENDED);
        works.set(1);
        kit.operator("ann").retry(order.id(), "the line works");
        kit.runToTheEnd();

        assertThat(order.result()).isEqualTo("paid");
        assertThat(done).containsExactly("a 1", "a 2", "b 1", "b 2", "b 3");
    }

    @Test
    void withoutAPivotNothingCanBeHeldBack() {
        var saga = Saga.define("order", String.class);
        mail(saga);
        saga.step("reserve", String.class, ctx -> "reserved");

        assertThatThrownBy(saga::returnsNothing)
                .isInstanceOf(DefinitionException.class)
                .hasMessageContaining("\"mail\" is held back until the pivot has passed, but there is no pivot");
    }

    @Test
    void anEffectThatIsNotRegisteredIsRefused(SagaKit kit) {
        var other = mail(Saga.define("other", String.class));
        var saga = Saga.define("order", String.class);
        saga.pivot("pay", String.class, ctx -> {
                    ctx.defer(other, "paid");
                    return "paid";
                })
                .retry(RetryPolicy.never());
        var order = kit.start(saga.returnsNothing(), "book");

        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(SUSPENDED);
        assertThat(order.view().failure()).get().satisfies(failure -> {
            assertThat(failure.type()).isEqualTo(SagaException.class.getName());
            assertThat(failure.message()).contains("holds back \"mail\"").contains("saga.deferred(…)");
        });
    }
}
