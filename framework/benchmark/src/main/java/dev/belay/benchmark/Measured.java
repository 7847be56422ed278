package dev.belay.benchmark;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * One system on one workload; a unit is a step, a saga of one step, an activity or an undo.
 *
 * @param msPerStep elapsed milliseconds a unit
 * @param stepsPerSecond the same, as a rate
 * @param commitsPerStep transactions the server committed, a unit
 * @param rowsPerStep rows the server inserted, updated and deleted, a unit
 * @param walBytesPerStep bytes of write-ahead log, a unit
 * @param clientMicrosPerStep processor time of the process that does the work, in microseconds a unit; NaN if that is another process
 */
record Measured(
        String workload,
        String system,
        double msPerStep,
        double stepsPerSecond,
        double commitsPerStep,
        double rowsPerStep,
        double walBytesPerStep,
        double clientMicrosPerStep) {

    /** The median of each figure over several rounds. */
    static Measured median(List<Measured> rounds) {
        Measured first = rounds.get(0);
        return new Measured(
                first.workload,
                first.system,
                median(rounds, Measured::msPerStep),
                median(rounds, Measured::stepsPerSecond),
                median(rounds, Measured::commitsPerStep),
                median(rounds, Measured::rowsPerStep),
                median(rounds, Measured::walBytesPerStep),
                median(rounds, Measured::clientMicrosPerStep));
    }

    private static double median(List<Measured> rounds, ToDoubleFunction<Measured> figure) {
        double[] sorted = rounds.stream().mapToDouble(figure).toArray();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
