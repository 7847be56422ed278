package dev.belay.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The PostgreSQL programs for this machine ({@code initdb}, {@code pg_ctl}, {@code postgres}), unpacked once per user
 * and shared by every server.
 */
final class Programs {

    private static @Nullable Programs unpacked;

    private final Path home;
    private final List<String> prefix;

    private Programs(Path home, List<String> prefix) {
        this.home = home;
        this.prefix = prefix;
    }

    /** What a program printed, and how it ended. */
    record Outcome(int exitCode, String output) {

        boolean succeeded() {
            return exitCode == 0;
        }
    }

    static synchronized Programs unpacked() {
        if (unpacked == null) {
            unpacked = new Programs(ProgramArchive.unpacked(Platform.current()), prefixForRoot());
        }
        return unpacked;
    }

    /** Returns the major version, as {@code initdb} writes it to the folder: {@code 18}. */
    String majorVersion() {
        String version = run(home, Duration.ofSeconds(20), "postgres", List.of("--version"))
                .output();
        return version.replaceFirst("(?s)^\\D*(\\d+).*$", "$1");
    }

    /** Runs a program in {@code folder}; paths relative to it spare pg_ctl, which asks a shell, from quoting them. */
    Outcome run(Path folder, Duration limit, String program, List<String> arguments) {
        var command = new ArrayList<>(prefix);
        command.add(home.resolve("bin").resolve(program).toString());
        command.addAll(arguments);
        return run(folder, limit, command);
    }

    /** Output goes to a file: with a pipe, a server started by pg_ctl on Windows would keep it open for ever. */
    private static Outcome run(Path folder, Duration limit, List<String> command) {
        try {
            Path output = Files.createTempFile("belay-postgres", ".out");
            try {
                var builder = new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .redirectInput(ProcessBuilder.Redirect.from(nothing()));
                // PGDATA, PGPORT and their like belong to the user's own servers; messages are looked up in English.
                builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
                builder.environment().put("LC_ALL", "C");
                Process process = builder.start();
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                    throw new LocalPostgresException("\"" + String.join(" ", command) + "\" did not end within "
                            + limit.toSeconds() + " s. The machine may be overloaded: try again.");
                }
                return new Outcome(process.exitValue(), new String(Files.readAllBytes(output), UTF_8));
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            throw new LocalPostgresException("\"" + command.get(0) + "\" could not be run: " + e.getMessage() + ".", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalPostgresException("Interrupted while \"" + command.get(0) + "\" was running.", e);
        }
    }

    private static File nothing() {
        return new File(Platform.isWindows() ? "NUL" : "/dev/null");
    }

    /**
     * PostgreSQL refuses to run as root, the user of most containers. In a user namespace of its own it sees another
     * user, while its files stay root's.
     */
    private static List<String> prefixForRoot() {
        if (!Platform.isRoot()) {
            return List.of();
        }
        String reason;
        try {
            Outcome outcome = run(Path.of("/"), Duration.ofSeconds(20), List.of("unshare", "-U", "true"));
            if (outcome.succeeded()) {
                return List.of("unshare", "-U");
            }
            reason = outcome.output().strip();
        } catch (LocalPostgresException e) {
            reason = String.valueOf(e.getMessage());
        }
        throw new LocalPostgresException("PostgreSQL does not run as root, and a user namespace to run it in was"
                + " refused: \"" + reason + "\". Run as another user, or allow user namespaces (in Docker:"
                + " --security-opt seccomp=unconfined).");
    }
}
