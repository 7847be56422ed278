package dev.belay.benchmark;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What was measured, as a table while it comes in and as a file at the end. */
final class Report {
    private final PrintWriter out;
    private final List<Measured> measured = new ArrayList<>();
    private final List<Latency> latencies = new ArrayList<>();

    Report(PrintWriter out) {
        this.out = out;
    }

    void configurations(List<Contender> contenders) {
        for (Contender contender : contenders) {
            out.printf("%-14s %s%n", contender.name(), contender.configuration());
        }
        out.flush();
    }

    void measured(Load load, List<Measured> systems) {
        measured.addAll(systems);
        out.printf(
                "%n%s: %,d sagas of %d %s%n",
                load.workload().label(),
                load.sagas(),
                load.steps(),
                load.workload().unit());
        out.printf(
                "%-14s %8s %9s %10s %9s %8s %8s %10s %9s%n",
                "system", "sagas", "ms", "a second", "to belay", "commits", "rows", "WAL bytes", "client us");
        for (Measured m : systems) {
            out.printf(
                    "%-14s %,8d %9.3f %,10.0f %9.2f %8.3f %8.2f %,10.0f %9.1f%n",
                    m.system(),
                    m.sagas(),
                    m.msPerStep(),
                    m.stepsPerSecond(),
                    m.stepsPerSecond() / systems.get(0).stepsPerSecond(),
                    m.commitsPerStep(),
                    m.rowsPerStep(),
                    m.walBytesPerStep(),
                    m.clientMicrosPerStep());
        }
        out.flush();
    }

    void idle(List<Latency> systems) {
        latencies.addAll(systems);
        out.printf("%n%s%n", Workload.IDLE.label());
        for (Latency l : systems) {
            out.printf(
                    "%-14s begins a saga's first step %.1f ms after its start (p99 %.1f ms, %d starts)%n",
                    l.system(), l.p50Ms(), l.p99Ms(), l.starts());
        }
        out.flush();
    }

    void writeJson(Path file) {
        JsonMapper.builder()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .build()
                .writeValue(
                        file.toFile(),
                        Stream.of(measured, latencies).flatMap(List::stream).toList());
    }
}
