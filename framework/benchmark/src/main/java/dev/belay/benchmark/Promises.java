package dev.belay.benchmark;

import static dev.belay.benchmark.Workload.ACTIVITIES;
import static dev.belay.benchmark.Workload.IDLE;
import static dev.belay.benchmark.Workload.MANY_SAGAS;
import static dev.belay.benchmark.Workload.ONE_SAGA;
import static dev.belay.benchmark.Workload.ONE_STEP;
import static dev.belay.benchmark.Workload.TRANSACTIONAL;
import static dev.belay.benchmark.Workload.UNDO;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** What Belay promises of its speed, judged by the figures of one run. What the run did not measure is left out. */
final class Promises {
    private static final String BELAY = "belay";
    private static final String CEILING = "ceiling";
    private static final Set<String> PEERS = Set.of("dbos", "dbos-queue", "jobrunr", "db-scheduler");

    /**
     * A limit and what was measured.
     *
     * @param limit the most that the figure may be, if {@code atMost}, else the least
     */
    record Promise(Workload workload, String words, boolean atMost, double limit, double figure, String format) {
        boolean holds() {
            return atMost ? figure <= limit : figure >= limit;
        }

        /** For instance {@code >= 8.0 x}. */
        String target() {
            return (atMost ? "<= " : ">= ") + String.format(Locale.ROOT, format, limit);
        }

        String measured() {
            return String.format(Locale.ROOT, format, figure);
        }
    }

    private final Figures figures;
    private final List<Promise> promises = new ArrayList<>();

    private Promises(Figures figures) {
        this.figures = figures;
    }

    /** Those that the figures can tell about. */
    static List<Promise> judge(Figures figures) {
        Promises judged = new Promises(figures);
        judged.atMostTimes(ONE_SAGA, 1.6, CEILING);
        judged.timesAsFast(ONE_SAGA, 1.5, "dbos");
        judged.timesAsFast(ONE_SAGA, 8, "jobrunr");
        judged.timesAsFast(MANY_SAGAS, 8, "dbos");
        judged.timesAsFast(MANY_SAGAS, 20, "dbos-queue");
        judged.timesAsFast(MANY_SAGAS, 20, "jobrunr");
        judged.timesAsFast(MANY_SAGAS, 4, "db-scheduler");
        judged.partOf(MANY_SAGAS, 40, "ceiling's rate", figures.of(MANY_SAGAS, CEILING));
        judged.walBytes(MANY_SAGAS, 600);
        judged.timesAsFastAsBestPeer(ONE_STEP, 4);
        judged.timesAsFast(TRANSACTIONAL, 2, "dbos");
        judged.timesAsFast(ACTIVITIES, 3, "dbos");
        judged.partOf(UNDO, 50, "the rate of many-sagas", figures.of(MANY_SAGAS, BELAY));
        judged.p99(IDLE, 5);
        return List.copyOf(judged.promises);
    }

    private void atMostTimes(Workload workload, double limit, String system) {
        both(
                workload,
                figures.of(workload, system),
                (ours, theirs) -> new Promise(
                        workload,
                        "time of a step, " + system + "'s being 1",
                        true,
                        limit,
                        ours.msPerStep() / theirs.msPerStep(),
                        "%.2f x"));
    }

    private void timesAsFast(Workload workload, double limit, String system) {
        timesAsFast(workload, limit, "as fast as " + system, figures.of(workload, system));
    }

    private void timesAsFastAsBestPeer(Workload workload, double limit) {
        Optional<Measured> best = figures.of(workload).stream()
                .filter(each -> PEERS.contains(each.system()))
                .max(Comparator.comparingDouble(Measured::stepsPerSecond));
        String name = best.map(Measured::system).orElse("none");
        timesAsFast(workload, limit, "as fast as the best peer (" + name + ")", best);
    }

    private void timesAsFast(Workload workload, double limit, String words, Optional<Measured> other) {
        both(
                workload,
                other,
                (ours, theirs) -> new Promise(
                        workload, words, false, limit, ours.stepsPerSecond() / theirs.stepsPerSecond(), "%.1f x"));
    }

    private void partOf(Workload workload, double percent, String words, Optional<Measured> other) {
        both(
                workload,
                other,
                (ours, theirs) -> new Promise(
                        workload,
                        "of " + words,
                        false,
                        percent,
                        100 * ours.stepsPerSecond() / theirs.stepsPerSecond(),
                        "%.0f %%"));
    }

    private void walBytes(Workload workload, double limit) {
        figures.of(workload, BELAY)
                .ifPresent(ours -> promises.add(new Promise(
                        workload, "write-ahead log of a step", true, limit, ours.walBytesPerStep(), "%.0f bytes")));
    }

    private void p99(Workload workload, double limit) {
        figures.latency(workload, BELAY)
                .ifPresent(ours -> promises.add(new Promise(
                        workload, "start to running, p99, in one process", true, limit, ours.p99Ms(), "%.1f ms")));
    }

    private void both(Workload workload, Optional<Measured> other, BiFunction<Measured, Measured, Promise> judgement) {
        Optional<Measured> ours = figures.of(workload, BELAY);
        if (ours.isPresent() && other.isPresent()) {
            promises.add(judgement.apply(ours.get(), other.get()));
        }
    }
}
