package dev.belay;

import java.util.List;
import java.util.Optional;

/**
 * What a cancel would do to a saga as it stands now. The saga may have moved on by the time somebody decides: hand
 * {@link SagaView#version()} to {@link Operator#expecting} to be sure.
 *
 * @param cancellable whether a cancel would be accepted
 * @param why why not, or what would hold it up; empty if nothing does
 * @param undone what would be undone, in the order of {@link Planned#wave}
 * @param kept what would stay as it is
 */
public record UndoForecast(boolean cancellable, Optional<String> why, List<Planned> undone, List<Kept> kept) {

    /**
     * One thing that would be undone.
     *
     * @param wave its turn, from 0: what has the same number may be undone at the same time, smaller ones come first; 0 is what still
     *     runs and would be waited for
     * @param what what it is
     * @param branch the branch it ran in; 0 for the saga's own steps
     * @param seq the step's place in its branch
     * @param step the step
     * @param activity the activity, if it is one
     * @param outcome how it had ended; unknown for what still runs
     * @param failed whether its undo has failed for good and would need an operator again
     */
    public record Planned(
            int wave,
            What what,
            int branch,
            int seq,
            String step,
            Optional<String> activity,
            Outcome outcome,
            boolean failed) {}

    /**
     * One thing that would stay as it is.
     *
     * @param why why it would
     */
    public record Kept(int branch, int seq, String step, String why) {}

    /** What can be undone. */
    public enum What {
        /** A step, by its own undo. */
        STEP,
        /** An activity of a step, by the undo it was recorded with. */
        ACTIVITY,
        /** A child saga, by undoing it. */
        CHILD
    }
}
