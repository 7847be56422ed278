package dev.belay.samples;

import dev.belay.Belay;
import dev.belay.JournalEntry;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.StepRejected;
import dev.belay.samples.model.Message;
import dev.belay.samples.model.ModelClient;
import dev.belay.samples.model.ModelServerControl;
import dev.belay.samples.model.ModelServerProcess;
import dev.belay.samples.model.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An agent in one durable step: every model and tool call in it is an activity, recorded once. A second attempt of the step
 * gets the recorded answers back and goes on where the first one failed; when the saga is undone, so are the tool calls.
 */
public final class AgentLoop {

    private AgentLoop() {}

    /** The definition. The tool's undo is registered, because it may have to run in another process. */
    static SagaDefinition<Drafts, Triage> triage(ModelClient model, Tracker tracker) {
        var saga = Saga.define("triage", Drafts.class);
        var closeTicket = saga.undo("close-ticket", Ticket.class, tracker::close);
        var triage = saga.step("converse", Triage.class, ctx -> {
                    var opened = new ArrayList<Ticket>();
                    for (var draft : ctx.input().texts()) {
                        var ask = ctx.activity("model", Reply.class);
                        var reply = ask.run(
                                () -> model.chat("reviewer-1", List.of(Message.user(draft)), ask.idempotencyKey()));
                        if (reply.text().contains("Markers: 0")) {
                            continue;
                        }
                        var ticket = new Ticket("T-" + (opened.size() + 1), draft);
                        opened.add(ctx.activity("open-ticket", Ticket.class)
                                .undo(closeTicket, ticket)
                                .run(() -> tracker.open(ticket)));
                    }
                    return new Triage(opened);
                })
                .retry(RetryPolicy.fixed(Duration.ofMillis(200)));
        saga.step("hand-over", Triage.class, ctx -> {
            throw new StepRejected(
                    "Nobody is on duty to take " + ctx.output(triage).opened().size() + " tickets.");
        });
        return saga.returns(triage);
    }

    /** Texts to look at. */
    public record Drafts(List<String> texts) {}

    /** A piece of work for a person. */
    public record Ticket(String number, String about) {}

    /** What the agent has found. */
    public record Triage(List<Ticket> opened) {}

    /** The agent's tool, which fails once. */
    static final class Tracker {
        private final Map<String, Ticket> tickets = new ConcurrentSkipListMap<>();
        private final AtomicBoolean failed = new AtomicBoolean();

        Ticket open(Ticket ticket) throws IOException {
            if (tickets.size() == 1 && failed.compareAndSet(false, true)) {
                System.out.println("tool:   the tracker is down, the attempt fails");
                throw new IOException("The tracker is down.");
            }
            tickets.put(ticket.number(), ticket);
            System.out.println("tool:   opened " + ticket.number());
            return ticket;
        }

        void close(Ticket ticket) {
            // The call may never have reached the tracker: closing what is not there is no failure.
            var closed = tickets.remove(ticket.number()) != null;
            System.out.println("undo:   " + (closed ? "closed " : "nothing to close for ") + ticket.number());
        }
    }

    /** Runs the agent over four drafts; its tool fails once, and at the end the saga is undone. */
    public static void main(String... args) throws IOException {
        var drafts =
                new Drafts(List.of("TODO: say why", "A finished text.", "FIXME: wrong date", "TODO: find a title"));
        var ledger = Files.createTempDirectory("belay-sample").resolve("ledger.jsonl");
        try (var database = new SampleDatabase();
                var server = ModelServerProcess.start(ledger, Duration.ofMillis(20))) {
            var triage = triage(ModelClient.at(server.uri()), new Tracker());
            try (var belay = Belay.on(database.dataSource()).with(triage).open()) {
                belay.worker().start();
                var saga = belay.start(triage, drafts);
                var state = saga.awaitSettled(Duration.ofSeconds(30));
                var attempts = saga.journal().stream()
                        .filter(entry -> entry.kind() == JournalEntry.Kind.ATTEMPT
                                && !entry.undoing()
                                && entry.step().equals("converse"))
                        .count();
                var calls = ModelServerControl.at(server.uri()).totals().callsServed();
                System.out.println("state:  " + state + ", because: "
                        + saga.view().failure().orElseThrow().message());
                System.out.println("served: " + calls + " model calls for "
                        + drafts.texts().size() + " drafts in " + attempts + " attempts");
            }
        }
    }
}
