package dev.belay.samples;

import dev.belay.samples.demo.Console;
import dev.belay.samples.demo.MainJob;
import dev.belay.samples.demo.ReportText;
import dev.belay.samples.demo.WorkerRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./belay demo}: kills workers in the middle of their work and shows what the others make of it. */
@Command(
        name = "./belay demo",
        mixinStandardHelpOptions = true,
        usageHelpAutoWidth = true,
        description = {
            "Reviews 100 passages of text by a saga of 100 steps, kills its worker at step 47, and shows that another"
                    + " one goes on and that nothing recorded is done twice. Then a trip is undone, and another one"
                    + " waits for an operator.",
            "Exit status: 0 if every claim held, 1 if one did not or the demo failed, 2 if it was called wrongly."
        })
public final class Demo implements Callable<Integer> {

    @Parameters(
            arity = "0..1",
            paramLabel = "FOLDER",
            description = "The folder whose text files are reviewed; this project's sources unless given.")
    private @Nullable Path folder;

    @Option(names = "--once", description = "End when the report is there, instead of staying up until Ctrl-C.")
    private boolean once;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the report's figures to this file.")
    private @Nullable Path json;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where the demo's database, ledger and logs are kept; what an earlier demo left there is"
                    + " replaced. samples/target/demo unless given.")
    private @Nullable Path data;

    @Option(
            names = "--runtime",
            paramLabel = "NAME",
            defaultValue = "built-in",
            description = "What the workers run steps on: built-in, Belay's own queue, or jobrunr, where each step is a"
                    + " JobRunr job. ${DEFAULT-VALUE} unless given.")
    private String runtime = "";

    /** Set by Ctrl-C: what fails then fails because everything is being ended. */
    private static volatile boolean ending;

    private Demo() {}

    /** Runs the demo. */
    public static void main(String... args) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> ending = true));
        System.exit(new CommandLine(new Demo())
                .setExecutionExceptionHandler((failure, command, parsed) -> failed(failure))
                .execute(args));
    }

    private static int failed(Exception failure) {
        if (ending) {
            return 1;
        }
        if (failure instanceof IllegalArgumentException) {
            System.err.println("belay demo: " + failure.getMessage());
            return 2;
        }
        System.err.println("belay demo: it failed, please look at what follows");
        failure.printStackTrace();
        return 1;
    }

    @Override
    public Integer call() throws IOException, SQLException, InterruptedException {
        var home =
                Path.of(System.getProperty("belay.home", "")).toAbsolutePath().normalize();
        var texts = folder == null ? home : folder;
        var kept = data == null ? home.resolve("samples/target/demo") : data;
        var runsOn = WorkerRuntime.named(runtime);
        var file = json == null ? null : writable(json);
        var console = new Console(System.out);
        console.line("Belay demo: a worker is killed at step 47 of 100, and nothing recorded is done twice");
        console.line("");
        try (var job = MainJob.run(texts, kept, runsOn, console)) {
            ReportText.of(job.report()).forEach(console::line);
            if (file != null) {
                job.report().writeTo(file);
            }
            if (once) {
                console.line("");
                console.line("Without --once the demo stays up, and tells how to look around.");
            } else {
                job.lookAround().forEach(console::line);
                Thread.currentThread().join();
            }
            return job.report().holds() ? 0 : 1;
        }
    }

    /** Said now, not after a minute of work. */
    private static Path writable(Path json) {
        var parent = json.toAbsolutePath().getParent();
        if (parent == null || !Files.isDirectory(parent) || Files.isDirectory(json)) {
            throw new IllegalArgumentException(
                    "\"" + json + "\" cannot be written. Name a file in a folder that is there.");
        }
        return json;
    }
}
