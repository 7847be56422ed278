package dev.belay.samples;

import dev.belay.Belay;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.StartOptions;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Sorts support tickets into queues by a real, small model that runs in this process, without any network: a ticket goes where
 * the most similar known ticket went. Where none is similar enough, a person decides, and the saga waits without a thread.
 */
public final class TicketRouter {
    private static final double SIMILAR_ENOUGH = 0.3;

    private TicketRouter() {}

    /** The definition. What the model said is recorded: however often the step runs, the ticket is read once. */
    static SagaDefinition<Ticket, Routed> route(EmbeddingModel model, List<Known> known) {
        var saga = Saga.define("route-ticket", Ticket.class);
        var nearest = saga.step("find-nearest", Nearest.class, ctx -> {
                    var text = ctx.input().text();
                    var meaning = ctx.activity("read", Meaning.class)
                            .request(text)
                            .run(() -> new Meaning(model.embed(text).content().vector()));
                    return known.stream()
                            .map(one -> new Nearest(one.queue(), one.text(), meaning.similarity(one.meaning())))
                            .max(Comparator.comparingDouble(Nearest::similarity))
                            .orElseThrow();
                })
                .pure();
        var byHand = saga.signal("sorted-by-hand", ByHand.class)
                .within(Duration.ofDays(2))
                .onlyIf(data -> data.output(nearest).similarity() < SIMILAR_ENOUGH);
        return saga.returns(
                Routed.class,
                data -> data.outputIfAny(byHand)
                        .map(sorted -> new Routed(sorted.queue(), sorted.person()))
                        .orElseGet(() -> new Routed(data.output(nearest).queue(), "the model")));
    }

    /** What a customer writes. */
    public record Ticket(String text) {}

    /** The known ticket that is most similar, and its queue. */
    public record Nearest(String queue, String known, double similarity) {}

    /** A person's decision. */
    public record ByHand(String queue, String person) {}

    /** Where the ticket went, and who said so. */
    public record Routed(String queue, String by) {}

    /** What a text means: a direction in the model's space. */
    public record Meaning(float[] direction) {

        /** From 1 for the same to 0 for texts that have nothing in common. */
        double similarity(Meaning other) {
            var product = 0.0;
            var ours = 0.0;
            var theirs = 0.0;
            for (var at = 0; at < direction.length; at++) {
                product += direction[at] * other.direction[at];
                ours += direction[at] * direction[at];
                theirs += other.direction[at] * other.direction[at];
            }
            return product / Math.sqrt(ours * theirs);
        }
    }

    /** A ticket that was sorted before. */
    record Known(String queue, String text, Meaning meaning) {}

    /** The tickets that were sorted before, read by the model. */
    static List<Known> known(EmbeddingModel model) {
        return EXAMPLES.entrySet().stream()
                .flatMap(queue -> queue.getValue().stream()
                        .map(text -> new Known(
                                queue.getKey(),
                                text,
                                new Meaning(model.embed(text).content().vector()))))
                .toList();
    }

    /** The model: 23 MB in a jar, run on the processor. */
    static EmbeddingModel model() {
        // Its tokenizer would otherwise report its use to its makers, and look for a graphics card's library in the
        // network.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("RUST_FLAVOR", "cpu");
        return new AllMiniLmL6V2QuantizedEmbeddingModel();
    }

    private static final Map<String, List<String>> EXAMPLES = examples();

    private static Map<String, List<String>> examples() {
        var examples = new LinkedHashMap<String, List<String>>();
        examples.put(
                "billing",
                List.of(
                        "I was charged twice for the same month",
                        "My invoice shows the wrong amount",
                        "Please refund my last payment",
                        "How do I change the credit card on my account?"));
        examples.put(
                "access",
                List.of(
                        "I cannot log in to my account",
                        "The password reset mail never arrives",
                        "My account is locked after too many attempts",
                        "The code for two-factor sign-in does not work"));
        examples.put(
                "delivery",
                List.of(
                        "My parcel has not arrived yet",
                        "The tracking page says delivered, but nothing came",
                        "The box was damaged when it came",
                        "I want to change the delivery address of my order"));
        examples.put(
                "defects",
                List.of(
                        "The app crashes when I open it",
                        "The page shows an error after I press save",
                        "The export produces an empty file"));
        return examples;
    }

    /** Sorts five tickets, of which the last is like none that is known. */
    public static void main(String... args) {
        var tickets = List.of(
                "You took 49 euros from my bank account two times",
                "It says wrong password although I am sure it is right",
                "The courier left the package at the wrong house",
                "Since the update the program closes itself as soon as I start it",
                "Do you sell gift vouchers for museums?");
        var model = model();
        var route = route(model, known(model));
        try (var database = new SampleDatabase();
                var belay = Belay.on(database.dataSource()).with(route).open()) {
            belay.worker().start();
            for (var text : tickets) {
                var saga = belay.start(route, new Ticket(text), StartOptions.defaults());
                // The sample is the person, too: whoever reads the ticket sends this, from any process, within two
                // days.
                if (text.contains("vouchers")) {
                    saga.signal("sorted-by-hand", new ByHand("sales", "Ada"), "ada-1");
                }
                var routed = saga.await(Duration.ofSeconds(30));
                System.out.println(
                        String.format(Locale.ROOT, "%-8s said %s: \"%s\"", routed.queue(), routed.by(), text));
            }
        }
    }
}
