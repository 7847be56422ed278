package dev.belay.benchmark;

/**
 * How much of a workload one round is.
 *
 * @param sagas started beside each other, but for {@link Workload#ONE_SAGA}, where one follows the end of another
 * @param steps of each saga that are counted; for {@link Workload#ACTIVITIES} the recorded calls of its one step
 */
public record Load(Workload workload, int sagas, int steps) {

    /** What a round usually is, times {@code scale}. */
    public static Load usual(Workload workload, double scale) {
        return switch (workload) {
            case ONE_SAGA -> scaled(workload, 10 * scale, 100);
            case MANY_SAGAS -> scaled(workload, 2_000 * scale, 10);
            case ONE_STEP -> scaled(workload, 20_000 * scale, 1);
            case TRANSACTIONAL -> scaled(workload, 1_000 * scale, 10);
            case ACTIVITIES -> scaled(workload, 1_000 * scale, 20);
            case UNDO -> scaled(workload, 2_000 * scale, 5);
            case IDLE -> scaled(workload, 200 * scale, 1);
        };
    }

    private static Load scaled(Workload workload, double sagas, int steps) {
        return new Load(workload, Math.max(1, (int) Math.round(sagas)), steps);
    }

    /** How many steps, sagas of one step, activities or undos a round is. */
    public int units() {
        return sagas * steps;
    }
}
