package dev.belay.benchmark;

/**
 * How much of a workload one round is.
 *
 * @param sagas started beside each other, but for {@link Workload#ONE_SAGA}, where one follows the end of another
 * @param steps of each saga that are counted; for {@link Workload#ACTIVITIES} the recorded calls of its one step
 */
public record Load(Workload workload, int sagas, int steps) {

    /** As many steps of fewer sagas, but of one at least. */
    Load part(double share) {
        return new Load(workload, Math.max(1, (int) Math.round(sagas * share)), steps);
    }

    /** How many steps, sagas of one step, activities or undos a round is. */
    public int units() {
        return sagas * steps;
    }
}
