package dev.belay.crash;

import dev.belay.crash.Ledger.Event;
import dev.belay.crash.Ledger.Line;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A worker in a process of its own, to be killed, stopped and continued from outside. */
final class WorkerProcess implements AutoCloseable {
    private final Process process;
    private final Path folder;

    private WorkerProcess(Process process, Path folder) {
        this.process = process;
        this.folder = folder;
    }

    /** Starts a process over the database at {@code url} that runs the sagas called {@code which}. */
    static WorkerProcess start(String url, Path folder, String which) {
        try {
            Path output = Files.createTempFile(folder, "output-", ".txt");
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-Xmx128m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            CrashWorker.class.getName(),
                            url,
                            folder.toString(),
                            which)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            return new WorkerProcess(process, folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Kills it with no chance to do anything, and returns once it is gone. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops it as a machine that hangs would. */
    void stop() {
        signal("STOP");
    }

    /** Lets a stopped process go on. */
    void goOn() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            int code = new ProcessBuilder("kill", "-" + name, String.valueOf(pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new IllegalStateException("kill -" + name + " " + pid() + " ended with " + code);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What its steps have told. */
    List<Line> ledger(Event event) {
        return Ledger.read(folder, pid(), event);
    }

    /** As what it has worked so far, latest last. */
    List<Long> incarnations() {
        return ledger(Event.INCARNATION).stream().map(Line::saga).toList();
    }

    @Override
    public void close() {
        kill();
    }
}
