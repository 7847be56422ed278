package dev.belay.samples.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A main class of this class path in a JVM of its own. It ends when this process ends, however that happens: its standard
 * input is a pipe from here, and {@link #endWithParent} waits for the pipe to close.
 */
final class JavaProcess implements AutoCloseable {

    private static final int SECONDS_TO_END = 5;

    private final Process process;
    private final BufferedReader out;
    private final Path log;

    private JavaProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Starts {@code main}; what it logs goes to the file {@code log}. */
    static JavaProcess start(Class<?> main, Path log, String... args) {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dbelay.log=INFO",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(args));
        try {
            var process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            return new JavaProcess(process, log);
        } catch (IOException e) {
            throw new UncheckedIOException("A second Java process cannot be started.", e);
        }
    }

    /**
     * Called by the started main: keeps this JVM up, and runs {@code atEnd} and ends it when the process that started it is
     * gone.
     */
    static void endWithParent(Runnable atEnd) {
        var watch = new Thread(
                () -> {
                    try {
                        System.in.transferTo(OutputStream.nullOutputStream());
                    } catch (IOException e) {
                        // A broken pipe says the same as a closed one.
                    }
                    var orderly = new Thread(atEnd, "orderly-end");
                    orderly.setDaemon(true);
                    orderly.start();
                    try {
                        orderly.join(TimeUnit.SECONDS.toMillis(SECONDS_TO_END - 2));
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    // Not exit: its hooks may wait for a database that has gone together with the parent.
                    Runtime.getRuntime().halt(0);
                },
                "parent-watch");
        watch.start();
    }

    /** The rest of the first line it prints that begins with {@code prefix}. */
    String awaitLine(String prefix) {
        try {
            for (var line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith(prefix)) {
                    return line.substring(prefix.length());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException(
                "Process " + pid() + " ended before it said \"" + prefix + "\". Its log \"" + log + "\" says why.");
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Ends it as {@code kill -9} does, with no chance to save anything, and waits until it is gone. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends it in an orderly way if it can. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
                kill();
            }
        } catch (IOException e) {
            kill();
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
    }
}
