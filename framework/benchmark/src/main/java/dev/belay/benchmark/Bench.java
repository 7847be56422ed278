package dev.belay.benchmark;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.embedded.LocalPostgres;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Measures Belay beside the ceiling of the same database, and on JobRunr beside JobRunr alone, in the same run. */
@Command(
        name = "./belay bench",
        mixinStandardHelpOptions = true,
        description = "Measures what a step costs, beside bare JDBC writing the same rows in the same run;"
                + " on JobRunr, beside JobRunr alone.",
        sortOptions = false)
public final class Bench implements Callable<Integer> {
    static final int STEPS_OF_ONE = 100;
    static final int STEPS_OF_MANY = 10;
    private static final int ONE_AFTER_ANOTHER = 10;
    /** A JobRunr job costs so much more than a step does that JobRunr is given a part of the work. */
    private static final int PART_FOR_JOBRUNR = 5;

    private static final int WARM_UP_OF_JOBRUNR = 3;
    private static final Duration IDLE_PAUSE = Duration.ofMillis(50);
    private static final String ONE = "one-saga";
    private static final String MANY = "many-sagas";
    private static final String FAN_OUT = "fan-out";
    private static final String IDLE = "idle";
    private static final String REPLAY = "replay";
    private static final String DASHBOARD = "dashboard";
    private static final List<String> WORKLOADS = List.of(ONE, MANY, FAN_OUT, IDLE, REPLAY, DASHBOARD);
    private static final List<String> PRINTED_SETTINGS = List.of(
            "server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size");

    @Option(names = "--json", paramLabel = "FILE", description = "Also writes the figures to FILE.")
    private @Nullable Path json;

    @Option(
            names = "--rounds",
            defaultValue = "7",
            description = "Counted rounds of each; medians are shown (${DEFAULT-VALUE}).")
    private int rounds;

    @Option(names = "--warm-up", defaultValue = "12", description = "Rounds before those (${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(names = "--sagas", defaultValue = "2000", description = "Sagas in many-sagas (${DEFAULT-VALUE}).")
    private int sagas;

    @Option(names = "--items", defaultValue = "10000", description = "Items in fan-out (${DEFAULT-VALUE}).")
    private int items;

    @Option(names = "--threads", defaultValue = "16", description = "Worker threads (${DEFAULT-VALUE}).")
    private int threads;

    @Option(names = "--starts", defaultValue = "200", description = "Starts in idle (${DEFAULT-VALUE}).")
    private int starts;

    @Option(
            names = "--only",
            paramLabel = "WORKLOAD",
            description =
                    "Only this workload: one-saga, many-sagas, fan-out, idle, replay, or dashboard, which takes minutes and runs only if"
                            + " it is named.")
    private @Nullable String only;

    @Option(
            names = "--ended",
            defaultValue = "1000000",
            description = "Ended sagas that the dashboard looks at (${DEFAULT-VALUE}).")
    private int ended;

    @Option(
            names = "--open",
            defaultValue = "10000",
            description = "Open sagas that the dashboard looks at (${DEFAULT-VALUE}).")
    private int open;

    @Option(
            names = "--requests",
            defaultValue = "60",
            description = "How often each page of the dashboard is asked for (${DEFAULT-VALUE}).")
    private int requests;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    /** Runs the benchmark. */
    public static void main(String... arguments) {
        System.exit(new CommandLine(new Bench()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        if (only != null && !WORKLOADS.contains(only)) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "There is no workload \"" + only + "\"; there are " + WORKLOADS + ".");
        }
        Path folder = Files.createTempDirectory("belay-bench");
        List<Measured> results = new ArrayList<>();
        List<Latency> latencies = new ArrayList<>();
        try (LocalPostgres server = LocalPostgres.in(folder).durable(true).start()) {
            print(server);
            if (only == null || only.equals(REPLAY)) {
                new Replays(server.dataSource(), out()).run();
            }
            if (DASHBOARD.equals(only)) {
                new Looks(server.dataSource(), ended, open, requests, out()).run();
                return 0;
            }
            if (only == null || only.equals(ONE)) {
                results.addAll(one(server.dataSource()));
                results.addAll(oneOnJobRunr(server.dataSource()));
            }
            if (only == null || only.equals(MANY)) {
                results.addAll(many(server.dataSource()));
                results.addAll(manyOnJobRunr(server.dataSource()));
            }
            if (only == null || only.equals(FAN_OUT)) {
                results.addAll(fanOut(server.dataSource()));
            }
            if (only == null || only.equals(IDLE)) {
                latencies.addAll(idle(server.dataSource()));
            }
        } finally {
            delete(folder);
        }
        print(results, latencies);
        if (json != null) {
            JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build()
                    .writeValue(
                            json.toFile(),
                            Stream.of(results, latencies).flatMap(List::stream).toList());
        }
        return 0;
    }

    private List<Measured> one(DataSource server) throws Exception {
        try (HikariDataSource pool = pool(server, threads + 16);
                Ours ours = Ours.builtIn(pool, threads)) {
            Ceiling ceiling = new Ceiling(pool);
            return compare(
                    ONE,
                    ONE_AFTER_ANOTHER * STEPS_OF_ONE,
                    new Meter(pool),
                    () -> repeat(ONE_AFTER_ANOTHER, ours::oneSaga),
                    () -> repeat(ONE_AFTER_ANOTHER, () -> ceiling.oneSaga(STEPS_OF_ONE)));
        }
    }

    private List<Measured> many(DataSource server) throws Exception {
        try (HikariDataSource pool = pool(server, threads + 16);
                Ours ours = Ours.builtIn(pool, threads)) {
            Ceiling ceiling = new Ceiling(pool);
            return compare(
                    MANY,
                    sagas * STEPS_OF_MANY,
                    new Meter(pool),
                    () -> ours.manySagas(sagas),
                    () -> ceiling.manySagas(sagas, STEPS_OF_MANY));
        }
    }

    private List<Measured> oneOnJobRunr(DataSource server) throws Exception {
        int chains = ONE_AFTER_ANOTHER / PART_FOR_JOBRUNR;
        try (HikariDataSource pool = pool(server, threads + 16);
                Ours ours = Ours.onJobRunr(pool, threads);
                HikariDataSource peersPool = pool(server, threads + 16);
                PlainJobRunr peer = new PlainJobRunr(peersPool, threads)) {
            return compareOnJobRunr(
                    ONE,
                    chains * STEPS_OF_ONE,
                    new Meter(pool),
                    () -> repeat(chains, ours::oneSaga),
                    peer,
                    () -> peer.run(1, chains * STEPS_OF_ONE));
        }
    }

    private List<Measured> manyOnJobRunr(DataSource server) throws Exception {
        int part = Math.max(1, sagas / PART_FOR_JOBRUNR);
        try (HikariDataSource pool = pool(server, threads + 16);
                Ours ours = Ours.onJobRunr(pool, threads);
                HikariDataSource peersPool = pool(server, threads + 16);
                PlainJobRunr peer = new PlainJobRunr(peersPool, threads)) {
            return compareOnJobRunr(
                    MANY,
                    part * STEPS_OF_MANY,
                    new Meter(pool),
                    () -> ours.manySagas(part),
                    peer,
                    () -> peer.run(part, STEPS_OF_MANY));
        }
    }

    private List<Latency> idle(DataSource server) throws Exception {
        List<Latency> latencies = new ArrayList<>();
        try (HikariDataSource pool = pool(server, threads + 16)) {
            try (Ours ours = Ours.builtIn(pool, threads)) {
                latencies.add(Latency.of(IDLE, "belay", startsOneByOne(ours)));
            }
            try (Ours ours = Ours.onJobRunr(pool, threads)) {
                latencies.add(Latency.of(IDLE, "belay-jobrunr", startsOneByOne(ours)));
            }
        }
        return latencies;
    }

    private List<Long> startsOneByOne(Ours ours) throws InterruptedException {
        List<Long> nanos = new ArrayList<>();
        for (int i = -starts / 2; i < starts; i++) {
            Thread.sleep(IDLE_PAUSE.toMillis());
            long took = ours.startToRunning();
            if (i >= 0) {
                nanos.add(took);
            }
        }
        return nanos;
    }

    private List<Measured> fanOut(DataSource server) throws Exception {
        try (HikariDataSource pool = pool(server, threads + 16);
                Ours ours = Ours.builtIn(pool, threads)) {
            Meter meter = new Meter(pool);
            List<Measured> forward = new ArrayList<>();
            List<Measured> undo = new ArrayList<>();
            for (int i = -Math.min(2, warmUp); i < rounds; i++) {
                Measured there = meter.measure(FAN_OUT, "belay", items, () -> ours.fanOutForward(items));
                Measured back = meter.measure(FAN_OUT, "undo", items, ours::fanOutUndo);
                if (i >= 0) {
                    forward.add(there);
                    undo.add(back);
                }
            }
            return List.of(Measured.median(forward), Measured.median(undo));
        }
    }

    private static HikariDataSource pool(DataSource dataSource, int size) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(dataSource);
        config.setMaximumPoolSize(size);
        return new HikariDataSource(config);
    }

    /** One saga is over too soon to be measured alone. */
    private static void repeat(int times, Meter.Work work) throws Exception {
        for (int i = 0; i < times; i++) {
            work.run();
        }
    }

    /** Both systems in turn, round by round, so that a machine that slows down slows both. */
    private List<Measured> compare(String workload, int steps, Meter meter, Meter.Work ours, Meter.Work ceiling)
            throws Exception {
        for (int i = 0; i < warmUp; i++) {
            ours.run();
            ceiling.run();
        }
        List<Measured> us = new ArrayList<>();
        List<Measured> bare = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            us.add(meter.measure(workload, "belay", steps, ours));
            bare.add(meter.measure(workload, "ceiling", steps, ceiling));
        }
        return List.of(Measured.median(us), Measured.median(bare));
    }

    /** The same for Belay on JobRunr and JobRunr alone, whose first job is there before the clock runs. */
    private List<Measured> compareOnJobRunr(
            String workload, int steps, Meter meter, Meter.Work ours, PlainJobRunr peer, Meter.Work alone)
            throws Exception {
        List<Measured> us = new ArrayList<>();
        List<Measured> them = new ArrayList<>();
        for (int i = -Math.min(WARM_UP_OF_JOBRUNR, warmUp); i < rounds; i++) {
            Measured ofUs = meter.measure(workload, "belay-jobrunr", steps, ours);
            peer.standBy();
            Measured ofThem = meter.measure(workload, "jobrunr", steps, alone);
            if (i >= 0) {
                us.add(ofUs);
                them.add(ofThem);
            }
        }
        return List.of(Measured.median(us), Measured.median(them));
    }

    private void print(LocalPostgres server) {
        Map<String, String> settings = server.settings();
        StringBuilder line = new StringBuilder("PostgreSQL with its default settings:");
        PRINTED_SETTINGS.forEach(
                name -> line.append(' ').append(name).append('=').append(settings.getOrDefault(name, "?")));
        out().println(line);
        out().printf(
                        "%s: a saga of %d steps, %d of them one after another. %s: %,d sagas of %d steps, %d threads. Medians of %d rounds after %d to warm up.%n",
                        ONE, STEPS_OF_ONE, ONE_AFTER_ANOTHER, MANY, sagas, STEPS_OF_MANY, threads, rounds, warmUp);
        out().println(
                        "fan-out: one saga of one-step items, 32 at once, then undone. ceiling: the same rows by bare JDBC, one commit a step for one saga, 100 sagas a statement for many.");
        out().printf(
                        "belay-jobrunr: each step a JobRunr job. jobrunr: JobRunr alone, each job enqueues the next, started inside a job so that its poll of 5 s is not counted. Both get less to do: %d sagas one after another, %,d sagas of %d steps.%n",
                        ONE_AFTER_ANOTHER / PART_FOR_JOBRUNR, Math.max(1, sagas / PART_FOR_JOBRUNR), STEPS_OF_MANY);
        out().flush();
    }

    private void print(List<Measured> results, List<Latency> latencies) {
        if (!results.isEmpty()) {
            print(results);
        }
        for (Latency l : latencies) {
            out().printf(
                            "%s: %s runs the first step of a saga %.1f ms after its start (p99 %.1f ms, %d starts)%n",
                            l.workload(), l.system(), l.p50Ms(), l.p99Ms(), l.starts());
        }
        out().flush();
    }

    private void print(List<Measured> results) {
        out().println();
        out().printf(
                        "%-11s %-13s %8s %10s %13s %9s %10s%n",
                        "workload", "system", "ms/step", "steps/s", "commits/step", "rows/step", "WAL B/step");
        for (Measured m : results) {
            out().printf(
                            "%-11s %-13s %8.3f %,10.0f %13.3f %9.2f %10.0f%n",
                            m.workload(),
                            m.system(),
                            m.msPerStep(),
                            m.stepsPerSecond(),
                            m.commitsPerStep(),
                            m.rowsPerStep(),
                            m.walBytesPerStep());
        }
        out().println();
        for (int i = 0; i + 1 < results.size(); i += 2) {
            Measured us = results.get(i);
            Measured bare = results.get(i + 1);
            if (us.workload().equals(FAN_OUT)) {
                out().printf(
                                "%s: %,d items in %.2f s, undone in %.2f s%n",
                                FAN_OUT, items, us.msPerStep() * items / 1000, bare.msPerStep() * items / 1000);
                continue;
            }
            boolean one = us.workload().equals(ONE);
            String beside = bare.system().equals("ceiling") ? "the ceiling" : "JobRunr alone";
            out().printf(
                            one
                                    ? "%s: %s takes %.2f times what %s takes a step%n"
                                    : "%s: %s does %.2f times the steps a second of %s%n",
                            us.workload(),
                            us.system(),
                            one ? us.msPerStep() / bare.msPerStep() : us.stepsPerSecond() / bare.stepsPerSecond(),
                            beside);
        }
        out().flush();
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
