package dev.belay;

import dev.belay.StepDefinition.Body;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * Steps that follow one another, while they are being written: a {@link Saga} itself, or a {@link Branch} of it.
 *
 * <p>Steps run in the order they are written. A <em>routed</em> step, one whose code takes its own input, says itself what
 * comes next. Not thread-safe.
 *
 * @param <I> what the steps take: the saga's input, or the item of a branch that is run for each of many
 */
public abstract sealed class Course<I> permits Saga, Branch {
    private final String line;
    private final Class<I> input;

    Course(String line, Class<I> input) {
        this.line = line;
        this.input = Objects.requireNonNull(input, "input");
    }

    abstract Saga<?> saga();

    final String line() {
        return line;
    }

    final Class<I> input() {
        return input;
    }

    /** A step of the chain. Its code runs at least once, with no transaction and no connection held. */
    public <O> Step<I, O> step(String name, Class<O> output, Handlers.Chain<I, O> handler) {
        return add(name, new Body.Chain(handler), input, output);
    }

    /** A routed step: takes its own input and says what comes next. */
    public <T> Step<T, Object> step(String name, Class<T> taken, Handlers.Routed<T> handler) {
        return add(name, new Body.Routed(handler), taken, Object.class);
    }

    /** A routed step whose name and input were given before by {@link Saga#ref}. */
    public <T> Step<T, Object> step(StepRef<T> ref, Handlers.Routed<T> handler) {
        return step(ref.name(), ref.input(), handler);
    }

    /** The step after which the saga only goes forward. */
    public <O> Step<I, O> pivot(String name, Class<O> output, Handlers.Chain<I, O> handler) {
        return step(name, output, handler).kind(StepKind.PIVOT);
    }

    /** A step inside the engine's own transaction: what it writes to this PostgreSQL takes effect exactly once. */
    public <O> Step<I, O> transaction(String name, Class<O> output, Handlers.Transactional<I, O> handler) {
        return add(name, new Body.Transactional(handler), input, output);
    }

    /** A branch for {@link #parallel}, with the same input as these steps. Write its steps, then run it beside others. */
    public Branch<I> branch(String name) {
        return new Branch<>(saga(), name, input);
    }

    /** A branch for {@link #fanOut}, run once for each item: its steps take the item as their input. */
    public <T> Branch<T> forEach(String name, Class<T> item) {
        return new Branch<>(saga(), name, item);
    }

    /** Runs branches side by side and goes on when all have come to their end. Their steps' outputs can be asked for after it. */
    @SafeVarargs
    public final Step<I, Void> parallel(String name, Branch<I>... branches) {
        List<String> lines = new ArrayList<>();
        for (Branch<I> branch : branches) {
            branch.beginBy(name);
            lines.add(branch.line());
        }
        if (lines.isEmpty()) {
            saga().problem("parallel step \"" + name + "\" has no branch");
        }
        return add(name, new Body.Parallel(lines), input, Void.class).kind(StepKind.PURE);
    }

    /**
     * Runs {@code perItem} once for each item and goes on when all have come to their end. The items are recorded when the step
     * begins, so that what is undone later is what was done. At most 32 run at once unless {@link Step#atOnce} says otherwise.
     */
    public <T> Step<I, GroupSummary> fanOut(
            String name, Branch<T> perItem, Handlers.Chain<I, ? extends Collection<? extends T>> items) {
        perItem.beginBy(name);
        return add(name, new Body.FanOut(perItem.line(), perItem.input(), items), input, GroupSummary.class)
                .kind(StepKind.PURE);
    }

    /**
     * Starts a saga of its own and waits for its end; the step returns its result. If the child is undone, the step fails without
     * an effect; if this saga is undone, so is the child, even after it has completed, unless it has passed a pivot of its own. When
     * the time of {@link Step#within} is over, the child is turned back. The newest version of {@code definition} that is known here is
     * started; it need not be given to {@link Belay#on} for itself. A child that waits for an operator is named by
     * {@link SagaView#blockers}; meanwhile this saga waits.
     */
    public <C, R> Step<I, R> child(String name, SagaDefinition<C, R> definition, Handlers.Chain<I, C> childInput) {
        return add(name, new Body.Child(definition, childInput), input, definition.result());
    }

    /** Waits for a time, without a thread or a connection. */
    public Step<I, Void> sleep(String name, Duration duration) {
        return sleep(name, context -> duration);
    }

    /** Waits for the time that {@code duration} says when the step begins. */
    public Step<I, Void> sleep(String name, Handlers.Chain<I, Duration> duration) {
        return add(name, new Body.Sleep(duration), input, Void.class).kind(StepKind.PURE);
    }

    /**
     * Waits for a signal of the step's name, and returns what it brought. A signal that came before is kept for it. Without
     * {@link Step#within} it waits for ever.
     */
    public <S> Step<I, S> signal(String name, Class<S> type) {
        return add(name, new Body.Signal(), input, type).kind(StepKind.PURE);
    }

    /**
     * Waits for a person to approve; {@code question} makes what that person is shown. The first decision counts. A rejection
     * fails the step without an effect, which undoes the saga, unless {@link Step#returningRejections} was said.
     */
    public Step<I, Approval> approval(String name, Handlers.Chain<I, ?> question) {
        return add(name, new Body.Approve(question), input, Approval.class).kind(StepKind.PURE);
    }

    /**
     * Takes semantic locks for the rest of the saga: no other saga gets past a lock step with the same key until this one has ended.
     * All keys are taken, or none. Waits in line, for ever or {@link Step#within} a time; {@link Step#orFail} does not wait.
     */
    public Step<I, Void> lock(String name, Handlers.Chain<I, ? extends Collection<String>> keys) {
        return add(name, new Body.Lock(keys), input, Void.class).kind(StepKind.PURE);
    }

    /** Takes one semantic lock; see {@link #lock(String, Handlers.Chain)}. */
    public Step<I, Void> lockOne(String name, Handlers.Chain<I, String> key) {
        return lock(name, context -> List.of(Objects.requireNonNull(key.run(context), "a lock's key")));
    }

    private <T, O> Step<T, O> add(String name, Body body, Class<T> taken, Class<O> output) {
        return saga().add(new Step<>(saga(), line, name, body, taken, output));
    }
}
