package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.JournalEntry;
import dev.belay.OperationRefused;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.StartOptions;
import dev.belay.StepContext;
import dev.belay.agent.Budget;
import dev.belay.agent.Message;
import dev.belay.agent.ModelLimit;
import dev.belay.agent.ModelReply;
import dev.belay.agent.ModelRequest;
import dev.belay.agent.Price;
import dev.belay.agent.RetryLater;
import dev.belay.agent.Tokens;
import dev.belay.agent.ToolApproval;
import dev.belay.agent.ToolRejected;
import dev.belay.agent.ToolRequest;
import dev.belay.inspect.Condition;
import dev.belay.inspect.Field;
import dev.belay.inspect.SagaFilter;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Calls of models and tools inside a step. */
@BelayTest
class ModelCallTest {
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final AtomicInteger answers = new AtomicInteger();

    private ModelReply ask(StepContext<?> ctx, List<Message> messages) {
        return ask(ctx, ModelRequest.of("acme", "large", messages));
    }

    private ModelReply ask(StepContext<?> ctx, ModelRequest request) {
        return ctx.model("chat", request).run(() -> answer(request));
    }

    private ModelReply answer(ModelRequest request) {
        Message last = request.messages().get(request.messages().size() - 1);
        asked.add(last.text());
        return new ModelReply(
                Message.text("assistant", "to " + last.text()), "large-1", "stop", new Tokens(100, 20, 40));
    }

    /** A step that talks for some turns, and fails where it is told to. */
    private String talk(StepContext<?> ctx, int turns, AtomicInteger failAfter) {
        List<Message> messages = new ArrayList<>(List.of(Message.text("system", "be brief")));
        for (int turn = 1; turn <= turns; turn++) {
            messages.add(Message.text("user", "question " + turn));
            messages.add(ask(ctx, messages).message());
            if (failAfter.compareAndSet(turn, 0)) {
                throw new IllegalStateException("cut off");
            }
        }
        return messages.get(messages.size() - 1).text();
    }

    @Test
    void whatIsRecordedIsNotAskedAgainAndTheRestIs(SagaKit kit) {
        var saga = Saga.define("talk", String.class);
        var fail = new AtomicInteger(3);
        var talk = saga.step("talk", String.class, ctx -> talk(ctx, 5, fail))
                .retry(RetryPolicy.fixed(Duration.ofSeconds(1)));
        var definition = saga.returns(talk);
        kit.open(definition);
        kit.belay()
                .agents()
                .price(new Price(
                        "acme",
                        "large",
                        Instant.EPOCH,
                        new BigDecimal("10"),
                        new BigDecimal("100"),
                        new BigDecimal("1")));

        var handle = kit.start(definition, "go");
        kit.runToTheEnd();

        assertThat(handle.result()).isEqualTo("to question 5");
        assertThat(asked).containsExactly("question 1", "question 2", "question 3", "question 4", "question 5");
        var usage = kit.belay().agents().usage(handle.id());
        assertThat(usage.calls()).isEqualTo(5);
        assertThat(usage.failed()).isZero();
        assertThat(usage.tokens()).isEqualTo(new Tokens(500, 100, 200));
        // 60 read, 40 cached and 20 written a call: (600 + 40 + 2000) / a million.
        assertThat(usage.cost()).isEqualByComparingTo("0.0132");
        assertThat(usage.avoidedCalls()).isEqualTo(3);
        assertThat(usage.avoidedTokens()).isEqualTo(new Tokens(300, 60, 120));
        assertThat(usage.avoidedCost()).isEqualByComparingTo("0.00792");
        var today = LocalDate.now(ZoneOffset.UTC);
        assertThat(kit.belay().agents().usage(today.minusDays(1), today.plusDays(1)))
                .singleElement()
                .satisfies(line -> {
                    assertThat(line.definition()).isEqualTo("talk");
                    assertThat(line.model()).isEqualTo("large");
                    assertThat(line.usage().calls()).isEqualTo(5);
                });
    }

    @Test
    void aConversationIsKeptOnceHoweverOftenItIsSent(SagaKit kit) {
        var saga = Saga.define("talk", String.class);
        var talk = saga.step("talk", String.class, ctx -> talk(ctx, 4, new AtomicInteger()));
        var handle = kit.start(saga.returns(talk), "go");
        kit.runUntilIdle();

        assertThat(kit.belay().agents().conversation(handle.id(), "main").stream()
                        .map(message -> message.role() + ": " + message.text()))
                .containsExactly(
                        "system: be brief",
                        "user: question 1",
                        "assistant: to question 1",
                        "user: question 2",
                        "assistant: to question 2",
                        "user: question 3",
                        "assistant: to question 3",
                        "user: question 4",
                        "assistant: to question 4");
        assertThat(handle.journal())
                .filteredOn(row -> row.kind() == JournalEntry.Kind.SAID)
                .hasSize(5);
    }

    @Test
    void theResultOfAToolIsKeptOnceAndReferredTo(SagaKit kit) {
        var saga = Saga.define("tools", String.class);
        var step = saga.step("ask", String.class, ctx -> {
            var found = ctx.tool(new ToolRequest("search", "call_1", "{\"q\":\"belay\"}"))
                    .run(args -> "found " + args);
            return ask(ctx, List.of(Message.text("user", "look"), Message.toolResult("call_1", found)))
                    .message()
                    .text();
        });
        var handle = kit.start(saga.returns(step), "go");
        kit.runUntilIdle();

        assertThat(handle.result()).isEqualTo("to found {\"q\":\"belay\"}");
        assertThat(kit.belay().agents().conversation(handle.id(), "main"))
                .extracting(Message::text)
                .containsExactly("look", "found {\"q\":\"belay\"}", "to found {\"q\":\"belay\"}");
        assertThat(handle.journal())
                .filteredOn(row -> row.kind() == JournalEntry.Kind.SAID)
                .extracting(JournalEntry::output)
                .filteredOn(output -> output.isEmpty())
                .hasSize(1);
    }

    @Test
    void aChangedRequestStopsWithWhatDiffersInsteadOfBuyingAgain(SagaKit kit) {
        var saga = Saga.define("talk", String.class);
        var prompt = new CopyOnWriteArrayList<>(List.of("Be brief, and name the price in euros."));
        var fails = new AtomicBoolean(true);
        saga.step("talk", String.class, ctx -> {
            ask(ctx, List.of(Message.text("system", prompt.get(0)), Message.text("user", "how much?")));
            if (fails.get()) {
                throw new IllegalStateException("cut off");
            }
            return "done";
        });
        var handle = kit.start(saga.returnsNothing(), "go");
        kit.runUntilIdle();
        prompt.set(0, "Be brief, and name the price in dollars.");
        kit.runToTheEnd();

        assertThat(handle.state()).isEqualTo(SUSPENDED);
        assertThat(asked).hasSize(1);
        assertThat(handle.view().failure().orElseThrow().message())
                .contains("message 1 (recorded 2, now 2)")
                .contains("- recorded: ")
                .contains("euros")
                .contains("+ now:      ")
                .contains("dollars")
                .contains("retry the step with edited input");

        fails.set(false);
        prompt.set(0, "Be brief, and name the price in euros.");
        kit.operator("alice").retry(handle.id(), "the old prompt is back");
        kit.runUntilIdle();
        assertThat(handle.state()).isEqualTo(COMPLETED);
        assertThat(asked).hasSize(1);
    }

    @Test
    void aBudgetSuspendsBeforeTheNextCallAndIsRaised(SagaKit kit) {
        var saga = Saga.define("talk", String.class);
        saga.budget(Budget.UNLIMITED.tokens(250));
        var talk = saga.step("talk", String.class, ctx -> talk(ctx, 5, new AtomicInteger()));
        var handle = kit.start(saga.returns(talk), "go");
        kit.runUntilIdle();

        assertThat(handle.state()).isEqualTo(SUSPENDED);
        assertThat(handle.view().failure().orElseThrow().type()).isEqualTo("BUDGET_REACHED");
        assertThat(handle.view().failure().orElseThrow().message()).contains("360 of 250 tokens");
        assertThat(asked).hasSize(3);

        assertThat(kit.operator("alice").raiseBudget(handle.id(), Budget.UNLIMITED.tokens(400), "worth it"))
                .isEqualTo(RUNNING);
        kit.runUntilIdle();
        assertThat(handle.state()).isEqualTo(SUSPENDED);
        assertThat(asked).hasSize(4);

        kit.operator("alice").raiseBudget(handle.id(), Budget.UNLIMITED, "all of it");
        kit.runUntilIdle();
        assertThat(handle.result()).isEqualTo("to question 5");
        assertThat(asked).hasSize(5);
    }

    @Test
    void aTenantsBudgetIsSharedByItsSagas(SagaKit kit) {
        var saga = Saga.define("talk", String.class);
        saga.step("talk", String.class, ctx -> talk(ctx, 1, new AtomicInteger()))
                .undo(undo -> asked.add("undone"));
        var definition = saga.returnsNothing();
        kit.open(definition);
        kit.belay().agents().tenantBudget("acme inc", Budget.UNLIMITED.calls(2), Budget.Period.DAY);
        var ofTenant = StartOptions.defaults().tenant("acme inc");
        var first = kit.belay().start(definition, "a", ofTenant);
        kit.runUntilIdle();
        var second = kit.belay().start(definition, "b", ofTenant);
        kit.runUntilIdle();
        var third = kit.belay().start(definition, "c", ofTenant);
        var other = kit.belay().start(definition, "d");
        kit.runUntilIdle();

        assertThat(first.state()).isEqualTo(COMPLETED);
        assertThat(second.state()).isEqualTo(COMPLETED);
        assertThat(other.state()).isEqualTo(COMPLETED);
        assertThat(third.state()).isEqualTo(SUSPENDED);
        assertThat(third.view().failure().orElseThrow().message()).contains("Tenant \"acme inc\" this day");
        kit.operator("alice").compensate(third.id(), "no more money");
        kit.runUntilIdle();
        assertThat(third.state()).isEqualTo(COMPENSATED);
    }

    @Test
    void aFailedCallCountsAndItsTokensToo(SagaKit kit) {
        var saga = Saga.define("talk", String.class);
        saga.step("talk", String.class, ctx -> {
                    var request = ModelRequest.of("acme", "large", List.of(Message.text("user", "json please")));
                    return ctx.model("chat", request)
                            .accept(reply -> {
                                if (answers.incrementAndGet() == 1) {
                                    throw new IllegalArgumentException("no JSON");
                                }
                            })
                            .run(() -> answer(request))
                            .message()
                            .text();
                })
                .retry(RetryPolicy.fixed(Duration.ofSeconds(1)));
        var handle = kit.start(saga.returnsNothing(), "go");
        kit.runToTheEnd();

        assertThat(handle.state()).isEqualTo(COMPLETED);
        var usage = kit.belay().agents().usage(handle.id());
        assertThat(usage.calls()).isEqualTo(2);
        assertThat(usage.failed()).isEqualTo(1);
        assertThat(usage.tokens()).isEqualTo(new Tokens(200, 40, 80));
        assertThat(usage.unpriced()).isEqualTo(2);
    }

    @Test
    void aProviderThatAsksToComeBackLaterIsLeftAloneWithoutUsingUpRetries(SagaKit kit) {
        var saga = Saga.define("talk", String.class);
        var busy = new AtomicInteger(3);
        saga.step("talk", String.class, ctx -> {
                    var request = ModelRequest.of("acme", "large", List.of(Message.text("user", "hello")));
                    return ctx.model("chat", request)
                            .run(() -> {
                                if (busy.getAndDecrement() > 0) {
                                    throw new RetryLater(Duration.ofMinutes(10), "429", new RuntimeException("429"));
                                }
                                return answer(request);
                            })
                            .message()
                            .text();
                })
                .retry(RetryPolicy.never());
        var handle = kit.start(saga.returnsNothing(), "go");
        kit.runUntilIdle();
        assertThat(handle.state()).isEqualTo(RUNNING);
        assertThat(handle.view().jobs())
                .singleElement()
                .satisfies(job -> assertThat(job.awaits()).contains("rate:acme/large"));
        kit.advance(Duration.ofMinutes(9));
        kit.runUntilIdle();
        assertThat(busy.get()).isEqualTo(2);
        kit.runToTheEnd();

        assertThat(handle.state()).isEqualTo(COMPLETED);
        assertThat(kit.belay().agents().usage(handle.id()).failed()).isEqualTo(3);
    }

    @Test
    void aLimitByTokensMakesTheNextCallWait(SagaKit kit) {
        var saga = Saga.define("talk", String.class);
        saga.step("talk", String.class, ctx -> talk(ctx, 2, new AtomicInteger()));
        var definition = saga.returnsNothing();
        kit.open(definition);
        kit.belay().agents().limit("acme", "large", ModelLimit.tokensPerMinute(30));
        var handle = kit.start(definition, "go");
        kit.runUntilIdle();

        assertThat(asked).containsExactly("question 1");
        assertThat(handle.state()).isEqualTo(RUNNING);
        kit.runToTheEnd();
        assertThat(handle.state()).isEqualTo(COMPLETED);
        assertThat(asked).containsExactly("question 1", "question 2");
    }

    @Test
    void anApprovedCallIsExecutedAsItWasStoredAndNoModelIsAskedAgain(SagaKit kit) {
        var refunds = new CopyOnWriteArrayList<String>();
        var saga = Saga.define("refund", String.class);
        saga.step("agent", String.class, ctx -> {
            ask(ctx, List.of(Message.text("user", "refund please")));
            return ctx.tool(new ToolRequest("refund", "call_7", "{\"cents\": 500}"))
                    .approval(ToolApproval.asking("Refund 5 euros?").within(Duration.ofDays(1)))
                    .run(arguments -> {
                        refunds.add(arguments);
                        return "refunded";
                    });
        });
        var definition = saga.returnsNothing();
        var plain = kit.start(definition, "a");
        kit.runUntilIdle();
        var edited = kit.start(definition, "b");
        kit.runUntilIdle();
        var rejected = kit.start(definition, "c");
        kit.runUntilIdle();

        assertThat(refunds).isEmpty();
        assertThat(kit.belay().approvals()).hasSize(3).first().satisfies(open -> {
            assertThat(open.saga()).isEqualTo(plain.id());
            assertThat(open.step()).isEqualTo("agent");
            assertThat(open.question())
                    .contains("Refund 5 euros?")
                    .contains("call_7")
                    .contains("500");
        });
        assertThat(kit.belay().inspect().approvals())
                .containsExactlyInAnyOrderElementsOf(kit.belay().approvals());
        assertThat(kit.belay().inspect().overview().approvals()).isEqualTo(3);
        assertThat(kit.belay()
                        .inspect()
                        .count(SagaFilter.where(Condition.is(Field.AWAITS, "approval")))
                        .n())
                .isEqualTo(3);
        var alice = kit.operator("alice");
        assertThatThrownBy(() -> alice.approveCall(plain.id(), "call_8", "wrong id"))
                .isInstanceOf(OperationRefused.class);
        assertThatThrownBy(() -> alice.approveCall(edited.id(), "call_7", "{cents", "typo"))
                .hasMessageContaining("must be JSON");
        assertThatThrownBy(() -> alice.approve(plain.id(), "agent", "which call?"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("call_7");
        alice.approveCall(plain.id(), "call_7", "fine");
        alice.approveCall(edited.id(), "call_7", "{\"cents\": 300}", "three is enough");
        alice.rejectCall(rejected.id(), "call_7", "no receipt");
        assertThatThrownBy(() -> alice.rejectCall(plain.id(), "call_7", "too late"))
                .isInstanceOf(OperationRefused.class);
        kit.runUntilIdle();

        assertThat(refunds).containsExactlyInAnyOrder("{\"cents\": 500}", "{\"cents\": 300}");
        assertThat(asked).hasSize(3);
        assertThat(plain.state()).isEqualTo(COMPLETED);
        assertThat(edited.state()).isEqualTo(COMPLETED);
        assertThat(rejected.state()).isNotEqualTo(COMPLETED);
        assertThat(rejected.journal())
                .anySatisfy(row -> assertThat(row.failure().map(failure -> failure.message()))
                        .hasValueSatisfying(words -> assertThat(words).contains("alice rejected tool")));
    }

    @Test
    void anApprovalExpiresAndEscalates(SagaKit kit) {
        var saga = Saga.define("refund", String.class);
        var step = saga.step("agent", String.class, ctx -> {
            try {
                return ctx.tool(new ToolRequest("refund", "call_7", "{}"))
                        .approval(ToolApproval.asking("Refund?")
                                .within(Duration.ofHours(3))
                                .escalatingAfter(Duration.ofHours(2)))
                        .run(arguments -> "refunded");
            } catch (ToolRejected e) {
                return e.getMessage();
            }
        });
        var handle = kit.start(saga.returns(step), "a");
        kit.runUntilIdle();
        assertThat(kit.belay().approvals())
                .singleElement()
                .satisfies(open -> assertThat(open.level()).isZero());
        kit.advance(Duration.ofHours(2));
        kit.runUntilIdle();
        assertThat(kit.belay().approvals())
                .singleElement()
                .satisfies(open -> assertThat(open.level()).isEqualTo(1));
        kit.runToTheEnd();
        assertThat(handle.result()).contains("Nobody decided").contains("PT3H");
    }

    @Test
    void codeThatCatchesEverythingNeitherHidesARestNorABudget(SagaKit kit) {
        var saga = Saga.define("talk", String.class);
        saga.budget(Budget.UNLIMITED.calls(1));
        saga.step("approval", String.class, ctx -> {
            try {
                return ctx.tool(new ToolRequest("refund", "call_7", "{}"))
                        .approval(ToolApproval.asking("Refund?"))
                        .run(arguments -> "refunded");
            } catch (RuntimeException e) {
                throw new IllegalArgumentException("the agent failed: " + e.getMessage());
            }
        });
        saga.step("talk", String.class, ctx -> {
            try {
                return talk(ctx, 3, new AtomicInteger());
            } catch (RuntimeException e) {
                return "never mind";
            }
        });
        var handle = kit.start(saga.returnsNothing(), "go");
        kit.runUntilIdle();
        assertThat(handle.state()).isEqualTo(RUNNING);
        assertThat(kit.belay().approvals()).hasSize(1);

        kit.operator("alice").approveCall(handle.id(), "call_7", "fine");
        kit.runUntilIdle();
        assertThat(handle.state()).isEqualTo(SUSPENDED);
        assertThat(handle.view().failure().orElseThrow().type()).isEqualTo("BUDGET_REACHED");
        assertThat(asked).hasSize(1);
    }

    @Test
    void idsThatAProviderUsesAgainAreCallsOfTheirOwn(SagaKit kit) {
        var done = new CopyOnWriteArrayList<String>();
        var fails = new AtomicBoolean(true);
        var saga = Saga.define("tools", String.class);
        saga.step("ask", String.class, ctx -> {
                    for (int order = 1; order <= 3; order++) {
                        ctx.tool(new ToolRequest("ship", "call_0", "{\"order\":" + order + "}"))
                                .run(arguments -> {
                                    done.add(arguments);
                                    return "shipped";
                                });
                    }
                    ctx.tool(new ToolRequest("bill", "call_0", "{\"order\":1}"))
                            .approval(ToolApproval.asking("Bill it?"))
                            .run(arguments -> {
                                done.add("bill " + arguments);
                                return "billed";
                            });
                    ctx.tool(new ToolRequest("refund", "call_0", "{\"order\":1}"))
                            .approval(ToolApproval.asking("Refund it?"))
                            .run(arguments -> {
                                done.add("refund " + arguments);
                                return "refunded";
                            });
                    if (fails.getAndSet(false)) {
                        throw new IllegalStateException("cut off");
                    }
                    return "done";
                })
                .retry(RetryPolicy.fixed(Duration.ofSeconds(1)));
        var handle = kit.start(saga.returnsNothing(), "go");
        kit.runUntilIdle();
        kit.operator("alice").approveCall(handle.id(), "call_0", "bill it");
        kit.runToTheEnd();
        assertThat(done).contains("bill {\"order\":1}").doesNotContain("refund {\"order\":1}");
        kit.operator("alice").approveCall(handle.id(), "call_0", "and give it back");
        kit.runToTheEnd();

        assertThat(handle.state()).isEqualTo(COMPLETED);
        assertThat(done)
                .containsExactly(
                        "{\"order\":1}",
                        "{\"order\":2}",
                        "{\"order\":3}",
                        "bill {\"order\":1}",
                        "refund {\"order\":1}");
    }

    @Test
    void anExpiredQuestionCannotBeDecidedAnyMore(SagaKit kit) {
        var refunds = new AtomicInteger();
        var saga = Saga.define("refund", String.class);
        saga.step("agent", String.class, ctx -> {
            String told;
            try {
                told = ctx.tool(new ToolRequest("refund", "call_7", "{}"))
                        .approval(ToolApproval.asking("Refund?").within(Duration.ofHours(1)))
                        .run(arguments -> "refunded " + refunds.incrementAndGet());
            } catch (ToolRejected e) {
                told = "too late";
            }
            ask(ctx, List.of(Message.text("user", told)));
            return ctx.tool(new ToolRequest("close", "call_8", "{}"))
                    .approval(ToolApproval.asking("Close it?"))
                    .run(arguments -> "closed");
        });
        var handle = kit.start(saga.returnsNothing(), "a");
        kit.runUntilIdle();
        kit.advance(Duration.ofHours(1));
        kit.runUntilIdle();

        assertThatThrownBy(() -> kit.operator("alice").approveCall(handle.id(), "call_7", "from an old tab"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("its time is over");
        kit.operator("alice").approveCall(handle.id(), "call_8", "fine");
        kit.runUntilIdle();
        assertThat(handle.state()).isEqualTo(COMPLETED);
        assertThat(refunds).hasValue(0);
        assertThat(asked).containsExactly("too late");
    }

    @Test
    void numbersAndNamesThatTheDatabaseWritesOtherwiseAreTheSame(SagaKit kit) {
        var fails = new AtomicBoolean(true);
        var saga = Saga.define("talk", String.class);
        saga.step("talk", String.class, ctx -> {
                    var first = ctx.model("chat", ModelRequest.of("acme", "large", List.of(Message.text("user", "go"))))
                            .run(() -> new ModelReply(
                                    Message.of("assistant", "{\"z\":1e5,\"a\":[1.50,-0.0,12345678901234567890.10]}"),
                                    "large",
                                    "stop",
                                    Tokens.NONE));
                    ask(ctx, List.of(Message.text("user", "go"), first.message(), Message.text("user", "on")));
                    if (fails.getAndSet(false)) {
                        throw new IllegalStateException("cut off");
                    }
                    return "done";
                })
                .retry(RetryPolicy.fixed(Duration.ofSeconds(1)));
        var handle = kit.start(saga.returnsNothing(), "go");
        kit.runToTheEnd();

        assertThat(handle.state()).isEqualTo(COMPLETED);
        assertThat(asked).containsExactly("on");
    }

    @Test
    void argumentsThatAreNoJsonReachTheTool(SagaKit kit) {
        var saga = Saga.define("tools", String.class);
        var step = saga.step(
                "ask",
                String.class,
                ctx -> ctx.tool(new ToolRequest("search", "call_1", "{\"q\": \"bel\u0000"))
                        .run(arguments -> "these are no arguments: " + arguments.length()));
        var handle = kit.start(saga.returns(step), "go");
        kit.runUntilIdle();
        assertThat(handle.result()).isEqualTo("these are no arguments: 11");
    }
}
