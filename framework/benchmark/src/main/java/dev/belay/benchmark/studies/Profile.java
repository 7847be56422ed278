package dev.belay.benchmark.studies;

import dev.belay.benchmark.Contender;
import dev.belay.benchmark.Load;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Study;
import dev.belay.benchmark.Workload;
import dev.belay.benchmark.systems.BelaySystem;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Where the time of a workload goes: Belay alone, under the JDK's flight recorder. */
@Command(
        name = "profile",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Runs Belay alone on one workload with a flight recording and prints where its time, its memory and its waiting went.",
            "The recording stays for JDK Mission Control and the command jfr."
        })
public final class Profile extends Study {
    /** Shorter waits are not recorded: each record would cost about as much as the wait. */
    private static final Duration SHORTEST_WAIT = Duration.ofNanos(100_000);

    private static final List<String> WAITS = List.of(
            "jdk.SocketRead", "jdk.SocketWrite", "jdk.ThreadPark", "jdk.JavaMonitorEnter", "jdk.JavaMonitorWait");

    @Parameters(paramLabel = "WORKLOAD", description = "One of ${COMPLETION-CANDIDATES}.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Workload workload;

    @Option(
            names = "--seconds",
            defaultValue = "20",
            description = "How long it is recorded, but at least one round (${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "15",
            description = "How long it works before, but at least one round (${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--scale",
            defaultValue = "1",
            description = "How many times the usual number of sagas a round (${DEFAULT-VALUE}).")
    private double scale;

    @Option(names = "--threads", defaultValue = "16", description = "Worker threads (${DEFAULT-VALUE}).")
    private int threads;

    @Option(names = "--top", defaultValue = "20", description = "Lines a table (${DEFAULT-VALUE}).")
    private int top;

    @Option(names = "--to", paramLabel = "FILE", description = "The recording (WORKLOAD.jfr).")
    private @Nullable Path file;

    @Override
    protected boolean run(Place place) throws Exception {
        Load load = Load.usual(workload, scale);
        Path recorded = file == null ? Path.of(workload.label() + ".jfr") : file;
        List<Span> rounds = new ArrayList<>();
        try (Contender belay = BelaySystem.builtIn(place, threads)) {
            say("%s: %s", belay.name(), belay.configuration());
            rounds(belay, load, warmUp);
            try (Recording recording = new Recording(Configuration.getConfiguration("profile"))) {
                WAITS.forEach(wait -> recording.enable(wait).withThreshold(SHORTEST_WAIT));
                double serverBefore = ServerTime.seconds(place).orElse(Double.NaN);
                long clientBefore = processorNanos();
                recording.start();
                rounds.addAll(rounds(belay, load, seconds));
                recording.stop();
                double client = (processorNanos() - clientBefore) / 1e9;
                double server = ServerTime.seconds(place).orElse(Double.NaN) - serverBefore;
                recording.dump(recorded);
                tell(load, rounds, client, server);
            }
        }
        Flight flight = Flight.read(recorded, rounds);
        flight.tables(top, (double) rounds.size() * load.units()).forEach(line -> say("%s", line));
        say("%nThe recording is %s", recorded.toAbsolutePath());
        return true;
    }

    private List<Span> rounds(Contender belay, Load load, int seconds) throws Exception {
        List<Span> rounds = new ArrayList<>();
        long from = System.nanoTime();
        do {
            belay.prepare(load);
            Instant begin = Instant.now();
            if (workload == Workload.IDLE) {
                for (int i = 0; i < load.sagas(); i++) {
                    belay.startToRunning();
                }
            } else {
                belay.run(load);
            }
            rounds.add(new Span(begin, Instant.now()));
        } while (System.nanoTime() - from < Duration.ofSeconds(seconds).toNanos());
        return rounds;
    }

    private void tell(Load load, List<Span> rounds, double client, double server) {
        double units = (double) rounds.size() * load.units();
        double elapsed = rounds.stream().mapToDouble(Span::seconds).sum();
        say(
                "%s: %,d rounds of %,d %s in %.1f s: %,.0f a second, %.1f us each of this process's processor time, %.1f us of the server's",
                workload.label(),
                rounds.size(),
                load.units(),
                workload.unit(),
                elapsed,
                units / elapsed,
                client * 1e6 / units,
                server * 1e6 / units);
    }

    private static long processorNanos() {
        return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getProcessCpuTime();
    }

    /** From when to when a round ran; what is recorded between rounds does not count. */
    record Span(Instant from, Instant to) {
        double seconds() {
            return Duration.between(from, to).toNanos() / 1e9;
        }

        boolean contains(Instant time) {
            return !time.isBefore(from) && !time.isAfter(to);
        }
    }
}
