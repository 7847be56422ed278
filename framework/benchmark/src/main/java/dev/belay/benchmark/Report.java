package dev.belay.benchmark;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was measured, as tables while it comes in. */
final class Report {
    private final PrintWriter out;
    private final List<Measured> measured = new ArrayList<>();
    private final List<Latency> latencies = new ArrayList<>();

    Report(PrintWriter out) {
        this.out = out;
    }

    Figures figures() {
        return new Figures(List.copyOf(measured), List.copyOf(latencies));
    }

    void conditions(Conditions conditions) {
        say("%s", conditions.server());
        say("%s", conditions.machine());
        say("%s", conditions.rounds());
        conditions.systems().forEach((system, configuration) -> say("%-14s %s", system, configuration));
        out.flush();
    }

    void measured(Load load, List<Measured> systems) {
        measured.addAll(systems);
        say(
                "%n%s: %,d sagas of %d %s",
                load.workload().label(),
                load.sagas(),
                load.steps(),
                load.workload().unit());
        say(
                "%-14s %9s %10s %9s %8s %8s %10s %9s",
                "system", "ms", "a second", "belay is", "commits", "rows", "WAL bytes", "client us");
        for (Measured m : systems) {
            say(
                    "%-14s %9.3f %,10.0f %9s %8.3f %8.2f %,10.0f %9s",
                    m.system(),
                    m.msPerStep(),
                    m.stepsPerSecond(),
                    times(figures(), m),
                    m.commitsPerStep(),
                    m.rowsPerStep(),
                    m.walBytesPerStep(),
                    clientMicros(m));
        }
        out.flush();
    }

    /** How many times as fast Belay was, for instance {@code 12.3 x}, or a dash where it did not take part. */
    static String times(Figures figures, Measured other) {
        return figures.belayTo(other)
                .map(times -> String.format(Locale.ROOT, "%.2f x", times))
                .orElse("-");
    }

    static String clientMicros(Measured measured) {
        double micros = measured.clientMicrosPerStep();
        return Double.isNaN(micros) ? "-" : String.format(Locale.ROOT, "%.1f", micros);
    }

    void idle(List<Latency> systems) {
        latencies.addAll(systems);
        say("%n%s", Workload.IDLE.label());
        for (Latency l : systems) {
            say(
                    "%-14s begins a saga's first step %.1f ms after its start (p99 %.1f ms, %d starts)",
                    l.system(), l.p50Ms(), l.p99Ms(), l.starts());
        }
        out.flush();
    }

    void promises(List<Promises.Promise> promises) {
        if (promises.isEmpty()) {
            say("%nThis run measured nothing that Belay promises; that takes belay and whom it is compared with.");
        } else {
            say("%nPromises, of what took part");
            say("%-7s %-14s %11s %12s  %s", "", "workload", "promised", "measured", "of what");
            for (Promises.Promise promise : promises) {
                say(
                        "%-7s %-14s %11s %12s  %s",
                        promise.holds() ? "holds" : "BROKEN",
                        promise.workload(),
                        promise.target(),
                        promise.measured(),
                        promise.words());
            }
        }
        out.flush();
    }

    private void say(String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }
}
