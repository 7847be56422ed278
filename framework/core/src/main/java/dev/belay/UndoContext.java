package dev.belay;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What a compensation knows of the work it undoes.
 *
 * <p>It may be asked to undo work of which nobody knows whether it happened: then {@link #outcome()} is not
 * {@link Outcome#SUCCEEDED} and there is no output. If it finds nothing to undo, it says so by {@link #nothingToUndo()}.
 */
public interface UndoContext<I, O> {

    /** The input of the step being undone; for an activity, the data recorded before the call. */
    I input();

    /** The output of the work being undone. Throws {@link SagaException} unless the outcome is {@link Outcome#SUCCEEDED}. */
    O output();

    /** The output of the work being undone, if it had one. */
    Optional<O> outputIfAny();

    /** How the work being undone had ended. */
    Outcome outcome();

    /** The activities with an undo that the step had begun, oldest first, with what became of each. */
    List<Effect> effects();

    /** Of a fan-out that is undone as a whole: the items that had begun, in their order, whatever became of them. */
    <T> List<T> items(Class<T> type);

    /** Why the saga is being undone. */
    Cause cause();

    /** The failure that turned the saga, if a failure did. */
    Optional<Failure> failure();

    /** The saga's id. */
    UUID sagaId();

    /** The step's name. */
    String step();

    /** The step's place in the saga's course. */
    int seq();

    /** How many times this undo was begun, from 1. */
    int attempt();

    /** A key that is the same for every attempt of this undo. */
    String idempotencyKey();

    /** The key that the work being undone had been given. */
    String idempotencyKeyOfStep();

    /** A number greater than that of every attempt of the step being undone; see {@link StepContext#fence}. */
    long fence();

    /** Records that there was nothing to undo. */
    void nothingToUndo();

    /**
     * One activity of the step that has an undo.
     *
     * @param activity its name
     * @param outcome how the activity had ended
     * @param undone what became of it: "UNDONE", "EMPTY", "FAILED" or "PENDING"
     */
    record Effect(String activity, Outcome outcome, String undone) {}
}
