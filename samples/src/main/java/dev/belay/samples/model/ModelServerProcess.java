package dev.belay.samples.model;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A {@link ModelServer} in a process of its own, so that whatever happens to the caller does not happen to the ledger.
 *
 * <p>The server ends with {@link #close()}, and by itself when the process that started it ends, even by a kill.
 */
public final class ModelServerProcess implements AutoCloseable {

    private final Process process;
    private final URI uri;

    private ModelServerProcess(Process process, URI uri) {
        this.process = process;
        this.uri = uri;
    }

    /**
     * Starts the server on a free port with this JVM's java and class path, and returns when it is ready.
     *
     * @param ledger the file to append to; an existing ledger is continued
     * @param latency how long each call takes at least
     * @throws UncheckedIOException when the server does not come up; it has said why on standard error
     */
    public static ModelServerProcess start(Path ledger, Duration latency) {
        try {
            var process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx128m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            ModelServer.class.getName(),
                            "--port",
                            "0",
                            "--ledger",
                            ledger.toString(),
                            "--latency-ms",
                            Long.toString(latency.toMillis()),
                            "--until-stdin-closes")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            var line = out.readLine();
            if (line == null || !line.startsWith(ModelServer.READY_LINE)) {
                process.destroyForcibly();
                throw new IOException("The model server did not start; it said \"" + line + "\".");
            }
            var port = line.substring(ModelServer.READY_LINE.length());
            return new ModelServerProcess(process, URI.create("http://127.0.0.1:" + port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where it listens, for example {@code http://127.0.0.1:8080}. */
    public URI uri() {
        return uri;
    }

    /** The operating system's process id. */
    public long pid() {
        return process.pid();
    }

    /** Ends the server and waits until it is gone. The ledger stays. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
