package dev.belay.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A running server's first process, as {@code postmaster.pid} in its data folder describes it. */
record Postmaster(long pid, int port) {

    /** Higher than any process id, so that nobody has it. */
    private static final String NOBODY = String.valueOf(Integer.MAX_VALUE);

    private static final int PORT_LINE = 3;

    /** Returns the server that runs on this data folder; waits for one that has not yet written down its port. */
    static Optional<Postmaster> on(Path data) {
        for (int tries = 0; tries < 100; tries++) {
            List<String> lines = pidFile(data);
            Optional<Long> pid = lines.isEmpty() ? Optional.empty() : number(lines.get(0));
            if (pid.isEmpty() || !runsOn(data, pid.get())) {
                return Optional.empty();
            }
            if (lines.size() > PORT_LINE) {
                Optional<Long> port = number(lines.get(PORT_LINE));
                if (port.isPresent()) {
                    return Optional.of(new Postmaster(pid.get(), port.get().intValue()));
                }
            }
            pause();
        }
        throw new LocalPostgresException("The server on \"" + data + "\" has been starting for 10 s without naming its"
                + " port. Stop it, then try again.");
    }

    /**
     * Makes a left-over {@code postmaster.pid} harmless. After a crash its process id may by now be another process's,
     * and PostgreSQL would refuse to start beside it. The rest of the file stays: it leads PostgreSQL to shared memory
     * that orphans of the crashed server still use.
     */
    static void forgetStale(Path data) {
        List<String> lines = pidFile(data);
        try {
            if (lines.isEmpty()) {
                Files.deleteIfExists(data.resolve("postmaster.pid"));
                return;
            }
            var forgotten = new ArrayList<>(lines);
            forgotten.set(0, NOBODY);
            Files.write(data.resolve("postmaster.pid"), forgotten, UTF_8);
        } catch (IOException e) {
            throw new LocalPostgresException(
                    "The stale \"" + data.resolve("postmaster.pid") + "\" cannot be changed: " + e + ". Delete it.", e);
        }
    }

    /** Kills the server and all its processes at once, as a power failure would. */
    void kill() {
        var processes = new ArrayList<ProcessHandle>();
        ProcessHandle.of(pid).ifPresent(first -> {
            processes.add(first);
            first.descendants().forEach(processes::add);
        });
        // The first process goes first, so that it cannot replace the others.
        processes.forEach(ProcessHandle::destroyForcibly);
        boolean gone =
                within(Duration.ofSeconds(10), () -> processes.stream().noneMatch(process -> isRunning(process.pid())));
        if (!gone) {
            throw new LocalPostgresException("The server with process id " + pid + " survived kill -9 for 10 s. Its"
                    + " disk may hang: look at the machine.");
        }
    }

    private static boolean within(Duration limit, BooleanSupplier condition) {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            pause();
        }
        return true;
    }

    private static List<String> pidFile(Path data) {
        try {
            return Files.readAllLines(data.resolve("postmaster.pid"), UTF_8);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new LocalPostgresException(
                    "\"" + data.resolve("postmaster.pid") + "\" cannot be read: " + e + ". Check who owns it.", e);
        }
    }

    private static Optional<Long> number(String line) {
        String digits = line.strip();
        return digits.matches("\\d{1,10}") ? Optional.of(Long.parseLong(digits)) : Optional.empty();
    }

    /** A server works in its data folder; another process that got the same id after a crash does not. */
    private static boolean runsOn(Path data, long pid) {
        if (!isRunning(pid)) {
            return false;
        }
        if (!Platform.isLinux()) {
            return ProcessHandle.of(pid)
                    .flatMap(process -> process.info().command())
                    .map(command -> command.contains("postgres"))
                    .orElse(true);
        }
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + pid + "/cwd")).equals(data.toRealPath());
        } catch (AccessDeniedException e) {
            return true; // someone else's process: PostgreSQL itself will refuse or not
        } catch (IOException e) {
            return false; // it has just ended
        }
    }

    /** A killed process stays in the table as a zombie until its parent looks; in some containers nobody ever does. */
    private static boolean isRunning(long pid) {
        boolean alive = ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
        if (!alive || !Platform.isLinux()) {
            return alive;
        }
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return !stat.substring(stat.lastIndexOf(')') + 1).strip().startsWith("Z");
        } catch (IOException e) {
            return false;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalPostgresException("Interrupted while waiting for PostgreSQL.", e);
        }
    }
}
