package dev.belay.benchmark;

import java.util.List;
import java.util.Locale;

/** A run as a page of tables, with what is needed to judge them and to repeat it. */
final class Markdown {
    private final StringBuilder text = new StringBuilder();

    private Markdown() {}

    static String of(Conditions conditions, Figures figures, double scale) {
        Markdown page = new Markdown();
        page.conditions(conditions);
        for (Workload workload : Workload.values()) {
            List<Measured> measured = figures.of(workload);
            if (!measured.isEmpty()) {
                page.measured(Load.usual(workload, scale), measured, figures);
            }
        }
        if (!figures.latencies().isEmpty()) {
            page.latencies(figures.latencies());
        }
        List<Promises.Promise> promises = Promises.judge(figures);
        if (!promises.isEmpty()) {
            page.promises(promises);
        }
        return page.text.toString();
    }

    private void conditions(Conditions conditions) {
        line("- %s", conditions.machine());
        line("- %s", conditions.server());
        line("- %s", conditions.rounds());
        conditions.systems().forEach((system, configuration) -> line("- `%s`: %s", system, configuration));
    }

    private void measured(Load load, List<Measured> systems, Figures figures) {
        line("");
        line(
                "### %s: %,d sagas of %d %s",
                load.workload().label(),
                load.sagas(),
                load.steps(),
                load.workload().unit());
        line("");
        line("| system | a second | ms | belay is | commits | rows | WAL bytes | client CPU µs |");
        line("|---|---:|---:|---:|---:|---:|---:|---:|");
        for (Measured m : systems) {
            line(
                    "| %s | %,.0f | %.3f | %s | %.3f | %.2f | %,.0f | %s |",
                    m.system(),
                    m.stepsPerSecond(),
                    m.msPerStep(),
                    Report.times(figures, m),
                    m.commitsPerStep(),
                    m.rowsPerStep(),
                    m.walBytesPerStep(),
                    Report.clientMicros(m));
        }
    }

    private void latencies(List<Latency> latencies) {
        line("");
        line("### From the call that starts a saga until its first step runs");
        line("");
        line("| workload | system | p50 ms | p99 ms | starts |");
        line("|---|---|---:|---:|---:|");
        for (Latency l : latencies) {
            line("| %s | %s | %.1f | %.1f | %,d |", l.workload(), l.system(), l.p50Ms(), l.p99Ms(), l.starts());
        }
    }

    private void promises(List<Promises.Promise> promises) {
        line("");
        line("### Promises");
        line("");
        line("| workload | of what | promised | measured | |");
        line("|---|---|---:|---:|---|");
        for (Promises.Promise promise : promises) {
            line(
                    "| %s | %s | %s | %s | %s |",
                    promise.workload(),
                    promise.words(),
                    promise.target().replace("<=", "≤").replace(">=", "≥"),
                    promise.measured(),
                    promise.holds() ? "holds" : "**broken**");
        }
    }

    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
