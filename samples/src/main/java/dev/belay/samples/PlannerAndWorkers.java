package dev.belay.samples;

import dev.belay.Belay;
import dev.belay.FailurePolicy;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.StepContext;
import dev.belay.StepRejected;
import dev.belay.agent.Message;
import dev.belay.agent.ModelRequest;
import dev.belay.testing.ModelAnswer;
import dev.belay.testing.ModelFault;
import dev.belay.testing.ModelQuestion;
import dev.belay.testing.ModelServer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;

/**
 * A planner divides a task, workers do the parts side by side, and what they bring is joined. A worker that fails for good is done
 * without, and what it did before stays. If that leaves too little, all is undone, what the good workers did and the others.
 */
public final class PlannerAndWorkers {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int FEWEST = 2;

    private PlannerAndWorkers() {}

    /** The definition. Each worker is a branch of the saga with steps, retries and undos of its own, and talks in its own conversation. */
    static SagaDefinition<String, String> report(ChatApi model, Shelf shelf) {
        var saga = Saga.define("write-report", String.class);
        var plan = saga.step("plan", Parts.class, ctx -> {
                    var answer = ask(ctx, model, "planner-1", "Divide: " + ctx.input(), PlannerAndWorkers::titles);
                    return new Parts(titles(answer));
                })
                .pure();

        var part = saga.forEach("part", String.class);
        var page =
                part.step("page", String.class, ctx -> shelf.open(ctx.input())).undo(u -> shelf.remove(u.input()));
        var written = part.step("write", String.class, ctx -> {
                    var text = ask(ctx, model, "writer-1", "Write: " + ctx.input(), answer -> {});
                    return ctx.output(page) + ": " + text;
                })
                .pure()
                .retry(RetryPolicy.fixed(Duration.ofMillis(100)).upTo(3))
                .onFailure(FailurePolicy.COMPENSATE);
        var parts = saga.fanOut("write-parts", part, ctx -> ctx.output(plan).titles())
                .atOnce(3)
                .toleratingFailures();

        var joined = saga.step("join", String.class, ctx -> {
                    var group = ctx.output(parts);
                    System.out.println("joined: " + group.succeeded() + " of " + group.items() + " parts came");
                    if (group.succeeded() < FEWEST) {
                        throw new StepRejected("Only " + group.succeeded() + " parts were written.");
                    }
                    return ask(
                            ctx, model, "planner-1", "Join: " + String.join(" ", ctx.outputs(written)), answer -> {});
                })
                .pure();
        return saga.returns(joined);
    }

    private static List<String> titles(String answer) {
        return List.of(JSON.readValue(answer, String[].class));
    }

    /** An answer that cannot be read is not recorded: the call failed, and is made again. */
    private static String ask(StepContext<?> ctx, ChatApi model, String name, String question, Consumer<String> check) {
        var request = ModelRequest.of("openai", name, List.of(Message.text("user", question)));
        var call = ctx.model("ask", request)
                .accept(reply -> check.accept(reply.message().text()));
        return call.run(() -> model.ask(request, call.idempotencyKey()))
                .message()
                .text();
    }

    /** What the planner makes of the task. */
    public record Parts(List<String> titles) {}

    /** Where the parts are kept. */
    static final class Shelf {
        private final Set<String> pages = new ConcurrentSkipListSet<>();

        String open(String title) {
            pages.add(title);
            return "[" + title + "]";
        }

        void remove(String title) {
            System.out.println(
                    "undo:   removes the page \"" + title + "\"" + (pages.remove(title) ? "" : ", not there"));
        }

        Set<String> pages() {
            return pages;
        }
    }

    /** The stand-in for both models. */
    static ModelAnswer answer(ModelQuestion question) {
        var asked = question.last().text();
        if (asked.startsWith("Divide: ")) {
            var about = asked.substring("Divide: ".length());
            var titles = List.of(about + " of old", about + " today", about + " in songs", about + " on the moon");
            return ModelAnswer.text(JSON.writeValueAsString(titles));
        }
        return asked.startsWith("Write: ")
                ? ModelAnswer.text("much could be said.")
                : ModelAnswer.text("A report in " + (asked.split("\\[", -1).length - 1) + " chapters: "
                        + asked.substring("Join: ".length()));
    }

    /** Writes two reports. One writer always fails in the first, three in the second. */
    public static void main(String... args) {
        var shelf = new Shelf();
        try (var database = new SampleDatabase();
                var server = ModelServer.start(PlannerAndWorkers::answer)) {
            server.when(question -> isWriting(question, "ships on the moon"), ModelFault.serverError());
            server.when(
                    question -> isWriting(question, "tides ") && !isWriting(question, "tides today"),
                    ModelFault.serverError());
            var report = report(new ChatApi(server.baseUrl()), shelf);
            try (var belay = Belay.on(database.dataSource()).with(report).open()) {
                belay.worker().start();

                var ships = belay.start(report, "ships");
                System.out.println("ships:  " + ships.await(Duration.ofSeconds(30)));

                var tides = belay.start(report, "tides");
                System.out.println("tides:  " + tides.awaitSettled(Duration.ofSeconds(30)) + ", because: "
                        + tides.view().failure().orElseThrow().message());
                System.out.println("kept:   " + String.join(", ", shelf.pages()));
            }
        }
    }

    private static boolean isWriting(ModelQuestion question, String title) {
        return question.last().text().startsWith("Write: " + title);
    }
}
