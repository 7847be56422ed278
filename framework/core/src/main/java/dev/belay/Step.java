package dev.belay;

import dev.belay.StepDefinition.UndoBody;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A step while its definition is being written, and the typed name by which other steps ask for its output.
 *
 * <p>Can be changed until the definition is finished by one of the {@code returns} methods of {@link Saga}.
 *
 * @param <I> what the step takes: the saga's input for a step of a chain, its own for a routed step
 * @param <O> what it returns
 */
public final class Step<I, O> {
    private static final int ITEMS_AT_ONCE = 32;

    private final Saga<?> saga;
    private final String line;
    private final String name;
    private final StepDefinition.Body body;
    private final Class<I> input;
    private final Class<O> output;
    private StepKind kind = StepKind.EFFECT;
    private @Nullable UndoBody undo;
    private @Nullable String withoutUndo;
    private RetryPolicy retry = RetryPolicy.forSteps();
    private RetryPolicy undoRetry = RetryPolicy.forUndos();
    private Duration timeout = Duration.ofMinutes(10);
    private @Nullable FailurePolicy onFailure;
    private List<String> goesTo = List.of();
    private Handlers.@Nullable Condition<I> onlyIf;
    private @Nullable Duration deadline;
    private boolean atMostOnce;
    private Handlers.@Nullable Verification<I, O> verification;
    private UnknownPolicy onUnknown = UnknownPolicy.SUSPEND;
    private int replans;
    private int atOnce = ITEMS_AT_ONCE;
    private boolean tolerant;
    private boolean stopsSiblings;
    private boolean returnsRejections;
    private @Nullable Duration escalateAfter;
    private boolean failsIfLocked;
    private final List<StepDefinition.Limited> limits = new ArrayList<>();

    Step(Saga<?> saga, String line, String name, StepDefinition.Body body, Class<I> input, Class<O> output) {
        this.saga = saga;
        this.line = line;
        this.name = name;
        this.body = body;
        this.input = input;
        this.output = output;
    }

    /** The step's name. */
    public String name() {
        return name;
    }

    /** The type of its output. */
    public Class<O> output() {
        return output;
    }

    /**
     * What undoes the step when the saga cannot go on. Of a fan-out: what undoes all its items at once, instead of each item's own undo;
     * it finds them in {@link UndoContext#items}, and undoes what their activities did too.
     */
    public Step<I, O> undo(Handlers.Compensation<I, O> handler) {
        return undoneBy(new UndoBody.Plain(Objects.requireNonNull(handler, "handler")));
    }

    /** What undoes the step, inside the engine's own transaction: its writes and its record commit together. */
    public Step<I, O> undoInTransaction(Handlers.TransactionalCompensation<I, O> handler) {
        return undoneBy(new UndoBody.Transactional(Objects.requireNonNull(handler, "handler")));
    }

    Step<I, O> undoneBy(UndoBody body) {
        saga.checkOpen();
        if (undo != null) {
            saga.problem("step \"" + name + "\" has two compensations; keep one");
        }
        undo = body;
        return this;
    }

    /** Says that the step only reads, or only asks a model: it is never undone. */
    public Step<I, O> pure() {
        return kind(StepKind.PURE);
    }

    /** Says why an effect before the pivot needs no undo, which is otherwise refused. */
    public Step<I, O> withoutUndo(String reason) {
        saga.checkOpen();
        withoutUndo = reason;
        return this;
    }

    Step<I, O> kind(StepKind kind) {
        saga.checkOpen();
        this.kind = kind;
        return this;
    }

    /** When the step runs again after a failure; {@link RetryPolicy#forSteps()} unless set. */
    public Step<I, O> retry(RetryPolicy policy) {
        saga.checkOpen();
        retry = policy;
        return this;
    }

    /** When the step's undo, and those of its activities, run again after a failure; {@link RetryPolicy#forUndos()} unless set. */
    public Step<I, O> undoRetry(RetryPolicy policy) {
        saga.checkOpen();
        undoRetry = policy;
        return this;
    }

    /** How long one attempt of the step or of its undo may take before it is stopped; 10 minutes unless set. */
    public Step<I, O> timeout(Duration timeout) {
        saga.checkOpen();
        if (timeout.isZero() || timeout.isNegative()) {
            saga.problem("the timeout of step \"" + name + "\" must be positive, got " + timeout);
        }
        this.timeout = timeout;
        return this;
    }

    /** What becomes of the saga when this step's retries are used up; the definition's policy unless set. */
    public Step<I, O> onFailure(FailurePolicy policy) {
        saga.checkOpen();
        onFailure = policy;
        return this;
    }

    /** The steps a routed step may go to. Going anywhere else is refused, and what nobody goes to is reported at build time. */
    public Step<I, O> goesTo(String... steps) {
        saga.checkOpen();
        goesTo = List.of(steps);
        return this;
    }

    /** Runs the step only if {@code condition} holds; else it is passed by, has no output, and is not undone. */
    public Step<I, O> onlyIf(Handlers.Condition<I> condition) {
        saga.checkOpen();
        onlyIf = condition;
        return this;
    }

    /**
     * How long the step may take, from when it first runs, with all its retries and waits: then it fails for good, by its failure
     * policy. No attempt is begun after it, and a retry that would come later is given up at once; an attempt that runs when the time
     * is over may still succeed. By the database's clock. An operator may extend it ({@link Operator#extendStepDeadline}), and one who
     * retries the failed step gives it the whole time anew.
     */
    public Step<I, O> within(Duration time) {
        saga.checkOpen();
        checkPositive("time within which it is to be done", time);
        deadline = time;
        return this;
    }

    /**
     * Never repeats an attempt that may have had its effect. If the process dies in it, or its time is over, nobody knows the outcome:
     * {@link #verify} is asked, else an operator. One that throws is not tried again either, unless {@link #verify} finds that it had no
     * effect.
     */
    public Step<I, O> atMostOnce() {
        saga.checkOpen();
        atMostOnce = true;
        return this;
    }

    /** Looks for the effect of an attempt of which nobody knows how it ended. */
    public Step<I, O> verify(Handlers.Verification<I, O> found) {
        saga.checkOpen();
        verification = found;
        return this;
    }

    /** What becomes of the saga when nobody knows whether the step took effect; {@link UnknownPolicy#SUSPEND} unless set. */
    public Step<I, O> onUnknown(UnknownPolicy policy) {
        saga.checkOpen();
        onUnknown = policy;
        return this;
    }

    /**
     * Makes the step a save-point: when a later step, or this one, would turn the saga back, it is undone only to before this step,
     * which then runs again and is told of the failure and of what was undone ({@link StepContext#replan}). A saga goes back to it at
     * most {@code maxReplans} times. After that the next failure leads back to the save-point before it, if that allows it, else
     * the whole saga is undone. Only failures lead back to save-points: a cancel, a deadline and an operator undo the whole saga.
     */
    public Step<I, O> savepoint(int maxReplans) {
        saga.checkOpen();
        if (maxReplans < 1) {
            saga.problem("save-point \"" + name + "\" must allow at least 1 replan, got " + maxReplans);
        }
        replans = maxReplans;
        return this;
    }

    /** How many items of a fan-out run at once; 32 unless set. */
    public Step<I, O> atOnce(int items) {
        saga.checkOpen();
        if (items < 1) {
            saga.problem("fan-out \"" + name + "\" must run at least 1 item at once, got " + items);
        }
        if (!(body instanceof StepDefinition.Body.FanOut)) {
            saga.problem("atOnce(…) is for a fan-out, but \"" + name + "\" is none");
        }
        atOnce = items;
        return this;
    }

    /** Lets a fan-out go on without items that failed for good; the summary tells how many. What they did is undone with the saga. */
    public Step<I, O> toleratingFailures() {
        saga.checkOpen();
        if (!(body instanceof StepDefinition.Body.FanOut)) {
            saga.problem("toleratingFailures() is for a fan-out, but \"" + name + "\" is none");
        }
        tolerant = true;
        return this;
    }

    /**
     * Asks the steps that run in other branches to stop when one branch turns the saga back; unless this is said they run to their end
     * first. Either way no further step of theirs begins, and what they did is undone.
     */
    public Step<I, O> stoppingSiblings() {
        saga.checkOpen();
        if (!(body instanceof StepDefinition.Body.FanOut) && !(body instanceof StepDefinition.Body.Parallel)) {
            saga.problem("stoppingSiblings() is for a step that runs branches, but \"" + name + "\" runs none");
        }
        stopsSiblings = true;
        return this;
    }

    /**
     * Makes a rejection an output of the approval, instead of a failure that undoes the saga; and also that nobody decided
     * {@link #within} its time, which then is a rejection by "deadline".
     */
    public Step<I, O> returningRejections() {
        saga.checkOpen();
        returnsRejections = true;
        return this;
    }

    /** Tells listeners once more, one level higher, each time an approval has waited this long. */
    public Step<I, O> escalateAfter(Duration time) {
        saga.checkOpen();
        checkPositive("time after which it escalates", time);
        escalateAfter = time;
        return this;
    }

    /** Fails the step, without an effect, if a lock is taken, instead of waiting for it. */
    public Step<I, O> orFail() {
        saga.checkOpen();
        failsIfLocked = true;
        return this;
    }

    /**
     * Runs the step only while {@code limit} lets it. A step that must wait holds no thread and uses up no retry; its
     * {@link #within time} goes on. Of several limits it needs all, and takes none before it can have all. Undoing the step is not
     * limited.
     */
    public Step<I, O> limit(Limit limit) {
        return limited(new StepDefinition.Limited(limit, Optional.empty()));
    }

    /** Like {@link #limit(Limit)}, but the limit holds for each {@code key} by itself. */
    public Step<I, O> limit(Limit limit, Handlers.LimitKey<I> key) {
        return limited(new StepDefinition.Limited(limit, Optional.of(key)));
    }

    private Step<I, O> limited(StepDefinition.Limited limited) {
        saga.checkOpen();
        boolean waits = !(body instanceof StepDefinition.Body.Chain
                || body instanceof StepDefinition.Body.Routed
                || body instanceof StepDefinition.Body.Transactional);
        if (waits) {
            saga.problem("limit(…) is for a step with code of its own, but \"" + name + "\" only waits");
        }
        limits.add(limited);
        return this;
    }

    private void checkPositive(String what, Duration time) {
        if (time.isZero() || time.isNegative()) {
            saga.problem("the " + what + " of step \"" + name + "\" must be positive, got " + time);
        }
    }

    StepDefinition finish(FailurePolicy policyOfSaga) {
        return new StepDefinition(
                name,
                line,
                kind,
                body,
                input,
                output,
                Optional.ofNullable(undo),
                retry,
                undoRetry,
                timeout,
                onFailure == null ? policyOfSaga : onFailure,
                goesTo,
                new StepDefinition.Rules(
                        Optional.ofNullable(onlyIf),
                        Optional.ofNullable(deadline),
                        atMostOnce,
                        Optional.ofNullable(verification),
                        onUnknown,
                        replans,
                        atOnce,
                        tolerant,
                        returnsRejections,
                        Optional.ofNullable(escalateAfter),
                        failsIfLocked,
                        List.copyOf(limits),
                        stopsSiblings));
    }

    boolean saysWhyWithoutUndo() {
        return withoutUndo != null;
    }
}
