package dev.belay.langchain4j;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.FailurePolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.StepContext;
import dev.belay.StepRejected;
import dev.belay.agent.Budget;
import dev.belay.agent.Message;
import dev.belay.agent.ToolApproval;
import dev.belay.testing.BelayTest;
import dev.belay.testing.ModelAnswer;
import dev.belay.testing.ModelFault;
import dev.belay.testing.ModelQuestion;
import dev.belay.testing.ModelServer;
import dev.belay.testing.ModelServerCall;
import dev.belay.testing.SagaKit;
import dev.langchain4j.agent.tool.CompensateFor;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.SystemMessage;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Agents of AiServices, with OpenAI's real client against a server, in steps that fail, crash, rest and are undone. */
@BelayTest
class AgentTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final List<String> done = new CopyOnWriteArrayList<>();
    private final AtomicBoolean failsOnce = new AtomicBoolean();
    private ModelServer server = ModelServer.start(AgentTest::travelAgent);

    /** An agent as anybody writes it. */
    interface Assistant {
        @SystemMessage("You are a travel agent.")
        String answer(@UserMessage String question);
    }

    /** One that is told its manners elsewhere. */
    interface PlainAssistant {
        String answer(@UserMessage String question);
    }

    /** One that speaks in pieces. */
    interface StreamingAssistant {
        TokenStream answer(@UserMessage String question);
    }

    /** One that remembers. */
    interface Companion {
        String answer(@MemoryId String who, @UserMessage String question);
    }

    /** Tools as anybody writes them. */
    public class Travel {
        @Tool("The weather")
        public String weather(String city) {
            done.add("weather " + city);
            return "sunny";
        }

        @Tool("Books a hotel")
        public String book(String city, int nights) {
            done.add("book " + city + " " + nights);
            if (city.equals("Atlantis")) {
                throw new IllegalStateException("no such city");
            }
            return "booked " + city;
        }

        @CompensateFor("book")
        public void cancel(String city, int nights) {
            done.add("cancel " + city + " " + nights);
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static ModelAnswer travelAgent(ModelQuestion question) {
        String city = question.first("user");
        if (question.results("weather").isEmpty()) {
            return ModelAnswer.call("weather", "{\"city\":\"" + city + "\"}");
        }
        if (question.results("book").isEmpty()) {
            return ModelAnswer.call("book", "{\"city\":\"" + city + "\",\"nights\":2}");
        }
        return ModelAnswer.text("Told: " + question.results("book").get(0));
    }

    private DurableChatModel model() {
        return DurableChatModel.of(
                "openai",
                OpenAiChatModel.builder()
                        .baseUrl(server.baseUrl())
                        .apiKey("none")
                        .modelName("gpt-test")
                        .httpClientBuilder(DurableHttp.builder())
                        .maxRetries(0)
                        .build());
    }

    private Assistant assistant(DurableTools tools) {
        return AiServices.builder(Assistant.class)
                .chatModel(model())
                .tools(tools.list())
                .build();
    }

    private final DurableTools travel = DurableTools.of(new Travel());

    private DurableTools tools() {
        return travel;
    }

    private SagaDefinition<String, String> trip(DurableTools tools) {
        return trip(tools, saga -> saga);
    }

    private SagaDefinition<String, String> trip(DurableTools tools, UnaryOperator<Saga<String>> rules) {
        Assistant assistant = assistant(tools);
        return trip(tools, rules, ctx -> Durable.in(ctx, () -> assistant.answer(ctx.input())));
    }

    private interface Code {
        String run(StepContext<String> ctx) throws Exception;
    }

    private SagaDefinition<String, String> trip(DurableTools tools, UnaryOperator<Saga<String>> rules, Code code) {
        var saga = rules.apply(Saga.define("trip", String.class));
        tools.register(saga);
        return saga.returns(saga.step("agent", String.class, ctx -> {
                    String answer = code.run(ctx);
                    if (failsOnce.getAndSet(false)) {
                        throw new IllegalStateException("the step failed after its agent had answered");
                    }
                    return answer;
                })
                .withoutUndo("its tools are undone by themselves"));
    }

    @Test
    void agentIsRecordedByItsModelAndToolsAlone(SagaKit kit) {
        var trip = kit.start(trip(tools()), "Oslo");
        kit.runUntilIdle();

        assertThat(trip.result()).isEqualTo("Told: booked Oslo");
        assertThat(done).containsExactly("weather Oslo", "book Oslo 2");
        assertThat(server.ledger())
                .hasSize(3)
                .extracting(ModelServerCall::key)
                .doesNotContain("")
                .doesNotHaveDuplicates();
        assertThat(kit.belay().agents().usage(trip.id()).calls()).isEqualTo(3);
        assertThat(kit.belay().agents().conversation(trip.id(), "main"))
                .extracting(Message::role)
                .contains("system", "user", "assistant", "tool");
    }

    @Test
    void stepThatRunsAgainAsksAndDoesNothingTwice(SagaKit kit) {
        failsOnce.set(true);
        var trip = kit.start(trip(tools()), "Oslo");
        kit.runToTheEnd();

        assertThat(trip.result()).isEqualTo("Told: booked Oslo");
        assertThat(done).containsExactly("weather Oslo", "book Oslo 2");
        assertThat(server.ledger()).hasSize(3);
        assertThat(kit.belay().agents().usage(trip.id()).avoidedCalls()).isEqualTo(3);
    }

    @Test
    void callThatFailedIsMadeAgainWithTheSameKey(SagaKit kit) {
        server.next(ModelFault.late(Duration.ZERO))
                .next(ModelFault.serverError())
                .next(ModelFault.malformed());
        var trip = kit.start(trip(tools()), "Oslo");
        kit.runToTheEnd();

        assertThat(trip.result()).isEqualTo("Told: booked Oslo");
        assertThat(done).containsExactly("weather Oslo", "book Oslo 2");
        var keys = server.ledger().stream().map(ModelServerCall::key).toList();
        assertThat(keys).hasSize(5);
        assertThat(keys.subList(1, 4)).containsOnly(keys.get(1));
        assertThat(keys).doesNotContain("");
        assertThat(List.copyOf(new java.util.HashSet<>(keys))).hasSize(3);
    }

    @Test
    void errorOfToolGoesToTheModelAndUndoesNothing(SagaKit kit) {
        failsOnce.set(true);
        var trip = kit.start(trip(tools()), "Atlantis");
        kit.runToTheEnd();

        assertThat(trip.state()).isEqualTo(COMPLETED);
        assertThat(trip.result()).isEqualTo("Told: no such city");
        assertThat(done).containsExactly("weather Atlantis", "book Atlantis 2");
    }

    @Test
    void argumentsThatModelGotWrongGoBackToIt(SagaKit kit) {
        server.close();
        server = ModelServer.start(question -> question.said("tool").isEmpty()
                ? ModelAnswer.call("book", "{\"city\":")
                : ModelAnswer.text("Told: " + question.last().text()));
        var trip = kit.start(trip(tools()), "Oslo");
        kit.runUntilIdle();

        assertThat(trip.result()).startsWith("Told: ");
        assertThat(done).isEmpty();
    }

    @Test
    void modelThatAsksToWaitRestsTheStep(SagaKit kit) {
        server.next(ModelFault.tooManyRequests(HOUR));
        var trip = kit.start(trip(tools(), saga -> saga.onFailure(FailurePolicy.COMPENSATE)), "Oslo");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(RUNNING);
        assertThat(server.ledger()).hasSize(1);

        kit.advance(HOUR);
        kit.runUntilIdle();

        assertThat(trip.result()).isEqualTo("Told: booked Oslo");
        assertThat(server.ledger()).hasSize(4);
        assertThat(server.ledger().get(1).key())
                .isEqualTo(server.ledger().get(0).key());
    }

    @Test
    void approvedToolIsCalledWithoutAskingTheModelAgain(SagaKit kit) {
        var trip = kit.start(trip(tools().approval("book", ToolApproval.asking("Book it?"))), "Oslo");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(RUNNING);
        assertThat(done).containsExactly("weather Oslo");
        assertThat(server.ledger()).hasSize(2);
        String call = callId(kit);

        kit.operator("alice").approveCall(trip.id(), call, "{\"city\":\"Bergen\",\"nights\":1}", "cheaper");
        kit.runUntilIdle();

        assertThat(trip.result()).isEqualTo("Told: booked Bergen");
        assertThat(done).containsExactly("weather Oslo", "book Bergen 1");
        assertThat(server.ledger()).hasSize(3);
    }

    private static String callId(SagaKit kit) {
        String question = kit.belay().approvals().get(0).question();
        return new tools.jackson.databind.json.JsonMapper()
                .readTree(question)
                .path("callId")
                .asString();
    }

    @Test
    void rejectedToolIsToldToTheModel(SagaKit kit) {
        var trip = kit.start(trip(tools().approval("book", ToolApproval.asking("Book it?"))), "Oslo");
        kit.runUntilIdle();

        kit.operator("alice").rejectCall(trip.id(), callId(kit), "too dear");
        kit.runUntilIdle();

        assertThat(trip.result()).contains("alice", "too dear");
        assertThat(done).containsExactly("weather Oslo");
    }

    @Test
    void changedPromptStopsAndSaysWhatDiffers(SagaKit kit) {
        AtomicReference<String> politeness = new AtomicReference<>("Be brief.");
        PlainAssistant assistant = AiServices.builder(PlainAssistant.class)
                .chatModel(model())
                .systemMessageProvider(id -> politeness.get())
                .tools(tools().list())
                .build();
        failsOnce.set(true);
        var trip = kit.start(
                trip(tools(), saga -> saga, ctx -> {
                    String answer = Durable.in(ctx, () -> assistant.answer(ctx.input()));
                    politeness.set("Be polite.");
                    return answer;
                }),
                "Oslo");
        kit.runToTheEnd();

        assertThat(trip.state()).isEqualTo(SUSPENDED);
        assertThat(trip.view().failure().orElseThrow().message()).contains("Be brief.", "Be polite.");
        assertThat(server.ledger()).hasSize(3);
    }

    @Test
    void usedUpBudgetSuspendsTheSagaAndTheModelHearsNothing(SagaKit kit) {
        var trip = kit.start(trip(tools(), saga -> saga.budget(Budget.UNLIMITED.calls(2))), "Oslo");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(SUSPENDED);
        assertThat(server.ledger()).hasSize(2);

        kit.operator("alice").raiseBudget(trip.id(), Budget.UNLIMITED.calls(3), "worth it");
        kit.runUntilIdle();

        assertThat(trip.result()).isEqualTo("Told: booked Oslo");
        assertThat(done).containsExactly("weather Oslo", "book Oslo 2");
        assertThat(server.ledger()).hasSize(3);
    }

    @Test
    void whatStopsTheStepInsideToolIsNotToldToTheModel(SagaKit kit) {
        AtomicReference<Assistant> inner = new AtomicReference<>();
        class Planner {
            @Tool("Plans a trip")
            public String plan(String city) {
                return inner.get().answer(city);
            }
        }
        inner.set(assistant(tools()));
        var planner = DurableTools.of(new Planner());
        server.close();
        server = ModelServer.start(question -> question.tools().contains("plan")
                ? question.results("plan").isEmpty()
                        ? ModelAnswer.call("plan", "{\"city\":\"Oslo\"}")
                        : ModelAnswer.text(
                                "Planned. " + question.results("plan").get(0))
                : travelAgent(question));
        inner.set(assistant(tools()));
        Assistant outer = assistant(planner);
        failsOnce.set(true);
        var trip = kit.start(
                trip(
                        tools(),
                        saga -> saga.budget(Budget.UNLIMITED.calls(2)),
                        ctx -> Durable.in(ctx, () -> outer.answer(ctx.input()))),
                "Oslo");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(SUSPENDED);
        assertThat(server.ledger()).hasSize(2);

        kit.operator("alice").raiseBudget(trip.id(), Budget.UNLIMITED.calls(9), "worth it");
        kit.runToTheEnd();

        assertThat(trip.result()).isEqualTo("Planned. Told: booked Oslo");
        assertThat(done).containsExactly("weather Oslo", "book Oslo 2");
        assertThat(server.ledger()).hasSize(5);
    }

    @Test
    void compensationOfToolRunsWithWhatItWasCalledWith(SagaKit kit) {
        var tools = tools().approval("book", ToolApproval.asking("Book it?"));
        Assistant assistant = assistant(tools);
        var saga = Saga.define("trip", String.class).onFailure(FailurePolicy.COMPENSATE);
        tools.register(saga);
        saga.step("agent", String.class, ctx -> Durable.in(ctx, () -> assistant.answer(ctx.input())))
                .withoutUndo("its tools are undone by themselves");
        var trip = kit.start(
                saga.returns(saga.step("pay", String.class, ctx -> {
                            throw new StepRejected("no money");
                        })
                        .pure()),
                "Oslo");
        kit.runUntilIdle();
        kit.operator("alice").approveCall(trip.id(), callId(kit), "{\"city\":\"Bergen\",\"nights\":1}", "cheaper");
        kit.runToTheEnd();

        assertThat(trip.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("weather Oslo", "book Bergen 1", "cancel Bergen 1");
    }

    @Test
    void toolsOfOneReplyMayRunInParallelAndOneThatRestsLosesNoOther(SagaKit kit) {
        server.close();
        server = ModelServer.start(question -> question.said("tool").isEmpty()
                ? ModelAnswer.call("book", "{\"city\":\"Oslo\",\"nights\":1}")
                        .andCall("weather", "{\"city\":\"Oslo\"}")
                        .andCall("weather", "{\"city\":\"Bergen\"}")
                : ModelAnswer.text("Results: " + question.said("tool").size()));
        var tools = tools().approval("book", ToolApproval.asking("Book it?"));
        Assistant assistant = AiServices.builder(Assistant.class)
                .chatModel(model())
                .tools(tools.list())
                .executeToolsConcurrently()
                .build();
        var trip = kit.start(
                trip(tools, saga -> saga, ctx -> Durable.in(ctx, () -> assistant.answer(ctx.input()))), "Oslo");
        kit.runUntilIdle();
        kit.operator("alice").approveCall(trip.id(), callId(kit), "fine");
        kit.runToTheEnd();

        assertThat(trip.result()).isEqualTo("Results: 3");
        assertThat(done).containsExactlyInAnyOrder("weather Oslo", "weather Bergen", "book Oslo 1");
        assertThat(server.ledger()).hasSize(2);
    }

    private StreamingAssistant streaming(DurableTools tools) {
        return AiServices.builder(StreamingAssistant.class)
                .streamingChatModel(DurableStreamingChatModel.of(
                        "openai",
                        OpenAiStreamingChatModel.builder()
                                .baseUrl(server.baseUrl())
                                .apiKey("none")
                                .modelName("gpt-test")
                                .httpClientBuilder(DurableHttp.builder())
                                .build()))
                .tools(tools.list())
                .build();
    }

    @Test
    void streamIsDeliveredInPartsAndFromTheJournalAtOnce(SagaKit kit) {
        server.next(ModelFault.late(Duration.ZERO)).next(ModelFault.cut());
        var assistant = streaming(tools());
        List<List<String>> parts = new CopyOnWriteArrayList<>();
        failsOnce.set(true);
        var trip = kit.start(
                trip(
                        tools(),
                        saga -> saga,
                        ctx -> Durable.in(ctx, () -> {
                            List<String> heard = new CopyOnWriteArrayList<>();
                            parts.add(heard);
                            AtomicReference<String> whole = new AtomicReference<>("");
                            assistant
                                    .answer(ctx.input())
                                    .onPartialResponse(heard::add)
                                    .onCompleteResponse(response ->
                                            whole.set(response.aiMessage().text()))
                                    .onError(error -> {})
                                    .start();
                            return whole.get();
                        })),
                "Oslo");
        kit.runToTheEnd();

        assertThat(trip.result()).isEqualTo("Told: booked Oslo");
        assertThat(done).containsExactly("weather Oslo", "book Oslo 2");
        assertThat(server.ledger()).hasSize(4);
        assertThat(parts).hasSize(3);
        assertThat(parts.get(1)).hasSizeGreaterThan(1);
        assertThat(String.join("", parts.get(1))).isEqualTo("Told: booked Oslo");
        assertThat(parts.get(2)).containsExactly("Told: booked Oslo");
        assertThat(server.ledger()).extracting(ModelServerCall::key).doesNotContain("");
    }

    @Test
    void streamThatIsAskedToWaitRestsTheStep(SagaKit kit) {
        server.next(ModelFault.tooManyRequests(HOUR));
        var assistant = streaming(tools());
        var trip = kit.start(
                trip(
                        tools(),
                        saga -> saga,
                        ctx -> Durable.in(ctx, () -> {
                            AtomicReference<String> whole = new AtomicReference<>("");
                            assistant
                                    .answer(ctx.input())
                                    .onPartialResponse(part -> {})
                                    .onCompleteResponse(response ->
                                            whole.set(response.aiMessage().text()))
                                    .onError(error -> {})
                                    .start();
                            return whole.get();
                        })),
                "Oslo");
        kit.runUntilIdle();
        assertThat(trip.state()).isEqualTo(RUNNING);

        kit.advance(HOUR);
        kit.runUntilIdle();

        assertThat(trip.result()).isEqualTo("Told: booked Oslo");
    }

    @Test
    void memoryIsWhatItWasWhenTheStepRunsAgain(SagaKit kit) {
        server.close();
        server = ModelServer.start(question ->
                ModelAnswer.text("I was told " + question.said("user").size() + " things"));
        var store = PostgresChatMemoryStore.in(kit.dataSource(), kit.schema());
        Companion companion = AiServices.builder(Companion.class)
                .chatModel(model())
                .chatMemoryProvider(who -> MessageWindowChatMemory.builder()
                        .id(who)
                        .maxMessages(4)
                        .chatMemoryStore(store)
                        .build())
                .build();
        var definition = trip(tools(), saga -> saga, ctx -> {
            Durable.in(ctx, () -> companion.answer("ann", ctx.input()));
            return Durable.in(ctx, () -> companion.answer("ann", ctx.input() + " again"));
        });
        failsOnce.set(true);
        var first = kit.start(definition, "Hello");
        kit.runToTheEnd();
        assertThat(first.result()).isEqualTo("I was told 2 things");
        assertThat(store.getMessages("ann")).hasSize(4);

        failsOnce.set(true);
        var second = kit.start(definition, "Bye");
        kit.runToTheEnd();

        // LangChain4j sends the new question on top of what the window holds.
        assertThat(second.result()).isEqualTo("I was told 3 things");
        assertThat(server.ledger()).hasSize(4);
        assertThat(store.getMessages("ann")).hasSize(4);
    }

    @Test
    void severalAgentsAtATimeKeepApartByTheirKeys(SagaKit kit) {
        Assistant assistant = assistant(tools());
        failsOnce.set(true);
        var trip = kit.start(
                trip(tools(), saga -> saga, ctx -> {
                    var answers = List.of("Oslo", "Bergen", "Tromsø").parallelStream()
                            .map(city -> {
                                try {
                                    return Durable.in(ctx, city, () -> assistant.answer(city));
                                } catch (Exception e) {
                                    throw new IllegalStateException(e);
                                }
                            })
                            .toList();
                    return String.join(", ", answers);
                }),
                "all");
        kit.runToTheEnd();

        assertThat(trip.result()).isEqualTo("Told: booked Oslo, Told: booked Bergen, Told: booked Tromsø");
        assertThat(done).hasSize(6).doesNotHaveDuplicates();
        assertThat(server.ledger()).hasSize(9);
        assertThat(kit.belay().agents().conversation(trip.id(), "Bergen"))
                .extracting(Message::text)
                .contains("Told: booked Bergen");
    }

    @Test
    void modelOutsideOfStepSaysWhatToDoOrPassesThrough() {
        assertThatThrownBy(() -> assistant(tools()).answer("Oslo"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Durable.in(ctx");

        Assistant free = AiServices.builder(Assistant.class)
                .chatModel(model().passThrough())
                .tools(tools().passThrough().list())
                .build();
        assertThat(free.answer("Oslo")).isEqualTo("Told: booked Oslo");
        assertThat(server.ledger()).extracting(ModelServerCall::key).containsOnly("");
    }
}
