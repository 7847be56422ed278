package dev.belay;

/** What a step means for undoing. */
public enum StepKind {
    /** Has an effect; undone if it has an undo. */
    EFFECT,
    /** Only reads, or only asks a model: never undone. */
    PURE,
    /** The step after which the saga only goes forward. */
    PIVOT
}
