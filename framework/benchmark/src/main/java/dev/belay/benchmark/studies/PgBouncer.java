package dev.belay.benchmark.studies;

import dev.belay.benchmark.Place;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** PgBouncer in front of a server, in transaction mode. */
final class PgBouncer implements AutoCloseable {
    private static final Pattern VERSION = Pattern.compile("PgBouncer (\\d+)\\.(\\d+)");
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Process process;
    private final Path folder;
    private final int port;
    private final boolean prepares;

    private PgBouncer(Process process, Path folder, int port, boolean prepares) {
        this.process = process;
        this.folder = folder;
        this.port = port;
        this.prepares = prepares;
    }

    /** The program, if it is installed. */
    static Optional<Path> program() {
        return Arrays.stream(System.getenv("PATH").split(":"))
                .map(folder -> Path.of(folder).resolve("pgbouncer"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static PgBouncer start(Path program, Place place, int connections) throws IOException, InterruptedException {
        boolean prepares = prepares(program);
        Path folder = Files.createTempDirectory("belay-pgbouncer");
        int port = freePort();
        Path settings = folder.resolve("pgbouncer.ini");
        Files.writeString(settings, """
                [databases]
                * = host=127.0.0.1 port=%d user=postgres
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = any
                pool_mode = transaction
                default_pool_size = %d
                max_client_conn = 200
                ignore_startup_parameters = extra_float_digits
                %s
                """.formatted(
                        place.server().port(), port, connections, prepares ? "max_prepared_statements = 200" : ""));
        List<String> command = new ArrayList<>(List.of(program.toString()));
        if (System.getProperty("user.name").equals("root")) {
            // It refuses to run as root.
            command.addAll(List.of("-u", "nobody"));
            folder.toFile().setExecutable(true, false);
            settings.toFile().setReadable(true, false);
        }
        command.add(settings.toString());
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        PgBouncer started = new PgBouncer(process, folder, port, prepares);
        started.awaitAnswer();
        return started;
    }

    /** From 1.21 on it keeps track of prepared statements; before, they cannot be used through it. */
    private static boolean prepares(Path program) throws IOException {
        Process asked = new ProcessBuilder(program.toString(), "--version").start();
        Matcher version = VERSION.matcher(new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        return version.find() && (Integer.parseInt(version.group(1)) > 1 || Integer.parseInt(version.group(2)) >= 21);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void awaitAnswer() throws IOException, InterruptedException {
        long since = System.nanoTime();
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() - since > LONGEST_NANOS) {
                    String said = Files.readString(folder.resolve("log"));
                    close();
                    throw new IOException("PgBouncer does not answer; it said: " + said, e);
                }
            }
            Thread.sleep(50);
        }
    }

    /** The address of a database through it, for JDBC. */
    String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=postgres"
                + (prepares ? "" : "&prepareThreshold=0");
    }

    String told() {
        return prepares ? "with prepared statements" : "without prepared statements, which it is too old for";
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        for (String file : List.of("pgbouncer.ini", "log")) {
            Files.deleteIfExists(folder.resolve(file));
        }
        Files.deleteIfExists(folder);
    }
}
