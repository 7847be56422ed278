package dev.belay.benchmark;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A question of its own, asked of a server of its own: a subcommand with its own options. */
public abstract class Study implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public final Integer call() throws Exception {
        try (Place place = Place.open()) {
            say("%s", place.settings());
            return run(place) ? 0 : 1;
        }
    }

    /** Finds the answer and prints it; returns whether it is what Belay promises. */
    protected abstract boolean run(Place place) throws Exception;

    /** Prints a line, formatted as {@link String#format} does. */
    protected final void say(String format, Object... values) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(format + "%n", values);
        out.flush();
    }
}
