package dev.belay.internal.worker;

import dev.belay.ReplayMismatch;
import dev.belay.Undo;
import dev.belay.Verdict;
import dev.belay.agent.ToolApproval;
import dev.belay.agent.ToolCall;
import dev.belay.agent.ToolDecision;
import dev.belay.agent.ToolRejected;
import dev.belay.agent.ToolRequest;
import dev.belay.internal.coordinator.Awaited;
import dev.belay.internal.coordinator.ToolQuestion;
import dev.belay.internal.journal.Called;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.queue.JobRow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One call of a tool: an activity known by the provider's id of the call, which a person may have to approve. */
final class RecordedToolCall implements ToolCall, Recording<String> {
    private final ForwardContext<?> context;
    private final ToolRequest request;
    private final RecordedActivity<String> activity;
    private @Nullable ToolApproval approval;
    private final String id;
    private String arguments;
    private boolean edited;

    RecordedToolCall(ForwardContext<?> context, ToolRequest request) {
        this.context = context;
        this.request = request;
        this.arguments = request.arguments();
        this.activity = new RecordedActivity<>(context, request.tool(), String.class, this);
        this.id = context.toolCall(request.tool(), request.callId(), Canonical.hash(stored(request.arguments())));
        activity.key(id);
    }

    @Override
    public <D> ToolCall undo(Undo<D> undo, D data) {
        activity.undo(undo, data);
        return this;
    }

    @Override
    public <D> ToolCall undoBy(Undo<D> undo, Function<? super String, ? extends D> data) {
        activity.undoBy(undo, () -> data.apply(arguments));
        return this;
    }

    @Override
    public ToolCall approval(ToolApproval asked) {
        this.approval = asked;
        return this;
    }

    @Override
    public ToolCall atMostOnce() {
        activity.atMostOnce();
        return this;
    }

    @Override
    public ToolCall verify(Callable<Verdict<String>> found) {
        activity.verify(found);
        return this;
    }

    @Override
    public String idempotencyKey() {
        return activity.idempotencyKey();
    }

    @Override
    public String run(Tool tool) {
        return activity.run(() -> tool.call(arguments));
    }

    @Override
    public String requestHash() {
        return Canonical.hash(request.tool() + "\n" + stored(request.arguments()));
    }

    /** As it is stored: what is left out must not tell one call from another. */
    private String stored(String json) {
        return context.payloads().redacted(Canonical.json(json));
    }

    /** A jsonb column takes no NUL. */
    private static String storable(String json) {
        return json.replace("\\u0000", "\\ufffd");
    }

    @Override
    public String difference(JournalRow recorded) {
        String called = recorded.called();
        return called == null
                ? ""
                : "What differs:\n  - recorded: " + Called.of(called).arguments() + "\n  + now:      "
                        + stored(request.arguments()) + "\n";
    }

    @Override
    public String decode(JournalRow row) {
        return Objects.requireNonNull(
                context.payloads().decode(row.output(), String.class, "The recorded result of tool " + request.tool()));
    }

    @Override
    public @Nullable Payload encode(String result) {
        return context.payloads()
                .encode(
                        Objects.requireNonNull(result, "A tool must return its result as a text."),
                        String.class,
                        "The result of tool " + request.tool());
    }

    @Override
    public JournalRow described(JournalRow row, @Nullable String result) {
        return row.calling(
                Called.tool(Canonical.tree(storable(stored(arguments))), edited).json());
    }

    /** What a person was asked and has decided is looked for first; else the step rests until it is. */
    @Override
    public void before() {
        context.payloads().given(Canonical.tree(arguments), "arguments", "The arguments of tool " + request.tool());
        ToolApproval asks = approval;
        if (asks == null) {
            return;
        }
        JobRow job = context.job();
        String key = ToolQuestion.key(job, request.tool(), id);
        List<JournalRow> asked = ToolQuestion.asked(job, context.run().history(), key);
        checkIsTheSame(asked);
        if (asked.isEmpty() && !stored(arguments).equals(Canonical.json(arguments))) {
            throw new dev.belay.SagaException("Tool \"" + request.tool()
                    + "\" cannot be approved: its arguments hold what is never stored, so that they would not be what is executed"
                    + " afterwards. Have it called with a reference to the secret value.");
        }
        Optional<JournalRow> decided =
                asked.isEmpty() ? Optional.empty() : context.runner().message(context.sagaId(), Awaited.tool(key), key);
        if (decided.isPresent()) {
            obey(Objects.requireNonNull(context.payloads()
                    .decode(decided.get().output(), ToolDecision.class, "A decision about tool " + request.tool())));
            return;
        }
        Duration left = left(job, asks.expiry(), asked.isEmpty() ? null : asked.get(0));
        if (left != null && left.isZero()) {
            throw new ToolRejected("Nobody decided about tool \"" + request.tool() + "\" within "
                    + asks.expiry().orElseThrow() + ".");
        }
        Duration toEscalation = left(job, asks.escalation(), asked.isEmpty() ? null : asked.get(asked.size() - 1));
        boolean asksNow = asked.isEmpty() || (toEscalation != null && toEscalation.isZero());
        Duration next = asksNow ? asks.escalation().orElse(null) : toEscalation;
        Duration atMost = left == null || (next != null && next.compareTo(left) < 0) ? next : left;
        ask(key, asksNow ? question(asks, key, asked.size()) : null, atMost);
    }

    private void ask(String key, @Nullable JournalRow row, @Nullable Duration atMost) {
        if (!context.mayRest()) {
            throw new dev.belay.SagaException("Step \"" + context.step()
                    + "\" cannot wait for an approval here: it runs inside a transaction or at most once, or is only asked a"
                    + " question. Call the tool in the code of a step of the chain.");
        }
        throw context.halt(
                new StepRests("Tool \"" + request.tool() + "\" waits to be approved.", Awaited.tool(key), atMost, row));
    }

    private void checkIsTheSame(List<JournalRow> asked) {
        if (asked.isEmpty()) {
            return;
        }
        ToolQuestion first = Objects.requireNonNull(context.payloads()
                .decode(asked.get(0).output(), ToolQuestion.class, "The question about tool " + request.tool()));
        if (!first.hash().equals(requestHash())) {
            throw new ReplayMismatch(
                    "Saga " + context.sagaId() + " asked a person about tool \"" + request.tool()
                            + "\" with other arguments than the code has now.\n  - asked: " + first.arguments()
                            + "\n  + now:   "
                            + stored(request.arguments())
                            + "\nKeep the code that built them until running sagas finish, or retry the step with edited input.");
        }
    }

    private void obey(ToolDecision decision) {
        if (!decision.approved()) {
            throw new ToolRejected(decision.by() + " rejected tool \"" + request.tool() + "\": " + decision.reason());
        }
        decision.edited().ifPresent(given -> {
            arguments = given;
            edited = true;
        });
    }

    private JournalRow question(ToolApproval asks, String key, int level) {
        ToolQuestion asked = new ToolQuestion(
                asks.question(), request.tool(), id, stored(request.arguments()), requestHash(), asks.expiry());
        Payload about = context.payloads().encode(asked, ToolQuestion.class, "A question about a tool");
        return JournalRow.asking(context.job().place(), context.job().attempt(), Awaited.tool(key), level, key, about);
    }

    /** How much of a time was left when the job was claimed; null if there is no end. */
    private static @Nullable Duration left(JobRow job, Optional<Duration> time, @Nullable JournalRow since) {
        if (time.isEmpty()) {
            return null;
        }
        if (since == null) {
            return time.get();
        }
        Instant until = Objects.requireNonNull(since.recordedAt()).plus(time.get());
        return job.runAt().isBefore(until) ? Duration.between(job.runAt(), until) : Duration.ZERO;
    }
}
