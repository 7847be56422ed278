package dev.belay.samples;

import dev.belay.Belay;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.StepRejected;
import dev.belay.langchain4j.Durable;
import dev.belay.langchain4j.DurableChatModel;
import dev.belay.langchain4j.DurableHttp;
import dev.belay.langchain4j.DurableTools;
import dev.belay.testing.ModelAnswer;
import dev.belay.testing.ModelFault;
import dev.belay.testing.ModelQuestion;
import dev.belay.testing.ModelServer;
import dev.belay.testing.ModelServerCall;
import dev.belay.testing.ModelServerCall.Outcome;
import dev.langchain4j.agent.tool.CompensateFor;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.SystemMessage;
import dev.langchain4j.service.UserMessage;
import java.time.Duration;

/**
 * An agent written for LangChain4j, with OpenAI's real client, made durable by wrapping its model and its tools and nothing else. Its
 * provider misbehaves in every way, and no call that was answered is made again.
 */
public final class SupportAgent {

    private SupportAgent() {}

    /** The agent, as anybody writes one for LangChain4j. */
    interface Support {
        /** An answer for the customer. */
        @SystemMessage("You help customers of a shop.")
        String answer(@UserMessage String question);
    }

    /** Its tools. What compensates one is called if the saga is undone. */
    public static final class Orders {

        /** Where an order is. */
        @Tool("Where an order is")
        public String find(String order) {
            System.out.println("tool:   looks for " + order);
            return "lost on the way";
        }

        /** Sends it again. */
        @Tool("Sends an order again")
        public String sendAgain(String order) {
            System.out.println("tool:   sends " + order + " again");
            return "sent, arrives on Friday";
        }

        /** Stops that. */
        @CompensateFor("sendAgain")
        public void stop(String order) {
            System.out.println("undo:   stops what was sent again for " + order);
        }
    }

    /** The definition: LangChain4j's loop runs in one step. The mail may turn out to be impossible; then all is undone. */
    static SagaDefinition<String, String> support(String baseUrl) {
        // Retries are the step's, where they are recorded and hold no thread.
        var openAi = OpenAiChatModel.builder()
                .baseUrl(baseUrl)
                .apiKey("none")
                .modelName("support-1")
                .httpClientBuilder(DurableHttp.builder())
                .timeout(Duration.ofSeconds(2))
                .maxRetries(0)
                .build();
        var tools = DurableTools.of(new Orders());
        var agent = AiServices.builder(Support.class)
                .chatModel(DurableChatModel.of("openai", openAi))
                .tools(tools.list())
                .build();

        var saga = Saga.define("support", String.class);
        tools.register(saga);
        var answer = saga.step("answer", String.class, ctx -> Durable.in(ctx, () -> agent.answer(ctx.input())))
                .retry(RetryPolicy.fixed(Duration.ofMillis(200)).upTo(10));
        saga.step("mail", Void.class, ctx -> {
                    if (ctx.input().contains("nowhere")) {
                        throw new StepRejected("The customer has no address.");
                    }
                    System.out.println("mail:   " + ctx.output(answer));
                    return null;
                })
                .withoutUndo("a mail cannot be called back");
        return saga.returns(answer);
    }

    /** The stand-in for a model: it looks for the order, sends it again, and says so. */
    static ModelAnswer model(ModelQuestion question) {
        var order = "{\"order\":\"" + question.first("user").split(" ", -1)[0] + "\"}";
        if (question.results("find").isEmpty()) {
            return ModelAnswer.call("find", order);
        }
        var sent = question.results("sendAgain");
        return sent.isEmpty()
                ? ModelAnswer.call("sendAgain", order)
                : ModelAnswer.text(
                        "Your order was " + question.results("find").get(0) + ". It is " + sent.get(0) + ".");
    }

    /** Answers two customers, the first with a provider in a bad way; the second turns out to have no address. */
    public static void main(String... args) {
        try (var database = new SampleDatabase();
                var server = ModelServer.start(SupportAgent::model)) {
            at(server, 1, ModelFault.tooManyRequests(Duration.ofSeconds(1)));
            at(server, 3, ModelFault.serverError());
            at(server, 5, ModelFault.noAnswer());
            at(server, 6, ModelFault.cut());
            at(server, 7, ModelFault.malformed());
            var support = support(server.baseUrl());
            try (var belay = Belay.on(database.dataSource()).with(support).open()) {
                belay.worker().start();

                belay.start(support, "A-1 never came.").await(Duration.ofSeconds(60));
                for (var call : server.ledger()) {
                    System.out.println("server: call " + call.number() + " " + call.outcome()
                            + (call.status() == 0 ? "" : " with " + call.status()));
                }
                System.out.println("server: " + server.ledger().size() + " calls with " + keys(server)
                        + " keys, of which " + answered(server) + " were answered");

                var second = belay.start(support, "A-2 never came to nowhere.");
                System.out.println("second: " + second.awaitSettled(Duration.ofSeconds(60)) + ", because: "
                        + second.view().failure().orElseThrow().message());
            }
        }
    }

    private static void at(ModelServer server, int call, ModelFault fault) {
        server.when(question -> question.number() == call, fault);
    }

    private static long keys(ModelServer server) {
        return server.ledger().stream().map(ModelServerCall::key).distinct().count();
    }

    private static long answered(ModelServer server) {
        return server.ledger().stream()
                .filter(call -> call.outcome() == Outcome.ANSWERED)
                .count();
    }
}
