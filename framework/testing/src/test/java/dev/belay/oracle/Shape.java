package dev.belay.oracle;

import java.util.List;

/** A saga definition as the oracle knows it. */
record Shape(String name, List<Step> steps, boolean hasDeadline) {

    /** What a step means for undoing, and where its activity stands. */
    enum Kind {
        EFFECT,
        PURE,
        PIVOT
    }

    /** Where a step's one activity with an undo is. */
    enum Activity {
        NONE,
        /** It has run when the step waits for its verdict. */
        BEFORE,
        /** The verdict is the activity's own, and the step passes it on. */
        AROUND
    }

    /**
     * One step of the chain.
     *
     * @param tries how many attempts it has
     * @param undoTries how many attempts its undo, and its activity's, have
     * @param compensates whether the saga is undone, and not suspended, when its retries are used up
     */
    record Step(
            String name, Kind kind, boolean undo, Activity activity, int tries, int undoTries, boolean compensates) {
        boolean isPivot() {
            return kind == Kind.PIVOT;
        }
    }

    Step step(int seq) {
        return steps.get(seq - 1);
    }
}
