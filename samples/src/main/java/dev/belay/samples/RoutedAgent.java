package dev.belay.samples;

import dev.belay.Belay;
import dev.belay.JournalEntry;
import dev.belay.Next;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.samples.model.Message;
import dev.belay.samples.model.ModelClient;
import dev.belay.samples.model.ModelServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;

/** An agent whose every turn is a job of its own: each step says what comes next, here until the model is content. */
public final class RoutedAgent {

    private RoutedAgent() {}

    /** The definition: "think" asks the model, "act" mends the text, and so on in turns. */
    static SagaDefinition<Draft, Draft> mend(ModelClient model) {
        var saga = Saga.define("mend", Draft.class);
        var act = saga.ref("act", Draft.class);
        var think = saga.step("think", Draft.class, (ctx, draft) -> {
                    var reply = model.chat("reviewer-1", List.of(Message.user(draft.text())), ctx.idempotencyKey());
                    return reply.text().contains("Markers: 0") ? Next.end(draft) : Next.to(act, draft);
                })
                .pure()
                .goesTo("act");
        saga.step(act, (ctx, draft) -> Next.step(think.name(), draft.withOneMarkerLess()))
                .pure()
                .goesTo("think");
        return saga.returns(Draft.class);
    }

    /** A text with open markers. */
    public record Draft(String text) {

        Draft withOneMarkerLess() {
            return new Draft(text.replaceFirst("TODO: ", ""));
        }
    }

    /** Mends one text. */
    public static void main(String... args) throws IOException {
        var ledger = Files.createTempDirectory("belay-sample").resolve("ledger.jsonl");
        try (var database = new SampleDatabase();
                var server = ModelServerProcess.start(ledger, Duration.ofMillis(20))) {
            var mend = mend(ModelClient.at(server.uri()));
            try (var belay = Belay.on(database.dataSource()).with(mend).open()) {
                belay.worker().start();
                var saga = belay.start(mend, new Draft("TODO: one\nTODO: two\nTODO: three"));
                var mended = saga.await(Duration.ofSeconds(30));
                saga.journal().stream()
                        .filter(entry -> entry.kind() == JournalEntry.Kind.ATTEMPT)
                        .forEach(entry -> System.out.println(entry.seq() + ". " + entry.step()));
                System.out.println("mended: " + mended.text().replace("\n", ", "));
            }
        }
    }
}
