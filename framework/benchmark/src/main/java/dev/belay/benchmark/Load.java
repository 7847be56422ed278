package dev.belay.benchmark;

/**
 * How much of a workload one round is.
 *
 * @param sagas started beside each other, but for {@link Workload#ONE_SAGA}, where one follows the end of another
 * @param steps of each saga that are counted; for {@link Workload#ACTIVITIES} the recorded calls of its one step
 */
public record Load(Workload workload, int sagas, int steps) {

    /** How many steps, sagas of one step, activities or undos a round is. */
    public int units() {
        return sagas * steps;
    }
}
