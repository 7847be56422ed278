package dev.belay.jobrunr.crash;

import dev.belay.jobrunr.crash.Ledger.Event;
import dev.belay.jobrunr.crash.Ledger.Line;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A JobRunr server in a process of its own, to be killed from outside. */
final class ServerProcess implements AutoCloseable {
    private final Process process;
    private final Path folder;

    private ServerProcess(Process process, Path folder) {
        this.process = process;
        this.folder = folder;
    }

    static ServerProcess start(String url, Path folder) {
        try {
            Path output = Files.createTempFile(folder, "output-", ".txt");
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Xshare:auto",
                            "-Xmx160m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            CrashServer.class.getName(),
                            url,
                            folder.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            return new ServerProcess(process, folder);
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

    /** What its steps have told. */
    List<Line> ledger(Event event) {
        return Ledger.read(folder, pid(), event);
    }

    /** As what it has worked so far, latest last. */
    List<Line> incarnations() {
        return ledger(Event.INCARNATION);
    }

    @Override
    public void close() {
        kill();
    }
}
