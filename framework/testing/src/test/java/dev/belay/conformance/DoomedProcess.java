package dev.belay.conformance;

import dev.belay.Belay;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.StepRejected;
import dev.belay.WorkerOptions;
import dev.belay.embedded.LocalPostgres;
import dev.belay.testing.SagaKit;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.postgresql.ds.PGSimpleDataSource;

/** A JVM of its own with one worker of the runtime under test, to be killed without warning. */
public final class DoomedProcess implements AutoCloseable {
    private static final int STEPS = 6;
    private static final int UNDO_THAT_HANGS = 3;

    private final Process process;

    private DoomedProcess(Process process) {
        this.process = process;
    }

    /** A chain of steps that is turned back at its end; in the doomed process one of the undos never ends. */
    static SagaDefinition<String, Void> definition(Wall wall, boolean doomed) {
        Saga<String> saga = Saga.define("doomed", String.class);
        for (int i = 1; i <= STEPS; i++) {
            int number = i;
            saga.step("step " + i, String.class, ctx -> wall.write("step " + number))
                    .undo(u -> {
                        if (doomed && number == UNDO_THAT_HANGS) {
                            wall.write("undo step " + number + " begun");
                            Thread.sleep(Duration.ofHours(1).toMillis());
                        }
                        wall.write("undo step " + number);
                    });
        }
        saga.step("reject", String.class, ctx -> {
            throw new StepRejected("back");
        });
        return saga.returnsNothing();
    }

    static DoomedProcess start(SagaKit kit, Workers runtime) throws Exception {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        classPath,
                        DoomedProcess.class.getName(),
                        LocalPostgres.shared().url(),
                        kit.schema(),
                        runtime.getClass().getName())
                .redirectErrorStream(true)
                .redirectOutput(new File("target", "doomed-process.log"))
                .start();
        return new DoomedProcess(process);
    }

    /** kill -9. */
    void killHard() throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            throw new AssertionError("The process outlived kill -9.");
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** Runs until killed. */
    public static void main(String[] args) throws Exception {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setUrl(args[0]);
        Workers runtime =
                (Workers) Class.forName(args[2]).getDeclaredConstructor().newInstance();
        SagaDefinition<String, Void> definition = definition(new Wall(database, args[1]), true);
        Belay belay = Belay.on(database)
                .schema(args[1])
                .withoutMigrating()
                .with(definition)
                .open();
        runtime.workers()
                .start(belay, WorkerOptions.defaults().platformThreads(4).lease(Duration.ofSeconds(2)));
        Thread.sleep(Duration.ofMinutes(2).toMillis());
    }
}
