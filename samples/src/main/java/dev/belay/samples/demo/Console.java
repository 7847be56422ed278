package dev.belay.samples.demo;

import java.io.PrintStream;
import java.util.Locale;

/** What the demo says: progress with the seconds since its start, so that nobody waits blind, and plain lines. */
public final class Console {

    private final PrintStream out;
    private final long startedAt = System.nanoTime();

    /** Prints to {@code out}. */
    public Console(PrintStream out) {
        this.out = out;
    }

    void progress(String format, Object... values) {
        out.printf(Locale.ROOT, "  %5.1f s  %s%n", seconds(), String.format(Locale.ROOT, format, values));
    }

    /** Prints a line as it is. */
    public void line(String text) {
        out.println(text);
    }

    double seconds() {
        return (System.nanoTime() - startedAt) / 1e9;
    }
}
