package dev.belay.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.APPEND;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The server of one folder: {@code data/} is PostgreSQL's, {@code server.log} its log, {@code users/} and {@code lock}
 * are ours. Everything but {@link #delete()} is called under the folder's lock.
 */
final class Server {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String DATA = "data";
    private static final String LOG = "server.log";
    private static final String SETTINGS = "belay.conf";
    private static final Pattern PORT = Pattern.compile("(?m)^port = (\\d+)$");

    private final Path folder;
    private final boolean durable;

    Server(Path folder, boolean durable) {
        this.folder = folder;
        this.durable = durable;
    }

    /** How a server stops: FAST saves what it has, IMMEDIATE leaves that to the recovery of a next start. */
    enum Shutdown {
        FAST,
        IMMEDIATE
    }

    Path folder() {
        return folder;
    }

    Path log() {
        return folder.resolve(LOG);
    }

    FolderLock lock() {
        return FolderLock.on(folder);
    }

    Optional<Postmaster> running() {
        return Postmaster.on(data());
    }

    /** Returns the port of the running server once it takes connections and is what was asked for. */
    int join(int wantedPort) {
        int port = running().orElseThrow(this::diedEarly).port();
        if (wantedPort != 0 && wantedPort != port) {
            throw new LocalPostgresException("Folder \"" + folder + "\" is served on port " + port + ", but port "
                    + wantedPort + " was asked for. Ask for port 0 to join it, or stop its other users first.");
        }
        awaitConnections(port);
        checkDurability(port);
        return port;
    }

    /** Starts the server; port 0 means the last one, or else any. Returns the port. */
    int start(int wantedPort) {
        initialise();
        checkVersion();
        Postmaster.forgetStale(data());
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            int port = wantedPort != 0
                    ? wantedPort
                    : lastPort().filter(Server::isFree).orElseGet(Server::freePort);
            writeSettings(port);
            long logged = log().toFile().length();
            Programs.Outcome outcome = control("start", "-l", LOG);
            if (outcome.succeeded()) {
                return ready(port);
            }
            String complaint = outcome.output().strip() + "\n" + logSince(logged);
            boolean portTaken = complaint.contains("could not bind");
            if (portTaken && wantedPort != 0) {
                throw new LocalPostgresException("Port " + wantedPort + " is taken, so the server in \"" + folder
                        + "\" cannot start. Free it, or ask for port 0 to get a free one.");
            }
            // Orphans of a killed server let go of its memory when they notice; a free port may be lost to another.
            boolean passing = portTaken || complaint.contains("is still in use");
            if (!passing || System.nanoTime() - end > 0) {
                throw new LocalPostgresException("PostgreSQL did not start in \"" + folder + "\". Its log \"" + log()
                        + "\" says:\n" + complaint.strip());
            }
            pause();
        }
    }

    private int ready(int port) {
        try {
            awaitConnections(port);
            checkDurability(port);
            return port;
        } catch (LocalPostgresException e) {
            stop(Shutdown.FAST);
            throw e;
        }
    }

    void stop(Shutdown how) {
        if (running().isEmpty()) {
            return;
        }
        Programs.Outcome outcome = control("stop", "-m", how.name().toLowerCase(Locale.ROOT));
        if (!outcome.succeeded() && running().isPresent()) {
            throw new LocalPostgresException("PostgreSQL in \"" + folder + "\" did not stop: "
                    + outcome.output().strip() + ". Look at its log \"" + log() + "\".");
        }
    }

    private Programs.Outcome control(String act, String... options) {
        var arguments = new ArrayList<>(List.of(act, "-D", DATA, "-w", "-t", "" + PATIENCE.toSeconds()));
        arguments.addAll(List.of(options));
        return Programs.unpacked().run(folder, PATIENCE.plusSeconds(30), "pg_ctl", arguments);
    }

    void delete() {
        try {
            Folders.delete(folder);
        } catch (IOException e) {
            throw new LocalPostgresException(
                    "Temporary folder \"" + folder + "\" could not be deleted: " + e + ". Delete it by hand.", e);
        }
    }

    static PGSimpleDataSource dataSource(int port) {
        var source = new PGSimpleDataSource();
        source.setServerNames(new String[] {"127.0.0.1"});
        source.setPortNumbers(new int[] {port});
        source.setDatabaseName("postgres");
        source.setUser("postgres");
        return source;
    }

    private Path data() {
        return folder.resolve(DATA);
    }

    /** The new folder gets its name when it is complete: a process killed while making it leaves nothing half-made. */
    private void initialise() {
        if (Files.exists(data().resolve("PG_VERSION"))) {
            return;
        }
        Path half = folder.resolve("data.initialising");
        try {
            Folders.delete(half);
            var arguments = new ArrayList<>(List.of(
                    "--pgdata=" + half.getFileName(),
                    "--username=postgres",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8"));
            if (!durable) {
                arguments.add("--no-sync");
            }
            Programs.Outcome outcome = Programs.unpacked().run(folder, PATIENCE, "initdb", arguments);
            if (!outcome.succeeded()) {
                throw new LocalPostgresException("PostgreSQL could not make a database in \"" + folder + "\": "
                        + outcome.output().strip());
            }
            Files.writeString(half.resolve("postgresql.conf"), "\ninclude_if_exists = '" + SETTINGS + "'\n", APPEND);
            Files.move(half, data(), ATOMIC_MOVE);
        } catch (IOException e) {
            throw new LocalPostgresException(
                    "Folder \"" + folder + "\" cannot be written: " + e + ". Name one you can write to.", e);
        }
    }

    private void checkVersion() {
        String theirs = read(data().resolve("PG_VERSION")).strip();
        String ours = Programs.unpacked().majorVersion();
        if (!theirs.equals(ours)) {
            throw new LocalPostgresException("Folder \"" + folder + "\" was made by PostgreSQL " + theirs
                    + ", but this is PostgreSQL " + ours + ". Use another folder, or delete this one to start empty.");
        }
    }

    private void writeSettings(int port) {
        String safety = durable ? "on" : "off";
        String settings = """
                # Written at each start. All else is PostgreSQL's default.
                listen_addresses = '127.0.0.1'
                port = %d
                unix_socket_directories = ''
                max_connections = 300
                fsync = %s
                synchronous_commit = %s
                full_page_writes = %s
                """.formatted(port, safety, safety, safety);
        try {
            Files.writeString(data().resolve(SETTINGS), settings);
        } catch (IOException e) {
            throw new LocalPostgresException(
                    "Folder \"" + folder + "\" cannot be written: " + e + ". Check who owns it.", e);
        }
    }

    private Optional<Integer> lastPort() {
        Path settings = data().resolve(SETTINGS);
        if (!Files.exists(settings)) {
            return Optional.empty();
        }
        Matcher port = PORT.matcher(read(settings));
        return port.find() ? Optional.of(Integer.valueOf(port.group(1))) : Optional.empty();
    }

    private void awaitConnections(int port) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try (var connection = dataSource(port).getConnection()) {
                return;
            } catch (SQLException e) {
                if (running().isEmpty()) {
                    throw diedEarly();
                }
                if (System.nanoTime() - end > 0) {
                    throw new LocalPostgresException(
                            "The server in \"" + folder + "\" takes no connections on port " + port + " after "
                                    + PATIENCE.toSeconds() + " s: " + e.getMessage() + ". Look at its log \"" + log()
                                    + "\".",
                            e);
                }
                pause();
            }
        }
    }

    /** Who asks for durability must get it, also from a server that somebody else has started. */
    private void checkDurability(int port) {
        try (var connection = dataSource(port).getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery("""
                        select current_setting('fsync') = 'on'
                               and current_setting('synchronous_commit') = 'on'
                               and current_setting('full_page_writes') = 'on'
                        """)) {
            row.next();
            if (durable && !row.getBoolean(1)) {
                throw new LocalPostgresException("The server in \"" + folder + "\" runs without durability, which was"
                        + " asked for. Stop its other users, or look for settings in \""
                        + data().resolve("postgresql.auto.conf") + "\".");
            }
        } catch (SQLException e) {
            throw new LocalPostgresException(
                    "The server in \"" + folder + "\" does not answer: " + e.getMessage() + ". Look at its log \""
                            + log() + "\".",
                    e);
        }
    }

    private LocalPostgresException diedEarly() {
        return new LocalPostgresException("The server in \"" + folder
                + "\" ended while it was being started or joined. Look at its log \"" + log() + "\", then try again.");
    }

    private String logSince(long position) {
        if (!Files.exists(log())) {
            return "";
        }
        String log = read(log());
        return log.substring((int) Math.min(position, log.length()));
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), UTF_8);
        } catch (IOException e) {
            throw new LocalPostgresException("\"" + file + "\" cannot be read: " + e + ". Check who owns it.", e);
        }
    }

    private static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(loopback(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, loopback())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new LocalPostgresException("No port is free on 127.0.0.1: " + e + ".", e);
        }
    }

    /** The address the server listens on, also where the JVM prefers IPv6. */
    private static InetAddress loopback() throws IOException {
        return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
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
