package dev.belay;

import dev.belay.StepDefinition.UndoBody;
import java.time.Duration;
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
    private final Saga<?> saga;
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

    Step(Saga<?> saga, String name, StepDefinition.Body body, Class<I> input, Class<O> output) {
        this.saga = saga;
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

    /** What undoes the step when the saga cannot go on. */
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

    StepDefinition finish(FailurePolicy policyOfSaga) {
        return new StepDefinition(
                name,
                kind,
                body,
                input,
                output,
                Optional.ofNullable(undo),
                retry,
                undoRetry,
                timeout,
                onFailure == null ? policyOfSaga : onFailure,
                goesTo);
    }

    boolean saysWhyWithoutUndo() {
        return withoutUndo != null;
    }
}
