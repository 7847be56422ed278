package dev.belay.benchmark;

/** What a system is asked to do: the same for each of them. */
public enum Workload {
    /** Sagas of 100 steps, one after another: what a step costs. */
    ONE_SAGA("one-saga", "steps", "one saga at a time"),
    /** Many sagas of 10 steps beside each other: how many steps a second. */
    MANY_SAGAS("many-sagas", "steps", "many sagas at once"),
    /** Very many sagas of one step: how many are started and finished a second. */
    ONE_STEP("one-step", "sagas", "of one step, started and finished"),
    /** Sagas whose every step also writes a row of the user's in the same transaction. */
    TRANSACTIONAL("transactional", "steps", "that write a row of yours in the same transaction"),
    /** Durable functions of 20 recorded calls each. */
    ACTIVITIES("activities", "activities", "recorded calls of durable functions"),
    /** Sagas that have done five steps and undo them all; the clock runs from the failure that turns them back. */
    UNDO("undo", "undos", "sagas that all turn back at once"),
    /** From the call that starts a saga until its first step runs, on a system with nothing to do. */
    IDLE("idle", "starts", "with nothing else to do");

    private final String label;
    private final String unit;
    private final String words;

    Workload(String label, String unit, String words) {
        this.label = label;
        this.unit = unit;
        this.words = words;
    }

    /** The name on the command line and in the figures. */
    public String label() {
        return label;
    }

    /** What is counted, in the plural. */
    public String unit() {
        return unit;
    }

    /** What it is, in a few words after the unit. */
    String words() {
        return words;
    }

    /** The label, so that the command line takes and shows it. */
    @Override
    public String toString() {
        return label;
    }
}
