package dev.belay.samples.demo;

import dev.belay.samples.review.Passages;
import dev.belay.samples.review.ReviewSaga;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

/** The demo from beginning to end. The processes it started run on until {@link #close()}. */
public final class MainJob implements AutoCloseable {

    private final Stage stage;
    private final DemoReport report;

    private MainJob(Stage stage, DemoReport report) {
        this.stage = stage;
        this.report = report;
    }

    /**
     * Plays all scenes.
     *
     * @param texts the folder to be reviewed
     * @param data where the demo keeps its database, ledger and logs
     * @param runtime what its workers run steps on
     */
    public static MainJob run(Path texts, Path data, WorkerRuntime runtime, Console console)
            throws IOException, SQLException {
        var passages = Passages.cut(texts, ReviewSaga.PASSAGES);
        var files = passages.stream().map(passage -> passage.file()).distinct().count();
        console.progress("%d passages cut from %d files in %s", passages.size(), files, texts);
        var stage = Stage.in(data, runtime, console);
        try {
            return new MainJob(stage, play(stage, console, new ReviewScenes(stage, console, passages)));
        } catch (RuntimeException e) {
            stage.close();
            throw e;
        }
    }

    private static DemoReport play(Stage stage, Console console, ReviewScenes reviews) {
        console.line("");
        console.line("1. A worker is killed during call 47");
        var duringCall = reviews.killDuringCall(DemoReport.STEP);
        console.line("");
        console.line("2. A worker is killed after step 47 was recorded");
        stage.fillWorkers(console);
        var afterRecord = reviews.killAfterRecord(DemoReport.STEP);
        console.line("");
        console.line("3. The same by an agent that keeps its progress in memory");
        var inMemory = reviews.inMemory(DemoReport.STEP);
        console.line("");
        console.line("4. The same with nobody killed");
        stage.fillWorkers(console);
        var undisturbed = reviews.undisturbed();
        console.line("");
        console.line("5. Trips: one is undone, one waits for an operator");
        var trips = new TripScenes(stage, console);
        return new DemoReport(duringCall, afterRecord, inMemory, undisturbed, trips.declined(), trips.suspended());
    }

    /** What was seen. */
    public DemoReport report() {
        return report;
    }

    /** How to look around while everything runs. */
    public List<String> lookAround() {
        return List.of(
                "",
                "Look around (this demo is still running; Ctrl-C ends it and all its processes)",
                "  dashboard " + stage.dashboard(),
                "  database  " + stage.psql(),
                "            select seq, step, outcome, to_hex(worker) worker, recorded_at from belay.journal",
                "             where saga_id = '" + report.duringCall().saga() + "' order by recorded_at;",
                "            select id, state, start_key from belay.saga;",
                "  report    select output ->> 'text' from belay.saga where start_key = 'killed-during-call-47';",
                "  ledger    " + stage.ledger(),
                "  logs      " + stage.logs(),
                "  data      " + stage.folder().resolve("postgres"));
    }

    @Override
    public void close() {
        stage.close();
    }
}
