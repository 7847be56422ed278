package dev.belay.benchmark.studies;

import dev.belay.benchmark.Latency;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Study;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What processes with nothing to do cost, and how soon they notice that there is something. */
@Command(
        name = "idle",
        mixinStandardHelpOptions = true,
        description = {
            "What idle worker processes ask the server, what they and it compute, and how long a saga started in another process",
            "waits for them."
        })
public final class Idling extends Study {
    private static final double MOST_QUERIES = 1.5;
    private static final double MOST_CPU = 0.01;
    private static final double LONGEST_MS = 20;

    @Option(names = "--seconds", defaultValue = "60", description = "How long they idle (${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--settle",
            defaultValue = "15",
            description = "Seconds before that, for their virtual machines to come to rest (${DEFAULT-VALUE}).")
    private int settle;

    @Option(names = "--starts", defaultValue = "200", description = "Starts from another process (${DEFAULT-VALUE}).")
    private int starts;

    @Option(names = "--processes", split = ",", defaultValue = "1,4", description = "Processes (${DEFAULT-VALUE}).")
    private List<Integer> processes = List.of();

    @Override
    protected boolean run(Place place) throws Exception {
        boolean quiet = true;
        for (int number : processes) {
            quiet &= idle(place, number);
        }
        Setup setup = Setup.usual(place.database("across"));
        Latency latency = Across.measure("belay", setup, setup, starts);
        boolean soon = latency.p99Ms() <= LONGEST_MS;
        say(
                "%nFrom a start in another process until the step runs: p50 %.2f ms, p99 %.2f ms over %d starts: %s",
                latency.p50Ms(),
                latency.p99Ms(),
                latency.starts(),
                soon ? "within the promised 20 ms" : "LONGER than the promised 20 ms");
        return quiet && soon;
    }

    private boolean idle(Place place, int number) throws Exception {
        String database = "idle-" + number;
        Setup setup = Setup.usual(place.database(database));
        Statements.logged(place, database);
        List<Child> workers = new ArrayList<>();
        try {
            for (int i = 0; i < number; i++) {
                workers.add(Child.start(WorkerMain.class, setup.words()));
            }
            for (Child worker : workers) {
                worker.hear();
            }
            Thread.sleep(settle * 1000L);
            return measure(place, workers);
        } finally {
            workers.forEach(Child::close);
        }
    }

    private boolean measure(Place place, List<Child> workers) throws Exception {
        double each = seconds * (double) workers.size();
        Statements statements = Statements.from(place);
        Optional<Double> serverBefore = ServerTime.seconds(place);
        double cpuBefore = cpu(workers);
        Thread.sleep(seconds * 1000L);
        double cpu = (cpu(workers) - cpuBefore) / each;
        Optional<Double> server = ServerTime.seconds(place);
        List<Map.Entry<String, Long>> counted = statements.counted();
        double queries = counted.stream().mapToLong(Map.Entry::getValue).sum() / each;
        boolean quiet = queries <= MOST_QUERIES && cpu < MOST_CPU;
        say(
                "%n%d idle %s over %d s: %.2f queries/s each, %.2f %% of a core each%s: %s",
                workers.size(),
                workers.size() == 1 ? "process" : "processes",
                seconds,
                queries,
                100 * cpu,
                server.isEmpty()
                        ? ""
                        : String.format(
                                ", the server %.2f %% for all",
                                100 * (server.get() - serverBefore.orElse(0.0)) / seconds),
                quiet
                        ? "as promised"
                        : "MORE than the promised " + MOST_QUERIES + " queries/s or " + 100 * MOST_CPU + " %");
        counted.forEach(one -> say("  %6.2f/s  %s", one.getValue() / each, one.getKey()));
        return quiet;
    }

    private static double cpu(List<Child> workers) {
        return workers.stream().mapToDouble(Child::cpuSeconds).sum();
    }
}
