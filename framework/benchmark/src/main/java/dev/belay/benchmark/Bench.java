package dev.belay.benchmark;

import dev.belay.benchmark.studies.FanOut;
import dev.belay.benchmark.studies.Idling;
import dev.belay.benchmark.studies.Looks;
import dev.belay.benchmark.studies.Poolers;
import dev.belay.benchmark.studies.Replays;
import dev.belay.benchmark.studies.ScaleOut;
import dev.belay.benchmark.studies.Sleeping;
import dev.belay.benchmark.studies.WaitingCalls;
import dev.belay.benchmark.systems.BelaySystem;
import dev.belay.benchmark.systems.Ceiling;
import dev.belay.benchmark.systems.JobRunrSystem;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures Belay beside other systems and beside the ceiling of the same database, all in one run. */
@Command(
        name = "./belay bench",
        mixinStandardHelpOptions = true,
        description = {
            "Lets Belay, the ceiling of the database under it, and other systems do the same work in turn, and prints the medians.",
            "The commands each answer a question of their own."
        },
        sortOptions = false,
        subcommands = {FanOut.class, Looks.class, Replays.class, Idling.class, WaitingCalls.class, ScaleOut.class, Poolers.class, Sleeping.class})
public final class Bench implements Callable<Integer> {

    @Option(names = "--json", paramLabel = "FILE", description = "Also writes the figures to FILE.")
    private @Nullable Path json;

    @Option(names = "--rounds", defaultValue = "5", description = "Counted rounds of each system (${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "15",
            description = "How long each system works before, but at least two rounds (${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--scale",
            defaultValue = "1",
            description = "How many times the usual number of sagas; 0.1 for a quick look (${DEFAULT-VALUE}).")
    private double scale;

    @Option(names = "--threads", defaultValue = "16", description = "Worker threads (${DEFAULT-VALUE}).")
    private int threads;

    @Option(names = "--starts", defaultValue = "200", description = "Starts in idle (${DEFAULT-VALUE}).")
    private int starts;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "WORKLOAD",
            description =
                    "Only these workloads: one-saga, many-sagas, one-step, transactional, activities, undo, idle.")
    private List<String> only = List.of();

    @Option(
            names = "--systems",
            split = ",",
            paramLabel = "SYSTEM",
            description = "Only these systems, for instance belay,ceiling.")
    private List<String> systems = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    /** Runs the benchmark. */
    public static void main(String... arguments) {
        System.setProperty("logback.configurationFile", "benchmark-logback.xml");
        System.exit(new CommandLine(new Bench()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        List<Workload> workloads = workloads();
        Report report = new Report(out());
        try (Place place = Place.open()) {
            out().println(place.settings());
            Systems contenders = new Systems(place);
            try {
                contenders.open();
                report.configurations(contenders.opened);
                Race race = new Race(contenders.opened, rounds, Duration.ofSeconds(warmUp));
                for (Workload workload : workloads) {
                    if (workload == Workload.IDLE) {
                        report.idle(race.idle(starts));
                    } else {
                        Load load = load(workload);
                        report.measured(load, race.run(load));
                    }
                }
            } finally {
                contenders.close();
            }
        }
        if (json != null) {
            report.writeJson(json);
        }
        return 0;
    }

    private Load load(Workload workload) {
        return switch (workload) {
            case ONE_SAGA -> new Load(workload, scaled(10), 100);
            case MANY_SAGAS -> new Load(workload, scaled(2_000), 10);
            case ONE_STEP -> new Load(workload, scaled(20_000), 1);
            case TRANSACTIONAL -> new Load(workload, scaled(1_000), 10);
            case ACTIVITIES -> new Load(workload, scaled(1_000), 20);
            case UNDO -> new Load(workload, scaled(2_000), 5);
            case IDLE -> new Load(workload, starts, 1);
        };
    }

    private int scaled(int sagas) {
        return Math.max(1, (int) Math.round(sagas * scale));
    }

    private List<Workload> workloads() {
        if (only.isEmpty()) {
            return List.of(Workload.values());
        }
        return only.stream()
                .map(label -> Workload.of(label)
                        .orElseThrow(() -> new ParameterException(
                                spec.commandLine(),
                                "There is no workload \"" + label + "\"; there are " + Workload.labels() + ".")))
                .toList();
    }

    /** Those that were asked for, closed together. */
    private final class Systems {
        private final Place place;
        private final List<Contender> opened = new ArrayList<>();

        Systems(Place place) {
            this.place = place;
        }

        void open() throws Exception {
            List<String> unknown = new ArrayList<>(systems);
            for (Opening opening : List.of(
                    new Opening("belay", () -> BelaySystem.builtIn(place, threads)),
                    new Opening("ceiling", () -> new Ceiling(place)),
                    new Opening("belay-jobrunr", () -> BelaySystem.onJobRunr(place, threads)),
                    new Opening("jobrunr", () -> new JobRunrSystem(place, threads)))) {
                unknown.remove(opening.name);
                if (systems.isEmpty() || systems.contains(opening.name)) {
                    opened.add(opening.how.call());
                }
            }
            if (!unknown.isEmpty()) {
                throw new ParameterException(spec.commandLine(), "There are no systems named " + unknown + ".");
            }
        }

        void close() {
            opened.forEach(Contender::close);
        }
    }

    private record Opening(String name, Callable<Contender> how) {}

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
