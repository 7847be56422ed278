package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPENSATION_FAILED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RESOLVED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.belay.FailurePolicy;
import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** Attempts that fail, take too long, or are begun anew by an operator. */
@BelayTest
class RetryTest {
    private final List<String> log = new CopyOnWriteArrayList<>();

    private static final class RateLimited extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Duration retryAfter() {
            return Duration.ofMinutes(7);
        }
    }

    @Test
    void aRateLimitedCallRunsAgainWhenTheServiceHasSaid(SagaKit kit) {
        var calls = new AtomicInteger();
        var saga = Saga.define("ask", String.class);
        saga.step("model", String.class, ctx -> {
                    if (calls.incrementAndGet() == 1) {
                        throw new RateLimited();
                    }
                    return "answer";
                })
                .retry(RetryPolicy.exponential(Duration.ofSeconds(1))
                        .orAfter(RateLimited.class, RateLimited::retryAfter));
        var ask = kit.start(saga.returnsNothing(), "?");

        kit.runUntilIdle();
        kit.advance(Duration.ofMinutes(6).plusSeconds(50));
        kit.runUntilIdle();
        assertThat(calls).hasValue(1);
        assertThat(ask.state()).isEqualTo(RUNNING);

        kit.advance(Duration.ofSeconds(11));
        kit.runUntilIdle();
        assertThat(calls).hasValue(2);
        assertThat(ask.state()).isEqualTo(COMPLETED);
    }

    @Test
    void aRateLimitInsideAnActivityIsFoundBehindItsFailure(SagaKit kit) {
        var saga = Saga.define("ask", String.class);
        saga.step(
                        "model",
                        String.class,
                        ctx -> ctx.activity("call", String.class, () -> {
                            throw new RateLimited();
                        }))
                .retry(RetryPolicy.exponential(Duration.ofSeconds(1))
                        .orAfter(RateLimited.class, RateLimited::retryAfter));
        var ask = kit.start(saga.returnsNothing(), "?");

        kit.runUntilIdle();

        assertThat(Duration.between(kit.now(), ask.view().jobs().get(0).runAt()))
                .isBetween(Duration.ofMinutes(6), Duration.ofMinutes(7));
    }

    @Test
    void aStepPastItsTimeoutIsInterruptedAndRetried(SagaKit kit) {
        var saga = Saga.define("slow", String.class);
        saga.step("sleep", String.class, ctx -> {
                    log.add("attempt " + ctx.attempt());
                    if (ctx.attempt() == 1) {
                        Thread.sleep(60_000);
                    }
                    return "awake";
                })
                .timeout(Duration.ofMillis(200))
                .retry(RetryPolicy.fixed(Duration.ofSeconds(1)).upTo(2));
        var slow = kit.start(saga.returnsNothing(), "go");

        kit.runToTheEnd();

        assertThat(slow.state()).isEqualTo(COMPLETED);
        assertThat(log).containsExactly("attempt 1", "attempt 2");
        assertThat(slow.journal().get(0).outcome()).isEqualTo(Result.FAILED);
        assertThat(slow.journal().get(0).failure().orElseThrow().message())
                .contains("ran longer than its timeout of PT0.2S");
    }

    @Test
    void aStepThatExtendsItsTimeoutMayRunLonger(SagaKit kit) {
        var saga = Saga.define("slow", String.class);
        saga.step("work", String.class, ctx -> {
                    for (int i = 0; i < 5; i++) {
                        ctx.extendTimeout(Duration.ofSeconds(5));
                        Thread.sleep(100);
                    }
                    return "done";
                })
                .timeout(Duration.ofMillis(300))
                .retry(RetryPolicy.never());
        var slow = kit.start(saga.returnsNothing(), "go");

        kit.runUntilIdle();

        assertThat(slow.state()).isEqualTo(COMPLETED);
    }

    @Test
    void aStepThatIgnoresItsTimeoutLosesItsJobAfterTheGraceAndItsResultIsLate(SagaKit kit) throws Exception {
        var ignored = new CountDownLatch(1);
        var letGo = new CountDownLatch(1);
        var over = new CountDownLatch(1);
        kit.workerOptions(options -> options.timeoutGrace(Duration.ofMillis(300)));
        var saga = Saga.define("deaf", String.class);
        saga.step("work", String.class, ctx -> {
                    log.add("attempt " + ctx.attempt());
                    if (ctx.attempt() == 1) {
                        while (letGo.getCount() > 0) {
                            try {
                                letGo.await();
                            } catch (InterruptedException e) {
                                ignored.countDown();
                            }
                        }
                        over.countDown();
                    }
                    return "attempt " + ctx.attempt();
                })
                .timeout(Duration.ofMillis(200))
                .retry(RetryPolicy.fixed(Duration.ZERO).upTo(2));
        var deaf = kit.start(saga.returnsNothing(), "go");
        kit.startWorker();

        ignored.await();
        kit.runUntilIdle();
        assertThat(deaf.state()).isEqualTo(COMPLETED);
        assertThat(log).containsExactly("attempt 1", "attempt 2");

        letGo.countDown();
        over.await();
        // The step has returned; its worker is still writing down what it returned.
        long until = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (deaf.journal().stream().noneMatch(e -> e.kind() == Kind.LATE) && System.nanoTime() < until) {
            Thread.sleep(10);
        }
        assertThat(deaf.journal())
                .extracting(JournalEntry::kind, JournalEntry::outcome)
                .contains(tuple(Kind.LATE, Result.SUCCEEDED));
        assertThat(deaf.journal().stream().filter(e -> e.kind() == Kind.ATTEMPT).map(JournalEntry::outcome))
                .containsExactly(Result.FAILED, Result.SUCCEEDED);
    }

    @Test
    void aRetryWithEditedInputIsANewRunWithNewKeysAndTheOldRunsEffectsAreStillUndone(SagaKit kit) {
        var saga = Saga.define("agent", String.class);
        var cancel = saga.undo("cancel", String.class, ref -> log.add("cancel " + ref));
        var act = saga.ref("act", String.class);
        saga.step(act, (ctx, wish) -> {
                    log.add("act on " + wish + " as "
                            + ctx.idempotencyKey().replace(ctx.sagaId().toString(), ""));
                    ctx.activity("book", String.class).undo(cancel, wish).run(() -> "booked " + wish);
                    if (wish.equals("bad")) {
                        throw new IllegalStateException("cannot go on from here");
                    }
                    return Next.step("confirm");
                })
                .goesTo("confirm")
                .retry(RetryPolicy.never())
                .undo(u -> log.add("undo act on " + u.input() + " " + u.outcome()));
        saga.step("confirm", String.class, ctx -> {
            throw new StepRejected("no");
        });
        var agent = kit.start(saga.returnsNothing(), "bad");
        kit.runUntilIdle();
        assertThat(agent.state()).isEqualTo(SUSPENDED);

        assertThatThrownBy(() -> kit.operator("alice").retryWithInput(agent.id(), 42, "wrong type"))
                .isInstanceOf(PayloadException.class);
        kit.operator("alice").retryWithInput(agent.id(), "good", "a better wish");
        kit.runUntilIdle();

        assertThat(agent.state()).isEqualTo(COMPENSATED);
        assertThat(log)
                .containsExactly(
                        "act on bad as /0/1/0",
                        "act on good as /0/1/1",
                        "cancel good",
                        "undo act on good SUCCEEDED",
                        "cancel bad",
                        "undo act on bad FAILED");
    }

    @Test
    void aPlainRetryReplaysWhatWasRecorded(SagaKit kit) {
        var fixed = new AtomicBoolean();
        var saga = Saga.define("agent", String.class);
        saga.step("act", String.class, ctx -> {
                    var answer = ctx.activity("model", String.class, () -> {
                        log.add("model");
                        return "answer";
                    });
                    log.add(answer + " as "
                            + ctx.idempotencyKey().replace(ctx.sagaId().toString(), ""));
                    if (!fixed.get()) {
                        throw new IllegalStateException("not yet");
                    }
                    return answer;
                })
                .retry(RetryPolicy.never());
        var agent = kit.start(saga.returnsNothing(), "go");
        kit.runUntilIdle();

        fixed.set(true);
        kit.operator("alice").retry(agent.id(), "fixed");
        kit.runUntilIdle();

        assertThat(agent.state()).isEqualTo(COMPLETED);
        assertThat(log).containsExactly("model", "answer as /0/1/0", "answer as /0/1/0");
    }

    @Test
    void aRetryByAnOperatorHasFreshRetries(SagaKit kit) {
        var saga = Saga.define("stubborn", String.class);
        saga.step("act", String.class, ctx -> {
                    log.add("attempt " + ctx.attempt());
                    throw new IllegalStateException("never");
                })
                .retry(RetryPolicy.fixed(Duration.ofSeconds(1)).upTo(2));
        var stubborn = kit.start(saga.returnsNothing(), "go");
        kit.runToTheEnd();
        assertThat(log).hasSize(2);

        kit.operator("alice").retry(stubborn.id(), "once more");
        kit.runToTheEnd();

        assertThat(stubborn.state()).isEqualTo(SUSPENDED);
        assertThat(log).containsExactly("attempt 1", "attempt 2", "attempt 3", "attempt 4");
    }

    private record Operation(String action, String actor, String reason, String before, String after) {}

    @Test
    void everyDecisionLeavesAnAuditRowAndARefusedOneLeavesNone(SagaKit kit) {
        var saga = Saga.define("stubborn", String.class);
        saga.step("act", String.class, ctx -> {
                    throw new IllegalStateException("never");
                })
                .retry(RetryPolicy.never());
        var stubborn = kit.start(saga.returnsNothing(), "go");
        assertThatThrownBy(() -> kit.operator("alice").resolve(stubborn.id(), "too early"))
                .isInstanceOfSatisfying(
                        OperationRefused.class,
                        e -> assertThat(e.reason()).isEqualTo(OperationRefused.Reason.WRONG_STATE));
        kit.runUntilIdle();
        var stale = stubborn.view().version();

        kit.operator("alice").expecting(stale).retry(stubborn.id(), "try again");
        assertThatThrownBy(() -> kit.operator("bob").expecting(stale).retry(stubborn.id(), "me too"))
                .isInstanceOfSatisfying(
                        OperationRefused.class,
                        e -> assertThat(e.reason()).isEqualTo(OperationRefused.Reason.CHANGED_SINCE_YOU_LOOKED));
        kit.runUntilIdle();
        assertThatThrownBy(() -> kit.operator("bob").expecting(stale).resolve(stubborn.id(), "still stale"))
                .isInstanceOf(OperationRefused.class);
        kit.operator("bob").resolve(stubborn.id(), "done by hand");

        assertThat(stubborn.state()).isEqualTo(RESOLVED);
        assertThat(stubborn.view().jobs()).isEmpty();
        assertThat(operations(kit))
                .containsExactly(
                        new Operation("retry", "alice", "try again", "SUSPENDED", "RUNNING"),
                        new Operation("resolve", "bob", "done by hand", "SUSPENDED", "RESOLVED"));
        assertThat(stubborn.journal().stream().filter(e -> e.kind() == Kind.END))
                .hasSize(1);
        assertThatThrownBy(() -> kit.operator("bob").retry(stubborn.id(), "again?"))
                .isInstanceOf(OperationRefused.class);
        assertThatThrownBy(() -> kit.operator("bob").retry(stubborn.id(), " "))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static List<Operation> operations(SagaKit kit) {
        return Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery("select action, actor, reason, before, after from "
                                + kit.schema() + ".operation order by id")
                        .map((rs, context) -> new Operation(
                                rs.getString(1), rs.getString(2), rs.getString(3), rs.getString(4), rs.getString(5)))
                        .list());
    }

    @Test
    void undosOfOtherItemsThatFailedAreAllRetried(SagaKit kit) {
        var fixed = new AtomicBoolean();
        var saga = Saga.define("agent", String.class).onFailure(FailurePolicy.COMPENSATE);
        var cancel = saga.undo("cancel", String.class, ref -> {
            log.add("cancel " + ref);
            if (!fixed.get()) {
                throw new IllegalStateException("closed");
            }
        });
        saga.step("act", String.class, ctx -> {
                    var both = new CyclicBarrier(2);
                    var other = new Thread(() -> ctx.activity("book", String.class)
                            .key("1")
                            .undo(cancel, "one")
                            .run(() -> "one" + both.await()));
                    other.start();
                    ctx.activity("book", String.class)
                            .key("2")
                            .undo(cancel, "two")
                            .run(() -> "two" + both.await());
                    other.join();
                    throw new IllegalStateException("no");
                })
                .retry(RetryPolicy.never())
                .undoRetry(RetryPolicy.fixed(Duration.ofSeconds(1)).upTo(3));
        var agent = kit.start(saga.returnsNothing(), "go");
        kit.runToTheEnd();
        assertThat(agent.state()).isEqualTo(COMPENSATION_FAILED);
        assertThat(log).hasSize(6);
        log.clear();

        fixed.set(true);
        kit.operator("alice").retry(agent.id(), "open again");
        kit.runToTheEnd();

        assertThat(agent.state()).isEqualTo(COMPENSATED);
        assertThat(log).containsExactlyInAnyOrder("cancel one", "cancel two");
    }
}
