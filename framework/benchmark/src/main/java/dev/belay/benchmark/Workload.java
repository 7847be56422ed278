package dev.belay.benchmark;

/** What a system is asked to do: the same for each of them. */
public enum Workload {
    /** Sagas of 100 steps, one after another: what a step costs. */
    ONE_SAGA("one-saga", "steps"),
    /** Many sagas of 10 steps beside each other: how many steps a second. */
    MANY_SAGAS("many-sagas", "steps"),
    /** Very many sagas of one step: how many are started and finished a second. */
    ONE_STEP("one-step", "sagas"),
    /** Sagas whose every step also writes a row of the user's in the same transaction. */
    TRANSACTIONAL("transactional", "steps"),
    /** Durable functions of 20 recorded calls each. */
    ACTIVITIES("activities", "activities"),
    /** Sagas that have done five steps and undo them all; the clock runs from the failure that turns them back. */
    UNDO("undo", "undos"),
    /** From the call that starts a saga until its first step runs, on a system with nothing to do. */
    IDLE("idle", "starts");

    private final String label;
    private final String unit;

    Workload(String label, String unit) {
        this.label = label;
        this.unit = unit;
    }

    /** The name on the command line and in the figures. */
    public String label() {
        return label;
    }

    /** What is counted, in the plural. */
    public String unit() {
        return unit;
    }

    /** The label, so that the command line takes and shows it. */
    @Override
    public String toString() {
        return label;
    }
}
