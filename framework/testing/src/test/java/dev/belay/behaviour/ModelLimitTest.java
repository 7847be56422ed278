package dev.belay.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.agent.Budget;
import dev.belay.agent.Message;
import dev.belay.agent.ModelLimit;
import dev.belay.agent.ModelRequest;
import dev.belay.testing.BelayTest;
import dev.belay.testing.ModelAnswer;
import dev.belay.testing.ModelFault;
import dev.belay.testing.ModelServer;
import dev.belay.testing.ModelServerCall;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Limits and budgets of models, as a provider sees them that is asked from many threads. */
@BelayTest
class ModelLimitTest {
    private static final int A_MINUTE = 600;

    private static SagaDefinition<Integer, Void> asking(HttpModel model, int calls) {
        var saga = Saga.define("ask", Integer.class);
        saga.step("ask", Integer.class, ctx -> {
            for (int i = 1; i <= calls; i++) {
                var request = ModelRequest.of(
                        "acme", "large", List.of(Message.text("user", "question " + ctx.input() + "." + i)));
                var call = ctx.model("chat", request);
                String key = call.idempotencyKey();
                call.run(() -> model.ask(request, key));
            }
            return calls;
        });
        return saga.returnsNothing();
    }

    @Test
    void fiftyThreadsNeverAskMoreThanTheLimitInAnyMinuteAndUseIt(SagaKit kit) {
        try (var server = ModelServer.start(question -> ModelAnswer.text("well"))) {
            var definition = asking(new HttpModel(server), 5);
            kit.open(definition);
            kit.belay().agents().limit("acme", "large", ModelLimit.requestsPerMinute(A_MINUTE));
            kit.workerOptions(options -> options.platformThreads(25));
            kit.belay().startAll(definition, IntStream.range(0, 300).boxed().toList());
            kit.startWorker().startWorker();
            await().atMost(Duration.ofMinutes(3))
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> span(server.ledger()).compareTo(Duration.ofSeconds(66)) > 0);
            kit.crashWorker();

            List<Instant> times =
                    server.ledger().stream().map(ModelServerCall::at).sorted().toList();
            assertThat(most(times)).as("calls in the fullest minute").isLessThanOrEqualTo(A_MINUTE);
            // From the time on at which all threads are up.
            Instant from = times.get(0).plusSeconds(5);
            long used = times.stream()
                    .filter(at -> !at.isBefore(from) && at.isBefore(from.plusSeconds(60)))
                    .count();
            assertThat(used).as("calls in a minute of full load").isGreaterThanOrEqualTo(A_MINUTE * 95 / 100);
        }
    }

    private static Duration span(List<ModelServerCall> ledger) {
        return ledger.isEmpty()
                ? Duration.ZERO
                : Duration.between(
                        ledger.get(0).at(), ledger.get(ledger.size() - 1).at());
    }

    private static int most(List<Instant> times) {
        int most = 0;
        int first = 0;
        for (int last = 0; last < times.size(); last++) {
            while (!times.get(first).isAfter(times.get(last).minusSeconds(60))) {
                first++;
            }
            most = Math.max(most, last - first + 1);
        }
        return most;
    }

    @Test
    void aBudgetIsExceededByTheCallsInFlightAtMost(SagaKit kit) {
        int branches = 8;
        int allowed = 20;
        try (var server = ModelServer.start(question -> ModelAnswer.text("well"))) {
            var model = new HttpModel(server);
            var saga = Saga.define("fan", Integer.class);
            saga.budget(Budget.UNLIMITED.calls(allowed));
            var threads = Executors.newFixedThreadPool(branches);
            saga.step("ask", Integer.class, ctx -> {
                List<CompletableFuture<Void>> all = IntStream.range(0, branches)
                        .mapToObj(thread -> CompletableFuture.runAsync(
                                () -> {
                                    for (int i = 0; i < 50; i++) {
                                        var request = ModelRequest.of(
                                                "acme",
                                                "large",
                                                List.of(Message.text("user", "question " + thread + "." + i)));
                                        ctx.model("chat", request)
                                                .key(thread + "." + i)
                                                .run(() -> model.ask(request, "any"));
                                    }
                                },
                                threads))
                        .toList();
                CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
                return 1;
            });
            SagaHandle<Void> handle = kit.start(saga.returnsNothing(), 1);
            kit.runUntilIdle();
            threads.shutdown();

            assertThat(handle.view().failure().orElseThrow().type()).isEqualTo("BUDGET_REACHED");
            assertThat(server.ledger()).hasSizeBetween(allowed, allowed + branches - 1);
            assertThat(kit.belay().agents().usage(handle.id()).calls())
                    .isEqualTo(server.ledger().size());
        }
    }

    @Test
    void aKillRepeatsTheCallInFlightWithItsKeyAndNoOther(SagaKit kit) {
        try (var server = ModelServer.start(question -> ModelAnswer.text("well"))) {
            var handle = kit.start(asking(new HttpModel(server), 4), 1);
            server.when(question -> question.number() == 3, ModelFault.noAnswer());
            kit.startWorker();
            await().until(() -> server.ledger().size() == 3);
            kit.crashWorker();
            server.behave();
            kit.runToTheEnd();

            assertThat(handle.view().state().isTerminal()).isTrue();
            assertThat(server.ledger()).hasSize(5);
            List<String> keys =
                    server.ledger().stream().map(ModelServerCall::key).toList();
            assertThat(keys.get(3)).isEqualTo(keys.get(2));
            assertThat(keys.stream().distinct()).hasSize(4);
        }
    }
}
