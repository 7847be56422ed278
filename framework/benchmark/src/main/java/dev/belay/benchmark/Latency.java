package dev.belay.benchmark;

import java.util.List;

/**
 * How long an idle system takes from the call that starts a saga until its first step runs.
 *
 * @param starts how many were measured
 */
public record Latency(String workload, String system, int starts, double p50Ms, double p99Ms) {

    /** Of starts whose latencies are given in nanoseconds. */
    public static Latency of(String workload, String system, List<Long> nanos) {
        List<Long> sorted = nanos.stream().sorted().toList();
        return new Latency(workload, system, sorted.size(), rank(sorted, 0.50), rank(sorted, 0.99));
    }

    private static double rank(List<Long> sorted, double part) {
        return sorted.get((int) Math.ceil(part * sorted.size()) - 1) / 1e6;
    }
}
