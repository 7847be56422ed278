package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.OperationRefused;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.StartOptions;
import dev.belay.StepRejected;
import dev.belay.Verdict;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Steps and calls that may take effect at most once. */
@BelayTest
class OutcomeTest {
    private final List<String> log = new CopyOnWriteArrayList<>();

    @Test
    @DisplayName(
            "an attempt that verification finds not to have had an effect is tried again, and it alone is not undone")
    void notAppliedIsTriedAgain(SagaKit kit) {
        var saga = Saga.define("payment", String.class);
        saga.step("charge", String.class, ctx -> {
                    log.add("charge " + ctx.idempotencyKey().endsWith("/0/1/0"));
                    kit.crashPoint("before the call");
                    throw new StepRejected("no funds");
                })
                .atMostOnce()
                .verify(ctx -> {
                    log.add("verify");
                    return Verdict.notApplied();
                })
                .retry(RetryPolicy.fixed(Duration.ofMinutes(1)).upTo(3))
                .undo(u -> log.add("undo"));
        kit.crashAt("before the call");
        var payment = kit.start(saga.returnsNothing(), "9 euros");

        kit.runToTheEnd();

        assertThat(payment.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("charge true", "verify", "charge true");
    }

    @Test
    @DisplayName("an exception may have come after the effect, so that a step that may run once is not run again")
    void exceptionIsNotTriedAgain(SagaKit kit) {
        var saga = Saga.define("payment", String.class);
        saga.step("charge", String.class, ctx -> {
                    log.add("charge");
                    throw new IllegalStateException("connection reset");
                })
                .atMostOnce()
                .retry(RetryPolicy.fixed(Duration.ZERO).upTo(5))
                .undo(u -> log.add("undo " + u.outcome()));
        var payment = kit.start(saga.returnsNothing(), "9 euros");

        kit.runToTheEnd();

        assertThat(payment.state()).isEqualTo(SUSPENDED);
        assertThat(log).containsExactly("charge");
        kit.operator("alice").compensate(payment.id(), "back");
        kit.runToTheEnd();
        assertThat(log).containsExactly("charge", "undo FAILED");
    }

    @Test
    @DisplayName("with a verification the effect is looked for after an exception, as often as that itself fails")
    void exceptionIsVerified(SagaKit kit) {
        var looks = new AtomicInteger();
        var saga = Saga.define("payment", String.class);
        var charge = saga.step("charge", String.class, ctx -> {
                    log.add("charge");
                    throw new IllegalStateException("connection reset");
                })
                .atMostOnce()
                .verify(ctx -> {
                    if (looks.incrementAndGet() == 1) {
                        throw new IllegalStateException("still down");
                    }
                    return Verdict.applied("found");
                })
                .retry(RetryPolicy.fixed(Duration.ofMinutes(1)).upTo(3));
        var payment = kit.start(saga.returns(charge), "9 euros");

        kit.runToTheEnd();

        assertThat(payment.state()).isEqualTo(COMPLETED);
        assertThat(payment.result()).isEqualTo("found");
        assertThat(log).containsExactly("charge");
        assertThat(looks).hasValue(2);
    }

    @Test
    @DisplayName(
            "a step past its timeout and grace, which may run once, is of unknown outcome, and what is resolved is undone")
    void hungStepIsUnknown(SagaKit kit) {
        var deaf = new Deaf();
        kit.workerOptions(options -> options.timeoutGrace(Duration.ofMillis(100)));
        var saga = Saga.define("payment", String.class);
        saga.step("charge", String.class, ctx -> {
                    log.add("charge");
                    deaf.work();
                    return "too late";
                })
                .atMostOnce()
                .timeout(Duration.ofMillis(100))
                .undo(u -> log.add("undo " + u.outcome() + " " + u.output()));
        saga.step("ship", String.class, ctx -> {
            throw new StepRejected("no");
        });
        var payment = kit.start(saga.returnsNothing(), "9 euros");
        kit.startWorker();
        kit.runUntilIdle();

        assertThat(payment.state()).isEqualTo(SUSPENDED);
        assertThat(payment.view().failure().orElseThrow().type()).isEqualTo("OUTCOME_UNKNOWN");
        var alice = kit.operator("alice");
        assertThatThrownBy(() -> alice.retry(payment.id(), "again"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("must not do so twice");
        alice.resolveApplied(payment.id(), "receipt 7", "seen on the bank's list");
        kit.runUntilIdle();

        assertThat(payment.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("charge", "undo SUCCEEDED receipt 7");
        deaf.letGo();
    }

    @Test
    @DisplayName(
            "what an operator finds not to have been applied runs again with the same key, and a known failure is not resolved")
    void resolvedAsNotApplied(SagaKit kit) {
        var keys = new CopyOnWriteArrayList<String>();
        var saga = Saga.define("payment", String.class);
        saga.step("charge", String.class, ctx -> {
                    keys.add(ctx.idempotencyKey());
                    kit.crashPoint("call");
                    throw new IllegalStateException("no");
                })
                .atMostOnce();
        kit.crashAt("call");
        var payment = kit.start(saga.returnsNothing(), "9 euros");
        kit.runUntilIdle();
        var alice = kit.operator("alice");

        alice.resolveNotApplied(payment.id(), "not on the bank's list");
        kit.runUntilIdle();

        assertThat(keys).hasSize(2).containsOnly(keys.get(0));
        assertThat(payment.state()).isEqualTo(SUSPENDED);
        assertThatThrownBy(() -> alice.resolveNotApplied(payment.id(), "again"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("is known: it failed");
    }

    @Test
    @DisplayName(
            "a call that may be made once and whose process died waits for an operator, and is made again when he says so")
    void activityOfUnknownOutcome(SagaKit kit) {
        var saga = Saga.define("agent", String.class);
        var converse = saga.step("converse", String.class, ctx -> {
            ctx.activity("think", String.class, () -> String.valueOf(log.add("think")));
            return ctx.activity("pay", String.class).atMostOnce().run(() -> {
                log.add("pay");
                kit.crashPoint("paid");
                return "receipt";
            });
        });
        kit.crashAt("paid");
        var agent = kit.start(saga.returns(converse), "?");
        kit.runUntilIdle();

        assertThat(agent.state()).isEqualTo(SUSPENDED);
        assertThat(agent.view().failure().orElseThrow().type()).isEqualTo("OUTCOME_UNKNOWN");
        var alice = kit.operator("alice");
        assertThatThrownBy(() -> alice.retry(agent.id(), "again")).isInstanceOf(OperationRefused.class);
        alice.resolveNotApplied(agent.id(), "not on the bank's list");
        kit.runUntilIdle();

        assertThat(agent.result()).isEqualTo("receipt");
        assertThat(log).containsExactly("think", "pay", "pay");
    }

    @Test
    @DisplayName("a call is looked for before it is made a second time; one with the same key is made without a look")
    void activityIsVerified(SagaKit kit) {
        var saga = Saga.define("agent", String.class);
        var converse = saga.step("converse", String.class, ctx -> {
            String receipt = ctx.activity("pay", String.class)
                    .atMostOnce()
                    .verify(() -> Verdict.applied("found"))
                    .run(() -> {
                        log.add("pay");
                        kit.crashPoint("paid");
                        return "receipt";
                    });
            String mail = ctx.activity("mail", String.class)
                    .atMostOnce()
                    .rerunSameKey()
                    .run(() -> {
                        log.add("mail");
                        kit.crashPoint("mailed");
                        return "mailed";
                    });
            return receipt + ", " + mail;
        });
        kit.crashAt("paid").crashAt("mailed");
        var agent = kit.start(saga.returns(converse), "?");

        kit.runUntilIdle();

        assertThat(agent.result()).isEqualTo("found, mailed");
        assertThat(log).containsExactly("pay", "mail", "mail");
    }

    @Test
    @DisplayName("the effect of a step that ignores its timeout is looked for, and its late return changes nothing")
    void hungStepIsVerified(SagaKit kit) {
        var deaf = new Deaf();
        kit.workerOptions(options -> options.timeoutGrace(Duration.ofMillis(100)));
        var saga = Saga.define("payment", String.class);
        var charge = saga.step("charge", String.class, ctx -> {
                    log.add("charge");
                    deaf.work();
                    return "too late";
                })
                .atMostOnce()
                .verify(ctx -> Verdict.applied("found"))
                .timeout(Duration.ofMillis(100));
        var payment = kit.start(saga.returns(charge), "9 euros");
        kit.startWorker();
        kit.runUntilIdle();

        assertThat(payment.result()).isEqualTo("found");
        assertThat(log).containsExactly("charge");
        deaf.letGo();
    }

    @Test
    @DisplayName(
            "a deadline at a pivot of unknown outcome is kept, and takes effect when it turns out not to have been applied")
    void deadlineAtAnUnknownPivot(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        saga.step("reserve", String.class, ctx -> "r").undo(u -> log.add("undo reserve"));
        saga.pivot("pay", String.class, ctx -> {
                    log.add("pay");
                    kit.crashPoint("paid");
                    return "receipt";
                })
                .atMostOnce();
        kit.crashAt("paid");
        var order = kit.start(
                saga.returnsNothing(), "a book", StartOptions.defaults().deadline(Duration.ofHours(1)));
        kit.runUntilIdle();
        assertThat(order.state()).isEqualTo(SUSPENDED);

        kit.advance(Duration.ofHours(2));
        kit.runUntilIdle();
        assertThat(order.state()).isEqualTo(SUSPENDED);
        assertThat(order.view().cancelRequested()).isTrue();

        kit.operator("alice").resolveNotApplied(order.id(), "not on the bank's list");
        kit.runUntilIdle();
        assertThat(order.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactly("pay", "undo reserve");
    }

    @Test
    @DisplayName("a call that threw and may be made once is not made again when its step is tried again")
    void failedActivityIsNotMadeAgain(SagaKit kit) {
        var saga = Saga.define("agent", String.class);
        saga.step(
                        "converse",
                        String.class,
                        ctx -> ctx.activity("pay", String.class).atMostOnce().run(() -> {
                            log.add("pay");
                            throw new IllegalStateException("connection reset");
                        }))
                .retry(RetryPolicy.fixed(Duration.ZERO).upTo(3));
        var agent = kit.start(saga.returnsNothing(), "?");

        kit.runToTheEnd();

        assertThat(agent.state()).isEqualTo(SUSPENDED);
        assertThat(log).containsExactly("pay");
    }
}
