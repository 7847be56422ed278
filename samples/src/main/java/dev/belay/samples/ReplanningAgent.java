package dev.belay.samples;

import dev.belay.Belay;
import dev.belay.Replan;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.StepRejected;
import dev.belay.agent.Message;
import dev.belay.agent.ModelRequest;
import dev.belay.testing.ModelAnswer;
import dev.belay.testing.ModelQuestion;
import dev.belay.testing.ModelServer;
import java.time.Duration;
import java.util.ArrayList;
import tools.jackson.databind.json.JsonMapper;

/**
 * An agent that plans, acts, and when a step of its plan fails goes back and plans again: what the plan had led to is undone, and
 * the model is told what failed and what was undone.
 */
public final class ReplanningAgent {
    private static final JsonMapper JSON = new JsonMapper();

    private ReplanningAgent() {}

    /** The definition. The save-point is the step to which the saga goes back, at most twice; then all would be undone. */
    static SagaDefinition<Journey, String> book(ChatApi model, Travel travel) {
        var saga = Saga.define("book-journey", Journey.class);
        var plan = saga.step("plan", Plan.class, ctx -> {
                    var messages = new ArrayList<Message>();
                    messages.add(
                            Message.text("system", "You plan journeys. Answer with JSON: {\"by\":…,\"arrival\":…}"));
                    messages.add(Message.text(
                            "user",
                            "From " + ctx.input().from() + " to " + ctx.input().to() + "."));
                    ctx.replan().ifPresent(replan -> messages.add(Message.text("user", whatHappened(replan))));
                    var request = ModelRequest.of("openai", "planner-1", messages);
                    var call = ctx.model("plan", request);
                    // What is no plan is not recorded: the attempt fails, and the model is asked once more.
                    var reply = call.accept(answer -> Plan.read(answer.message()))
                            .run(() -> model.ask(request, call.idempotencyKey()));
                    var made = Plan.read(reply.message());
                    System.out.println("model:  plans to go by " + made.by() + ", arriving on " + made.arrival());
                    return made;
                })
                .pure()
                .savepoint(2);
        var room = saga.step("room", String.class, ctx -> travel.reserveRoom(ctx.output(plan)))
                .undo(u -> travel.giveBack(u.output()));
        var seat = saga.step("seat", String.class, ctx -> travel.reserveSeat(ctx.output(plan)))
                .undo(u -> travel.giveBack(u.output()));
        return saga.returns(String.class, data -> data.output(seat) + " and " + data.output(room));
    }

    private static String whatHappened(Replan replan) {
        var failure = replan.failure();
        var told = "That failed at \"" + failure.step() + "\": " + failure.message() + " Undone was: "
                + String.join(", ", replan.undone()) + ". Make another plan.";
        System.out.println("agent:  tells the model: " + told);
        return told;
    }

    /** From where to where. */
    public record Journey(String from, String to) {}

    /** How to travel. */
    public record Plan(String by, String arrival) {

        static Plan read(Message answer) {
            return JSON.readValue(answer.text(), Plan.class);
        }
    }

    /** Where rooms and seats are reserved. In aeroplanes there are none left. */
    static final class Travel {

        String reserveRoom(Plan plan) {
            var room = "a room from " + plan.arrival();
            System.out.println("agent:  reserves " + room);
            return room;
        }

        String reserveSeat(Plan plan) {
            if (plan.by().equals("plane")) {
                System.out.println("agent:  finds no seat in the plane");
                throw new StepRejected("No plane has a seat left before Monday.");
            }
            var seat = "a seat in the " + plan.by();
            System.out.println("agent:  reserves " + seat);
            return seat;
        }

        void giveBack(String reserved) {
            System.out.println("undo:   gives back " + reserved);
        }
    }

    /** The stand-in for a model: it likes to fly, unless it has heard that there is no plane. */
    static ModelAnswer planner(ModelQuestion question) {
        return question.last().text().contains("No plane")
                ? ModelAnswer.text("{\"by\":\"night train\",\"arrival\":\"Saturday\"}")
                : ModelAnswer.text("{\"by\":\"plane\",\"arrival\":\"Friday\"}");
    }

    /** Books one journey, whose first plan cannot be carried out. */
    public static void main(String... args) {
        try (var database = new SampleDatabase();
                var server = ModelServer.start(ReplanningAgent::planner)) {
            var book = book(new ChatApi(server.baseUrl()), new Travel());
            try (var belay = Belay.on(database.dataSource()).with(book).open()) {
                belay.worker().start();
                var saga = belay.start(book, new Journey("Oslo", "Rome"));
                System.out.println("booked: " + saga.await(Duration.ofSeconds(30)));
                var usage = belay.agents().usage(saga.id());
                System.out.println("spent:  " + usage.tokens().total() + " tokens in " + usage.calls() + " calls");
            }
        }
    }
}
