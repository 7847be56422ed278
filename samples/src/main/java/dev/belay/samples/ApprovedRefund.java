package dev.belay.samples;

import dev.belay.Belay;
import dev.belay.OpenApproval;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.StepContext;
import dev.belay.agent.Message;
import dev.belay.agent.ModelRequest;
import dev.belay.agent.ToolApproval;
import dev.belay.agent.ToolRejected;
import dev.belay.agent.ToolRequest;
import dev.belay.testing.ModelAnswer;
import dev.belay.testing.ModelQuestion;
import dev.belay.testing.ModelServer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An agent whose tool needs a person. The call is stored with its arguments, the step rests without a thread, and exactly what was
 * approved is executed, or what the person put in its place. The model is not asked again in between.
 */
public final class ApprovedRefund {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String TOOLS = """
            {"tools": [{"type": "function", "function": {
              "name": "refund",
              "description": "Pays money back to the customer of an order.",
              "parameters": {"type": "object", "required": ["order", "amount"], "properties": {
                "order": {"type": "string"}, "amount": {"type": "integer"}}}}}]}""";

    private ApprovedRefund() {}

    /** The definition: an ordinary agent's loop, in one step. */
    static SagaDefinition<String, String> complaint(ChatApi model, Bank bank) {
        var saga = Saga.define("complaint", String.class);
        var answer = saga.step("answer", String.class, ctx -> {
                    var messages = new ArrayList<Message>();
                    messages.add(Message.text("system", "You answer complaints. You may refund."));
                    messages.add(Message.text("user", ctx.input()));
                    while (true) {
                        var request =
                                ModelRequest.of("openai", "support-1", messages).parameters(TOOLS);
                        var call = ctx.model("ask", request);
                        var reply = call.run(() -> model.ask(request, call.idempotencyKey()));
                        messages.add(reply.message());
                        var wanted = ChatApi.toolCalls(reply.message());
                        if (wanted.isEmpty()) {
                            return reply.message().text();
                        }
                        for (var tool : wanted) {
                            messages.add(Message.toolResult(tool.callId(), refund(ctx, bank, tool)));
                        }
                    }
                })
                .withoutUndo("what was paid back with a person's approval stays paid");
        return saga.returns(answer);
    }

    private static String refund(StepContext<?> ctx, Bank bank, ToolRequest wanted) {
        var call =
                ctx.tool(wanted).approval(ToolApproval.asking("Pay this back?").within(Duration.ofDays(2)));
        try {
            return call.run(arguments -> bank.payBack(JSON.readTree(arguments), call.idempotencyKey()));
        } catch (ToolRejected e) {
            return "Not paid back. " + e.getMessage();
        }
    }

    /** A bank, which pays once for each key. */
    static final class Bank {
        private final Map<String, String> paid = new TreeMap<>();

        synchronized String payBack(JsonNode refund, String key) {
            return paid.computeIfAbsent(key, first -> {
                var said = "Paid back " + refund.path("amount").asInt() + " for "
                        + refund.path("order").asString() + ".";
                System.out.println("bank:   " + said);
                return said;
            });
        }

        synchronized int payments() {
            return paid.size();
        }
    }

    /** The stand-in for a model: it refunds 100 for whatever order it is told of, and then says how that went. */
    static ModelAnswer support(ModelQuestion question) {
        var results = question.results("refund");
        if (!results.isEmpty()) {
            return ModelAnswer.text("Dear customer. " + results.get(0));
        }
        var order = question.first("user").split(" ", -1)[1];
        return ModelAnswer.call("refund", "{\"order\": \"" + order + "\", \"amount\": 100}");
    }

    /** Answers three complaints: a person approves the first refund, makes the second smaller, and rejects the third. */
    public static void main(String... args) throws InterruptedException {
        try (var database = new SampleDatabase();
                var server = ModelServer.start(ApprovedRefund::support)) {
            var complaint = complaint(new ChatApi(server.baseUrl()), new Bank());
            try (var belay = Belay.on(database.dataSource()).with(complaint).open()) {
                belay.worker().start();
                var ada = belay.operator("ada");

                var first = belay.start(complaint, "Order A-1 never came.");
                var asked = asked(belay, first);
                ada.approveCall(first.id(), asked.path("callId").asString(), "The parcel is lost.");
                System.out.println("agent:  " + first.await(Duration.ofSeconds(30)));

                var second = belay.start(complaint, "Order A-2 has a scratch.");
                asked = asked(belay, second);
                var less = "{\"order\": \"A-2\", \"amount\": 20}";
                ada.approveCall(second.id(), asked.path("callId").asString(), less, "It is only a scratch.");
                System.out.println("agent:  " + second.await(Duration.ofSeconds(30)));

                var third = belay.start(complaint, "Order A-3 is ugly.");
                asked = asked(belay, third);
                ada.rejectCall(third.id(), asked.path("callId").asString(), "Tastes differ.");
                System.out.println("agent:  " + third.await(Duration.ofSeconds(30)));

                System.out.println("model:  was asked " + server.ledger().size() + " times for 3 complaints");
            }
        }
    }

    /** Waits until a person is asked. The inbox may be read by any process, and is shown by the dashboard. */
    private static JsonNode asked(Belay belay, SagaHandle<?> saga) throws InterruptedException {
        var until = Instant.now().plus(Duration.ofSeconds(30));
        while (Instant.now().isBefore(until)) {
            for (OpenApproval open : belay.approvals()) {
                if (open.saga().equals(saga.id())) {
                    var question = JSON.readTree(open.question());
                    System.out.println("asks:   " + question.path("question").asString() + " "
                            + question.path("tool").asString()
                            + question.path("arguments").asString());
                    return question;
                }
            }
            Thread.sleep(20);
        }
        throw new IllegalStateException("Nobody was asked within 30 seconds.");
    }
}
