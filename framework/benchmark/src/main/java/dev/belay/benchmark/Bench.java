package dev.belay.benchmark;

import dev.belay.benchmark.studies.FanOut;
import dev.belay.benchmark.studies.Idling;
import dev.belay.benchmark.studies.Looks;
import dev.belay.benchmark.studies.Poolers;
import dev.belay.benchmark.studies.Profile;
import dev.belay.benchmark.studies.Replays;
import dev.belay.benchmark.studies.ScaleOut;
import dev.belay.benchmark.studies.Sleeping;
import dev.belay.benchmark.studies.WaitingCalls;
import dev.belay.benchmark.systems.BelaySystem;
import dev.belay.benchmark.systems.Ceiling;
import dev.belay.benchmark.systems.JobRunrSystem;
import dev.belay.benchmark.systems.PgBench;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
        subcommands = {
            FanOut.class, Idling.class, Looks.class, Micro.class, Poolers.class, Profile.class, Redraw.class, Replays.class,
            ScaleOut.class, Sleeping.class, WaitingCalls.class
        })
public final class Bench implements Callable<Integer> {

    @Option(names = "--json", paramLabel = "FILE", description = "Also writes the figures to FILE.")
    private @Nullable Path json;

    @Option(
            names = "--markdown",
            paramLabel = "FILE",
            description = "Also writes tables, with the machine and all settings, to FILE.")
    private @Nullable Path markdown;

    @Option(names = "--chart", paramLabel = "FILE", description = "Also draws the figures as an SVG to FILE.")
    private @Nullable Path chart;

    @Option(names = "--check", description = "Fails if a promise is broken, or if none was measured.")
    private boolean check;

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
            description = "Only these workloads: ${COMPLETION-CANDIDATES}.")
    private List<Workload> only = List.of();

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
        List<Workload> workloads = only.isEmpty() ? List.of(Workload.values()) : only;
        Report report = new Report(out());
        Conditions conditions;
        try (Place place = Place.open()) {
            Systems contenders = new Systems(place);
            try {
                contenders.open();
                conditions = Conditions.of(place, contenders.opened, rounds, warmUp, scale);
                report.conditions(conditions);
                Race race = new Race(contenders.opened, rounds, Duration.ofSeconds(warmUp));
                for (Workload workload : workloads) {
                    if (workload == Workload.IDLE) {
                        report.idle(race.idle(starts));
                    } else {
                        Load load = Load.usual(workload, scale);
                        report.measured(load, race.run(load));
                    }
                }
            } finally {
                contenders.close();
            }
        }
        Figures figures = report.figures();
        List<Promises.Promise> promises = Promises.judge(figures);
        report.promises(promises);
        write(figures, conditions);
        boolean kept = !promises.isEmpty() && promises.stream().allMatch(Promises.Promise::holds);
        return check && !kept ? 1 : 0;
    }

    private void write(Figures figures, Conditions conditions) throws IOException {
        if (json != null) {
            figures.write(json);
        }
        if (markdown != null) {
            Files.writeString(markdown, Markdown.of(conditions, figures, scale));
        }
        if (chart != null) {
            Chart.write(figures, conditions.machine(), chart);
        }
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
            List<Opening> openings = new ArrayList<>(List.of(
                    new Opening("belay", () -> BelaySystem.builtIn(place, threads)),
                    new Opening("ceiling", () -> new Ceiling(place)),
                    new Opening("belay-jobrunr", () -> BelaySystem.onJobRunr(place, threads)),
                    new Opening("jobrunr", () -> new JobRunrSystem(place, threads))));
            Optional<Path> pgbench = PgBench.program();
            if (pgbench.isPresent()) {
                openings.add(2, new Opening("pgbench", () -> new PgBench(place, pgbench.get())));
            } else {
                unknown.remove("pgbench");
                out().println("pgbench takes no part: it is not on the PATH.");
            }
            for (Opening opening : openings) {
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
