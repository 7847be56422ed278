package dev.belay.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lets systems do the same work in turn, round by round, so that a machine that slows down slows them all. */
final class Race {
    private static final int WARM_UP_ROUNDS = 2;
    private static final Duration IDLE_PAUSE = Duration.ofMillis(50);

    private final List<Contender> contenders;
    private final int rounds;
    private final Duration warmUp;

    Race(List<Contender> contenders, int rounds, Duration warmUp) {
        this.contenders = contenders;
        this.rounds = rounds;
        this.warmUp = warmUp;
    }

    /** The medians of those that can do such work, in the order of the systems. */
    List<Measured> run(Load load) throws Exception {
        List<Contender> able =
                contenders.stream().filter(each -> each.runs(load.workload())).toList();
        for (Contender contender : able) {
            warmUp(contender, load);
        }
        Map<Contender, List<Measured>> measured = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (Contender contender : able) {
                measured.computeIfAbsent(contender, c -> new ArrayList<>()).add(Meter.measure(contender, load));
            }
        }
        return measured.values().stream().map(Measured::median).toList();
    }

    /** Each gets the same time, so that a fast one does more rounds. */
    private void warmUp(Contender contender, Load load) throws Exception {
        long from = System.nanoTime();
        for (int i = 0; i < WARM_UP_ROUNDS || System.nanoTime() - from < warmUp.toNanos(); i++) {
            contender.prepare(load);
            contender.awaitBegin(load);
            contender.run(load);
        }
    }

    /** How long each system, with nothing to do, takes to begin. */
    List<Latency> idle(int starts) throws Exception {
        List<Latency> latencies = new ArrayList<>();
        for (Contender contender : contenders) {
            if (contender.runs(Workload.IDLE)) {
                latencies.add(Latency.of(Workload.IDLE.label(), contender.name(), startsOneByOne(contender, starts)));
            }
        }
        return latencies;
    }

    private static List<Long> startsOneByOne(Contender contender, int starts) throws Exception {
        List<Long> nanos = new ArrayList<>();
        for (int i = -starts / 2; i < starts; i++) {
            Thread.sleep(IDLE_PAUSE.toMillis());
            long took = contender.startToRunning();
            if (i >= 0) {
                nanos.add(took);
            }
        }
        return nanos;
    }
}
