package dev.belay;

import dev.belay.StepDefinition.Body;
import dev.belay.StepDefinition.UndoBody;
import dev.belay.agent.Budget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A saga definition while it is being written: the steps of its {@link Course}, the branches they run side by side, and what
 * undoes them. It is finished, and checked, by {@link #returns(Class, Handlers.Result)} or one of its siblings. Not thread-safe.
 *
 * @param <I> the input of the saga
 */
public final class Saga<I> extends Course<I> {
    private final String name;
    private final List<Step<?, ?>> steps = new ArrayList<>();
    private final List<StepRef<?>> refs = new ArrayList<>();
    private final List<Branch<?>> branches = new ArrayList<>();
    private final List<Undo<?>> undos = new ArrayList<>();
    private final List<Apart> apart = new ArrayList<>();
    private final List<SagaListener> listeners = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private int version = 1;
    private String queue = "default";
    private FailurePolicy onFailure = FailurePolicy.SUSPEND;
    private @Nullable Duration deadline;
    private Budget budget = Budget.UNLIMITED;
    private boolean finished;

    private record Apart(String step, Class<?> output, Handlers.Compensation<?, ?> handler) {}

    private Saga(String name, Class<I> input) {
        super("", input);
        this.name = name;
    }

    @Override
    Saga<?> saga() {
        return this;
    }

    List<Branch<?>> branches() {
        return branches;
    }

    /** Begins the definition called {@code name}, whose sagas take {@code input}. */
    public static <I> Saga<I> define(String name, Class<I> input) {
        return new Saga<>(Objects.requireNonNull(name, "name"), Objects.requireNonNull(input, "input"));
    }

    /**
     * How much the calls of models in one saga may take. It is looked at before each call; once it is reached the saga is suspended, until
     * an operator raises it ({@link Operator#raiseBudget}) or compensates. Calls under way are let finish.
     */
    public Saga<I> budget(Budget atMost) {
        checkOpen();
        this.budget = atMost;
        return this;
    }

    /** Sets the version, 1 unless set. Raise it with every change of the steps: running sagas keep to the version they began with. */
    public Saga<I> version(int version) {
        checkOpen();
        this.version = version;
        return this;
    }

    /** The queue the jobs of these sagas are claimed from; "default" unless set. */
    public Saga<I> queue(String queue) {
        checkOpen();
        this.queue = queue;
        return this;
    }

    /** What becomes of a saga when a step's retries are used up; {@link FailurePolicy#SUSPEND} unless set. */
    public Saga<I> onFailure(FailurePolicy policy) {
        checkOpen();
        onFailure = policy;
        return this;
    }

    /**
     * How long after its start, by the database's clock, a saga's time is over, unless {@link StartOptions#deadline} says otherwise;
     * for ever unless set. It is undone then, or told of if it has passed its pivot. An operator may extend it.
     */
    public Saga<I> deadline(Duration afterStart) {
        checkOpen();
        if (afterStart.compareTo(Duration.ofMillis(1)) < 0) {
            problem("the deadline must be at least a millisecond after the start, got " + afterStart);
        }
        deadline = afterStart;
        return this;
    }

    /** Tells {@code listener} of the end of each saga, at least once. It runs in a worker process, after the end has committed. */
    public Saga<I> onEnd(SagaListener listener) {
        return onEvent(listener.only(SagaEvent.Type.COMPLETED, SagaEvent.Type.COMPENSATED, SagaEvent.Type.RESOLVED));
    }

    /** Tells {@code listener} of what happens to each saga, at least once: of all types it does not leave out itself. */
    public Saga<I> onEvent(SagaListener listener) {
        checkOpen();
        listeners.add(Webhook.checked(listener));
        return this;
    }

    /** Names a routed step that is written later. */
    public <T> StepRef<T> ref(String name, Class<T> input) {
        checkOpen();
        StepRef<T> ref = new StepRef<>(name, input);
        refs.add(ref);
        return ref;
    }

    /** Registers a compensation under a name, for activities to refer to. */
    public <D> Undo<D> undo(String name, Class<D> data, UndoByData<D> handler) {
        return undo(name, data, (value, context) -> handler.undo(value));
    }

    /** Registers a compensation that also wants to know how the work it undoes had ended. */
    public <D> Undo<D> undo(String name, Class<D> data, Undo.Handler<D> handler) {
        checkOpen();
        Undo<D> undo = new Undo<>(name, data, handler);
        if (undos.stream().anyMatch(other -> other.name().equals(name))) {
            problem("two undos are called \"" + name + "\"; names must differ");
        }
        undos.add(undo);
        return undo;
    }

    /** Undoes what the given data names. */
    @FunctionalInterface
    public interface UndoByData<D> {
        /** Undoes it; may run more than once. */
        void undo(D data) throws Exception;
    }

    /**
     * Registers an effect that steps may hold back by {@link StepContext#defer} until the pivot has passed, retried like a step by
     * {@link RetryPolicy#forSteps()}. One that fails for good suspends the saga, which has to go forward by then.
     */
    public <D> Deferred<D> deferred(String name, Class<D> data, Deferred.Handler<D> handler) {
        return deferred(name, data, RetryPolicy.forSteps(), handler);
    }

    /** Registers an effect that steps may hold back until the pivot has passed, with a retry policy of its own. */
    public <D> Deferred<D> deferred(String name, Class<D> data, RetryPolicy retry, Deferred.Handler<D> handler) {
        Body body = new Body.Deferred(Objects.requireNonNull(handler, "handler"));
        add(new Step<>(this, Deferred.line(name), name, body, data, Void.class))
                .kind(StepKind.PURE)
                .retry(retry)
                .onFailure(FailurePolicy.SUSPEND);
        return new Deferred<>(name, data);
    }

    /** The compensation of a step that is written elsewhere; both the step's name and the type of its output are checked. */
    public <O> Saga<I> compensation(String step, Class<O> output, Handlers.Compensation<I, O> handler) {
        checkOpen();
        apart.add(new Apart(step, output, handler));
        return this;
    }

    /** Finishes the definition; {@code result} makes the saga's result once the last step has run. */
    public <R> SagaDefinition<I, R> returns(Class<R> type, Handlers.Result<I, R> result) {
        return finish(type, result);
    }

    /** Finishes the definition; the saga returns what {@code step} returned. */
    public <R> SagaDefinition<I, R> returns(Step<?, R> step) {
        return finish(step.output(), data -> data.output(step));
    }

    /** Finishes a definition whose routed steps end the saga with a result of type {@code type}. */
    public <R> SagaDefinition<I, R> returns(Class<R> type) {
        return finish(type, null);
    }

    /** Finishes a definition whose sagas return nothing. */
    public SagaDefinition<I, Void> returnsNothing() {
        return finish(Void.class, null);
    }

    <S extends Step<?, ?>> S add(S step) {
        checkOpen();
        steps.add(step);
        return step;
    }

    void problem(String sentence) {
        problems.add(sentence);
    }

    void checkOpen() {
        if (finished) {
            throw new IllegalStateException(
                    "Saga definition \"" + name + "\" is finished and cannot be changed any more; define it anew.");
        }
    }

    private <R> SagaDefinition<I, R> finish(Class<R> type, Handlers.@Nullable Result<I, R> result) {
        checkOpen();
        attachCompensations();
        finished = true;
        List<StepDefinition> finishedSteps =
                steps.stream().map(step -> step.finish(onFailure)).toList();
        SagaDefinition<I, R> definition = new SagaDefinition<>(
                name, version, input(), type, queue, finishedSteps, undos, result, listeners, deadline, budget);
        problems.addAll(Lint.of(definition, steps, refs, branches));
        if (!problems.isEmpty()) {
            throw new DefinitionException(name, problems);
        }
        return definition;
    }

    private void attachCompensations() {
        for (Apart one : apart) {
            Step<?, ?> step = steps.stream()
                    .filter(s -> s.name().equals(one.step()))
                    .findFirst()
                    .orElse(null);
            if (step == null) {
                problem("a compensation is given for step \"" + one.step() + "\", but there is no such step");
            } else if (!step.output().equals(one.output())) {
                problem("the compensation of step \"" + one.step() + "\" expects "
                        + one.output().getSimpleName() + ", but the step returns "
                        + step.output().getSimpleName());
            } else {
                step.undoneBy(new UndoBody.Plain(one.handler()));
            }
        }
    }
}
