package dev.belay.internal.worker;

import dev.belay.SagaException;
import dev.belay.agent.Budget;
import dev.belay.agent.BudgetReached;
import dev.belay.agent.Message;
import dev.belay.agent.ModelCall;
import dev.belay.agent.ModelReply;
import dev.belay.agent.ModelRequest;
import dev.belay.agent.Price;
import dev.belay.agent.RetryLater;
import dev.belay.agent.Tokens;
import dev.belay.internal.coordinator.Awaited;
import dev.belay.internal.journal.Called;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.SpendTable;
import dev.belay.internal.queue.ActivityEvent;
import dev.belay.internal.queue.PaceTable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One call of a model: an activity whose request is kept as messages of a conversation, and that is paid for. */
final class RecordedModelCall implements ModelCall, Recording<ModelReply> {
    /** Longer than this no thread is held for a turn: the step rests. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);
    private static final int CHARS_A_TOKEN = 4;

    private final ForwardContext<?> context;
    private final ModelRequest request;
    private final RecordedActivity<ModelReply> activity;
    private final ConversationLog log;
    private final List<String> hashes = new ArrayList<>();
    private @Nullable Price price;
    private @Nullable Called asked;

    RecordedModelCall(ForwardContext<?> context, String name, ModelRequest request) {
        this.context = context;
        this.request = request;
        this.log = context.conversation(request.conversation());
        this.activity = new RecordedActivity<>(context, name, ModelReply.class, this);
    }

    @Override
    public ModelCall key(String key) {
        activity.key(key);
        return this;
    }

    @Override
    public ModelCall accept(Consumer<? super ModelReply> check) {
        activity.accept(check);
        return this;
    }

    @Override
    public String idempotencyKey() {
        return activity.idempotencyKey();
    }

    @Override
    public ModelReply run(Callable<ModelReply> call) {
        return activity.run(() -> Objects.requireNonNull(call.call(), "A call of a model must return its reply."));
    }

    // ---- what is asked

    @Override
    public String requestHash() {
        hashes.clear();
        request.messages().forEach(message -> hashes.add(log.hash(stored(message))));
        return Canonical.hash(
                request.provider() + "\n" + request.model() + "\n" + parameters() + "\n" + String.join("\n", hashes));
    }

    private String parameters() {
        return Canonical.json(context.payloads().redacted(request.parameters()));
    }

    /** The message as it is stored: what is left out must not tell one from another. */
    private Message stored(Message message) {
        return new Message(message.role(), context.payloads().redacted(message.json()), message.answers());
    }

    @Override
    public String difference(JournalRow recorded) {
        String called = recorded.called();
        return called == null ? "" : new RequestDiff(log, Called.of(called)).to(request, hashes);
    }

    // ---- before the call

    @Override
    public void before() {
        context.flushAvoided();
        SpendTable.Standing standing = context.runner()
                .untilAnswered(
                        () -> context.runner().books().standing(context.sagaId(), request.provider(), request.model()))
                .orElseThrow(() -> new SagaException("Saga " + context.sagaId() + " is gone; it was purged."));
        price = standing.price();
        checkBudget(standing);
        waitForTurn();
        asked = Called.model(
                request.provider(),
                request.model(),
                request.conversation(),
                Called.ranges(said()),
                placeOfParameters());
    }

    private void checkBudget(SpendTable.Standing standing) {
        Budget own = standing.raised() != null
                ? standing.raised()
                : context.run().known().definition().orElseThrow().budget();
        check("Saga " + context.sagaId(), own, standing.saga(), "Raise it by Operator.raiseBudget, or compensate.");
        own.time().ifPresent(most -> {
            if (standing.age().compareTo(most) >= 0) {
                throw new BudgetReached("Saga " + context.sagaId() + " has taken " + standing.age() + " of the " + most
                        + " that its budget allows. Raise it by Operator.raiseBudget, or compensate.");
            }
        });
        SpendTable.TenantStanding tenant = standing.tenant();
        if (tenant != null) {
            check(
                    "Tenant \"" + tenant.tenant() + "\" this "
                            + (tenant.period() == Budget.Period.DAY ? "day" : "month"),
                    tenant.budget(),
                    tenant.spent(),
                    "Raise it by Belay.agents().tenantBudget and retry, or compensate.");
        }
    }

    private static void check(String who, Budget budget, SpendTable.Spent spent, String wayOut) {
        Optional<String> reached = Optional.empty();
        if (budget.tokens().filter(most -> spent.tokens() >= most).isPresent()) {
            reached = Optional.of(spent.tokens() + " of " + budget.tokens().get() + " tokens");
        } else if (budget.money()
                .filter(most -> spent.money().compareTo(most) >= 0)
                .isPresent()) {
            reached = Optional.of(spent.money().stripTrailingZeros().toPlainString() + " of "
                    + budget.money().get().toPlainString() + " in money");
        } else if (budget.calls().filter(most -> spent.calls() >= most).isPresent()) {
            reached = Optional.of(spent.calls() + " of " + budget.calls().get() + " calls");
        }
        reached.ifPresent(fact -> {
            throw new BudgetReached(who + " has used " + fact + ". " + wayOut);
        });
    }

    private void waitForTurn() {
        while (true) {
            PaceTable.Turn turn = context.runner()
                    .untilAnswered(() ->
                            context.runner().books().turn(request.provider(), request.model(), estimate(), PATIENCE));
            if (!turn.granted() && context.mayRest()) {
                throw context.rest(new StepRests(
                        "Model " + request.provider() + "/" + request.model() + " has no turn for it yet.",
                        Awaited.rate(request.provider() + "/" + request.model()),
                        turn.in(),
                        null));
            }
            Duration pause = turn.granted() || turn.in().compareTo(PATIENCE) < 0 ? turn.in() : PATIENCE;
            context.pause(pause);
            if (turn.granted()) {
                return;
            }
        }
    }

    private long estimate() {
        if (request.estimatedTokens() > 0) {
            return request.estimatedTokens();
        }
        long chars = request.parameters().length();
        for (Message message : request.messages()) {
            chars += message.json().length();
        }
        return Math.max(1, chars / CHARS_A_TOKEN);
    }

    /** The places of the request's messages, of which those are recorded that are new. */
    private List<Integer> said() {
        List<Integer> places = new ArrayList<>();
        int before = -1;
        for (int i = 0; i < hashes.size(); i++) {
            before = place(request.messages().get(i), hashes.get(i), before);
            places.add(before);
        }
        return places;
    }

    private int place(Message message, String hash, int before) {
        synchronized (log) {
            Optional<Integer> found = log.find(hash, before);
            if (found.isPresent()) {
                return found.get();
            }
            boolean recorded = log.isRecordedResult(stored(message));
            Payload content = recorded
                    ? null
                    : context.payloads().given(Canonical.tree(message.json()), "message", "A message to a model");
            return record(message.role(), hash, message.answers().orElse(null), content);
        }
    }

    private @Nullable Integer placeOfParameters() {
        String json = parameters();
        if (json.equals("{}")) {
            return null;
        }
        synchronized (log) {
            String hash = Canonical.hash(ConversationLog.PARAMETERS, json, "");
            Optional<Integer> found = log.find(hash, -1);
            return found.isPresent()
                    ? found.get()
                    : (Integer) record(
                            ConversationLog.PARAMETERS,
                            hash,
                            null,
                            context.payloads().given(Canonical.tree(json), "parameters", "Parameters of a model"));
        }
    }

    private int record(String role, String hash, @Nullable String answers, @Nullable Payload content) {
        int place = log.reserve();
        JournalRow row = JournalRow.said(
                        context.job().place(),
                        context.nextEvent(),
                        context.job().owner(),
                        context.job().fence(),
                        log.name(),
                        place,
                        hash,
                        answers,
                        content)
                .calling(new Called.Said(role).json());
        context.record(new ActivityEvent(context.job(), row));
        return place;
    }

    // ---- after the call

    @Override
    public @Nullable Payload encode(ModelReply result) {
        return context.payloads()
                .given(
                        Canonical.tree(result.message().json()),
                        "message",
                        "The answer of model " + request.provider() + "/" + request.model());
    }

    @Override
    public JournalRow described(JournalRow row, @Nullable ModelReply result) {
        Called called = Objects.requireNonNull(asked);
        if (result == null) {
            return row.calling(called.json());
        }
        Tokens tokens = result.tokens();
        boolean kept = row.output() != null;
        Called answered = called.answered(result, kept ? log.reserve() : -1);
        correctPace(tokens.total() - estimate());
        return row.calling(answered.json()).costing(cost(tokens));
    }

    /** A guess that was wrong delays the next, or lets them come sooner. */
    private void correctPace(long more) {
        if (more != 0) {
            context.quietly(() -> context.runner().books().correct(request.provider(), request.model(), more));
        }
    }

    private @Nullable BigDecimal cost(Tokens tokens) {
        Price known = price;
        if (known == null) {
            return null;
        }
        return BigDecimal.valueOf(tokens.input() - tokens.cached())
                .multiply(known.input())
                .add(BigDecimal.valueOf(tokens.cached()).multiply(known.cached()))
                .add(BigDecimal.valueOf(tokens.output()).multiply(known.output()))
                .divide(MILLION, 12, RoundingMode.HALF_UP)
                .stripTrailingZeros();
    }

    @Override
    public ModelReply decode(JournalRow row) {
        Called called = Called.of(String.valueOf(row.called()));
        Payload output = Objects.requireNonNull(row.output());
        return new ModelReply(
                Message.of(called.answerer(), output.json()),
                called.answeredBy(),
                called.finish() == null ? "" : called.finish(),
                called.tokens());
    }

    @Override
    public void replayed(JournalRow row) {
        context.avoided(new SpendTable.Avoided(
                row,
                request.provider(),
                request.model(),
                Called.of(String.valueOf(row.called())).tokens()));
    }

    @Override
    public void failed(Exception error) {
        Throwable cause = error;
        for (int depth = 0; cause != null && depth < 20; depth++, cause = cause.getCause()) {
            if (cause instanceof RetryLater later) {
                restFor(later);
            }
        }
    }

    private void restFor(RetryLater later) {
        context.runner().untilAnswered(() -> {
            context.runner().books().block(request.provider(), request.model(), later.after());
            return later;
        });
        if (context.mayRest()) {
            throw context.rest(new StepRests(
                    "Model " + request.provider() + "/" + request.model() + " asked to be left alone for "
                            + later.after() + ": " + later.getMessage(),
                    Awaited.rate(request.provider() + "/" + request.model()),
                    later.after(),
                    null));
        }
    }
}
