package dev.belay.benchmark;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Draws the chart of a run that is over. */
@Command(
        name = "chart",
        mixinStandardHelpOptions = true,
        description = "Draws the chart of the figures that --json wrote.")
final class Redraw implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FROM.json", description = "The figures.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path from;

    @Parameters(index = "1", paramLabel = "TO.svg", description = "The chart.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path to;

    @Option(
            names = "--note",
            defaultValue = "",
            description = "A line below the title: where and when it was measured.")
    private String note = "";

    @Override
    public Integer call() throws Exception {
        Chart.write(Figures.read(from), note, to);
        return 0;
    }
}
