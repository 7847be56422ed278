package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.JournalEntry;
import dev.belay.Next;
import dev.belay.OperationRefused;
import dev.belay.PayloadException;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.StepRejected;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What becomes of a saga when an operator decides, decides otherwise, or decides with words that do not fit. */
@BelayTest
class DecisionTest {
    private final List<String> log = new CopyOnWriteArrayList<>();

    @Test
    void theLastOfSeveralDecisionsAboutAStepCounts(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        var hotel = saga.step("hotel", String.class, ctx -> {
                    log.add("hotel");
                    throw new IllegalStateException("site down");
                })
                .undo(u -> log.add("undo hotel"))
                .retry(RetryPolicy.never());
        var trip = kit.start(
                saga.returns(String.class, data -> {
                    if (!data.output(hotel).equals("good")) {
                        throw new IllegalStateException("no result from " + data.output(hotel));
                    }
                    return data.output(hotel);
                }),
                "oslo");
        kit.runUntilIdle();
        assertThat(log).containsExactly("hotel");

        kit.operator("alice").skip(trip.id(), "bad", "a mistake");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(SUSPENDED);

        kit.operator("alice").retry(trip.id(), "rather let it run");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(SUSPENDED);
        assertThat(log).containsExactly("hotel", "hotel");

        kit.operator("alice").skip(trip.id(), "good", "booked by telephone");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(trip.result()).isEqualTo("good");
        assertThat(log).containsExactly("hotel", "hotel");
    }

    @Test
    void aStepOfVoidIsSkippedWithNull(SagaKit kit) {
        var saga = Saga.define("mail", String.class);
        saga.step("send", Void.class, ctx -> {
                    throw new IllegalStateException("no route");
                })
                .retry(RetryPolicy.never());
        saga.step("note", String.class, ctx -> {
            log.add("noted");
            return "noted";
        });
        var mail = kit.start(saga.returnsNothing(), "hello");
        kit.runUntilIdle();

        assertThatThrownBy(() -> kit.operator("alice").skip(mail.id(), "sent", "by hand"))
                .isInstanceOf(PayloadException.class)
                .hasMessageContaining("must be a \"void\", but is a \"string\"");
        kit.operator("alice").skip(mail.id(), null, "sent by hand");
        kit.runUntilIdle();

        assertThat(mail.state()).isEqualTo(COMPLETED);
        assertThat(log).containsExactly("noted");
    }

    @Test
    void aStepOfAnInterfaceIsSkippedWithAnyInstanceOfIt(SagaKit kit) {
        var saga = Saga.define("names", String.class);
        var find = saga.step("find", List.class, ctx -> {
                    throw new IllegalStateException("not found");
                })
                .retry(RetryPolicy.never());
        saga.step("greet", Integer.class, ctx -> {
            log.add("hello " + ctx.output(find));
            return 1;
        });
        var names = kit.start(saga.returnsNothing(), "all");
        kit.runUntilIdle();

        assertThatThrownBy(() -> kit.operator("alice").skip(names.id(), "Ann", "one will do"))
                .isInstanceOf(PayloadException.class)
                .hasMessageContaining("must be a \"list\", but is a \"string\"");
        assertThatThrownBy(() -> kit.operator("alice").skip(names.id(), null, "none will do"))
                .isInstanceOf(PayloadException.class)
                .hasMessageContaining("must be a \"list\", but is null");
        kit.operator("alice").skip(names.id(), List.of("Ann", "Bob"), "from the register");
        kit.runUntilIdle();

        assertThat(names.state()).isEqualTo(COMPLETED);
        assertThat(log).containsExactly("hello [Ann, Bob]");
    }

    @Test
    void anEditedInputMayBeAnyInstanceOfWhatTheStepTakes(SagaKit kit) {
        var saga = Saga.define("names", List.class);
        saga.step("greet", String.class, ctx -> {
                    if (ctx.input().isEmpty()) {
                        throw new IllegalStateException("nobody");
                    }
                    log.add("hello " + ctx.input());
                    return "greeted";
                })
                .retry(RetryPolicy.never());
        var names = kit.start(saga.returnsNothing(), List.of());
        kit.runUntilIdle();

        kit.operator("alice").retryWithInput(names.id(), List.of("Ann"), "she was forgotten");
        kit.runUntilIdle();

        assertThat(names.state()).isEqualTo(COMPLETED);
        assertThat(log).containsExactly("hello [Ann]");
    }

    @Test
    void whereTheCodeIsNotKnownTheTypesOfThePlanCount(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        var hotel = saga.step("hotel", String.class, ctx -> {
                    throw new IllegalStateException("site down");
                })
                .retry(RetryPolicy.never());
        saga.step("car", String.class, ctx -> {
            log.add("car to " + ctx.output(hotel));
            return "car";
        });
        var definition = saga.returnsNothing();
        var trip = kit.start(definition, "oslo");
        kit.runUntilIdle();

        kit.open();
        assertThatThrownBy(() -> kit.operator("alice").skip(trip.id(), 7, "wrong type"))
                .isInstanceOf(PayloadException.class)
                .hasMessageContaining("must be a \"string\", but is a \"integer\"");
        assertThatThrownBy(() -> kit.operator("alice").skip(trip.id(), null, "nothing"))
                .isInstanceOf(PayloadException.class)
                .hasMessageContaining("must be a \"string\", but is null");
        kit.operator("alice").skip(trip.id(), "the inn", "by telephone");
        kit.open(definition);
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(log).containsExactly("car to the inn");
    }

    @Test
    void aDecisionWithoutActorReasonOrVersionIsRefusedInWords(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        saga.step("hotel", String.class, ctx -> {
                    throw new IllegalStateException("site down");
                })
                .retry(RetryPolicy.never());
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runUntilIdle();
        var alice = kit.operator("alice");

        assertThatThrownBy(() -> kit.operator(null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("An operator needs a name");
        assertThatThrownBy(() -> alice.expecting(null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("A version is needed");
        assertThatThrownBy(() -> alice.skip(trip.id(), "done", null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("A reason is needed to skip");
        assertThatThrownBy(() -> trip.cancel(null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("A reason is needed to cancel");
        assertThatThrownBy(() -> alice.retryWithInput(trip.id(), null, "without"))
                .isInstanceOf(PayloadException.class)
                .hasMessageContaining("must be a \"string\", but is null");
        assertThat(trip.state()).isEqualTo(SUSPENDED);
    }

    @Test
    void aSkippedPivotIsPassed(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        saga.step("reserve", String.class, ctx -> "reserved").undo(u -> log.add("release"));
        saga.pivot("pay", String.class, ctx -> {
                    throw new IllegalStateException("terminal broken");
                })
                .retry(RetryPolicy.never());
        saga.step("ship", String.class, ctx -> {
                    if (ctx.attempt() == 1) {
                        throw new IllegalStateException("no van");
                    }
                    return "shipped";
                })
                .retry(RetryPolicy.fixed(Duration.ofHours(1)).upTo(2));
        var order = kit.start(saga.returnsNothing(), "tea");
        kit.runUntilIdle();
        assertThat(order.state()).isEqualTo(SUSPENDED);

        kit.operator("alice").skip(order.id(), "paid in cash", "at the desk");
        kit.runUntilIdle();
        assertThat(order.state()).isEqualTo(RUNNING);
        assertThatThrownBy(() -> order.cancel("changed my mind"))
                .isInstanceOfSatisfying(
                        OperationRefused.class,
                        e -> assertThat(e.reason()).isEqualTo(OperationRefused.Reason.PAST_PIVOT));

        kit.runToTheEnd();
        assertThat(order.state()).isEqualTo(COMPLETED);
        assertThat(log).isEmpty();
    }

    @Test
    void aRetryTakesASkipBackAndTheStepIsUndone(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        var hotel = saga.step("hotel", String.class, ctx -> {
                    throw new IllegalStateException("site down");
                })
                .undo(u -> log.add("undo hotel " + u.outcome()))
                .retry(RetryPolicy.never());
        var trip = kit.start(
                saga.returns(String.class, data -> {
                    throw new IllegalStateException("no result from " + data.output(hotel));
                }),
                "oslo");
        kit.runUntilIdle();
        kit.operator("alice").skip(trip.id(), "bad", "a mistake");
        kit.runUntilIdle();
        kit.operator("alice").retry(trip.id(), "rather let it run");
        kit.runUntilIdle();

        kit.operator("alice").compensate(trip.id(), "give up");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("undo hotel FAILED");
    }

    @Test
    void aStepSkippedAfterAnEditIsUndoneInNoRunButItsActivitiesAre(SagaKit kit) {
        var saga = Saga.define("agent", String.class);
        var cancel = saga.undo("cancel", String.class, ref -> log.add("cancel " + ref));
        var act = saga.ref("act", String.class);
        saga.step(act, (ctx, wish) -> {
                    ctx.activity("book", String.class).undo(cancel, wish).run(() -> "booked " + wish);
                    throw new IllegalStateException("cannot go on from here");
                })
                .goesTo("confirm")
                .retry(RetryPolicy.never())
                .undo(u -> log.add("undo act on " + u.input()));
        saga.step("confirm", String.class, ctx -> {
            throw new StepRejected("no");
        });
        var agent = kit.start(saga.returnsNothing(), "bad");
        kit.runUntilIdle();
        kit.operator("alice").retryWithInput(agent.id(), "worse", "another wish");
        kit.runUntilIdle();
        assertThat(agent.state()).isEqualTo(SUSPENDED);

        kit.operator("alice").skip(agent.id(), Next.step("confirm"), "settled by telephone");
        kit.runUntilIdle();

        assertThat(agent.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("cancel worse", "cancel bad");
    }

    @Test
    void aRejectionDoesNotSpeakForAnAttemptThatFailedBefore(SagaKit kit) {
        var attempts = new AtomicInteger();
        var saga = Saga.define("pay", String.class);
        saga.step("charge", String.class, ctx -> {
                    if (attempts.incrementAndGet() == 1) {
                        throw new IllegalStateException("no answer");
                    }
                    throw new StepRejected("card expired");
                })
                .retry(RetryPolicy.fixed(Duration.ofSeconds(1)).upTo(3))
                .undo(u -> log.add("undo charge " + u.outcome()));
        var pay = kit.start(saga.returnsNothing(), "card");

        kit.runToTheEnd();

        assertThat(pay.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("undo charge FAILED");
    }

    @Test
    void aRejectionDoesNotSpeakForAnAttemptWhoseWorkerDied(SagaKit kit) {
        var died = new AtomicBoolean();
        var saga = Saga.define("pay", String.class);
        saga.step("charge", String.class, ctx -> {
                    if (!died.getAndSet(true)) {
                        kit.crashPoint("charged");
                    }
                    throw new StepRejected("card expired");
                })
                .undo(u -> log.add("undo charge " + u.outcome()));
        var pay = kit.start(saga.returnsNothing(), "card");
        kit.crashAt("charged");

        kit.runUntilIdle();
        kit.runToTheEnd();

        assertThat(pay.journal())
                .extracting(JournalEntry::outcome)
                .startsWith(JournalEntry.Result.LOST, JournalEntry.Result.REJECTED);
        assertThat(pay.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("undo charge UNKNOWN");
    }

    @Test
    void aRejectionAloneSparesTheUndo(SagaKit kit) {
        var saga = Saga.define("pay", String.class);
        saga.step("charge", String.class, ctx -> {
                    throw new StepRejected("card expired");
                })
                .undo(u -> log.add("undo charge " + u.outcome()));
        var pay = kit.start(saga.returnsNothing(), "card");

        kit.runToTheEnd();

        assertThat(pay.state()).isEqualTo(COMPENSATED);
        assertThat(log).isEmpty();
    }
}
