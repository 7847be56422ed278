package dev.belay;

import dev.belay.agent.ModelCall;
import dev.belay.agent.ModelRequest;
import dev.belay.agent.ToolCall;
import dev.belay.agent.ToolRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * What a running step may ask and do. Bound to the step's run; activities without a key belong to the step's own thread,
 * everything else may be called from any thread while the step runs.
 */
public interface StepContext<I> extends SagaData<I> {

    /** The step's name. */
    String step();

    /** The step's place in the saga's course, from 1; a step run three times in a loop has three places. */
    int seq();

    /** How many times this run of the step was begun, from 1. */
    int attempt();

    /** A key that is the same for every attempt of this run of the step: hand it to services that recognise repeated calls. */
    String idempotencyKey();

    /**
     * A number that only grows within the saga's branch: with every claim, and so from an attempt to the next, and from the step to its
     * undo. It keeps a worker that has lost the step from still writing to a database of yours after the step was undone. Write it
     * there in the same transaction as the rest, under a key of what the step changes, such as the saga's id and the step:
     *
     * <pre>{@code
     * insert into fence as f (key, fence) values (?, ?)
     *     on conflict (key) do update set fence = excluded.fence where f.fence <= excluded.fence
     * }</pre>
     *
     * <p>If that changes no row, somebody newer was there: roll back. The undo does the same with its own {@link UndoContext#fence},
     * under the same key, even if it finds nothing to undo.
     */
    long fence();

    /**
     * Runs {@code call} and records what it returns, or returns what an earlier attempt recorded, without running it.
     *
     * <p>The activity is known by its name and how often the name was used before in this run of the step. A failure is thrown
     * as {@link ActivityFailed}. Names hold neither '#' nor ':'.
     */
    <T> T activity(String name, Class<T> type, Callable<T> call);

    /** An activity to be described further: key, undo, acceptance check. Runs when {@link ActivityCall#run} is called. */
    <T> ActivityCall<T> activity(String name, Class<T> type);

    /** A call of a model, known by its name as any activity. Made when {@link ModelCall#run} is called. */
    ModelCall model(String name, ModelRequest request);

    /** A call of a tool, known by its call's id. Made when {@link ToolCall#run} is called. */
    ToolCall tool(ToolRequest request);

    /**
     * Holds an effect back until the saga has passed its pivot. If the saga is undone before that, it never takes place; nor if this
     * step does not succeed, or is undone on the way back to a save-point. What is held back takes place after the pivot's step, in
     * the order held, each at least once; what a step holds back after the pivot takes place right after that step. A step that runs
     * again holds the same effect back once.
     *
     * @throws SagaException if the effect is not registered in the definition, the step runs inside a transaction,
     *     or it only waits
     */
    <D> void defer(Deferred<D> effect, D data);

    /** What failed before, and what was undone, if the saga went back to the save-point that this step is. */
    Optional<Replan> replan();

    /** Whether the step should stop, because its saga was cancelled, its time is over or its lease was lost. */
    boolean shouldStop();

    /** Throws {@link StepStopped} or {@link LeaseLost} if the step should stop. */
    void checkStop();

    /** Says that the step is alive: it may run for another {@code more} from now before it is timed out. */
    void extendTimeout(Duration more);
}
