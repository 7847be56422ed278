package dev.belay.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real PostgreSQL server whose data lives in a folder, for the demo, development and tests.
 *
 * <p>Its data survives: it runs with PostgreSQL's own durability settings, and the folder stays when the server stops.
 * Everyone who asks for the same folder, in this process or another, shares one server; it stops when the last of them
 * closes it or ends. A user process that was killed no longer counts, but its server runs on until the next one closes.
 *
 * <p>It listens on 127.0.0.1 only and asks for no password, so any local user can connect. Instances may be used from
 * any thread.
 */
public final class LocalPostgres implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LocalPostgres.class);
    private static final String TEMPORARY_PREFIX = "belay-postgres-";

    private final Server server;
    private final int port;
    private final Purpose purpose;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread atExit = new Thread(this::leave, "belay-postgres-exit");
    private final UserMark mark;

    private LocalPostgres(Server server, int port, Purpose purpose, UserMark mark) {
        this.server = server;
        this.port = port;
        this.purpose = purpose;
        this.mark = mark;
    }

    /** Begins the description of a durable server in {@code folder}, which is made if it does not exist. */
    public static Setup in(Path folder) {
        return new Setup(folder, 0, true, Purpose.KEPT);
    }

    /**
     * Starts a server of the caller's own for tests: nothing is flushed to disk, and the folder is deleted at the end.
     * It takes a second or two; most tests should use {@link #shared()}.
     */
    public static LocalPostgres temporary() {
        return thrownAway(Purpose.TEMPORARY);
    }

    private static LocalPostgres thrownAway(Purpose purpose) {
        deleteAbandoned();
        try {
            return new Setup(Files.createTempDirectory(TEMPORARY_PREFIX), 0, false, purpose).start();
        } catch (IOException e) {
            throw new LocalPostgresException(
                    "No temporary folder could be made: " + e + ". Name another with -Djava.io.tmpdir=….", e);
        }
    }

    /** Returns the one temporary server of this JVM, started on first use and stopped when the JVM ends. */
    public static LocalPostgres shared() {
        return Shared.SERVER;
    }

    /** The address for JDBC, user included. */
    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres";
    }

    public int port() {
        return port;
    }

    public Path folder() {
        return server.folder();
    }

    /** The server's log, where it reports for instance {@code deadlock detected}. */
    public Path log() {
        return server.log();
    }

    /** A data source without a pool: each connection is a new one. */
    public DataSource dataSource() {
        return Server.dataSource(port);
    }

    /** The settings that decide how durable and how fast the server is, as the server itself reports them. */
    public Map<String, String> settings() {
        var settings = new LinkedHashMap<String, String>();
        try (Connection connection = dataSource().getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("""
                        select name, current_setting(name)
                          from pg_settings
                         where name in ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes',
                                        'wal_sync_method', 'wal_level', 'max_wal_size', 'shared_buffers',
                                        'max_connections', 'data_directory', 'listen_addresses', 'port')
                         order by name
                        """)) {
            while (rows.next()) {
                settings.put(rows.getString(1), rows.getString(2));
            }
            return settings;
        } catch (SQLException e) {
            throw new LocalPostgresException(
                    "The server in \"" + folder() + "\" does not answer: " + e.getMessage() + ". Look at its log \""
                            + log() + "\".",
                    e);
        }
    }

    /**
     * Kills the server's processes with no chance to save anything, for tests of durability. Others who share the
     * server lose it too. {@link #restart()} brings it back.
     */
    public void kill() {
        try (var lock = server.lock()) {
            server.running().ifPresent(Postmaster::kill);
        }
    }

    /** Stops the server if it runs, and starts it again on the same port. */
    public void restart() {
        try (var lock = server.lock()) {
            server.stop(Server.Shutdown.FAST);
            server.start(port);
        }
    }

    /** Stops the server, unless others still use it. Does nothing on the {@link #shared()} one, which stays for all. */
    @Override
    public void close() {
        if (purpose == Purpose.SHARED) {
            return;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException alreadyExiting) {
            LOG.debug("The JVM is ending; its shutdown hook would have closed the server too");
        }
        leave();
    }

    private void leave() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try (var lock = server.lock()) {
            mark.remove();
            if (UserMark.anyIn(server.folder())) {
                LOG.debug("The server in {} has other users and goes on", server.folder());
                return;
            }
            server.stop(purpose.isTemporary() ? Server.Shutdown.IMMEDIATE : Server.Shutdown.FAST);
        }
        if (purpose.isTemporary()) {
            server.delete();
        }
    }

    /** Ends temporary servers whose processes were killed before they could close them. */
    private static void deleteAbandoned() {
        Path folders = Path.of(System.getProperty("java.io.tmpdir"));
        long tooYoung = System.currentTimeMillis() - Duration.ofMinutes(10).toMillis();
        try (var candidates = Files.newDirectoryStream(folders, TEMPORARY_PREFIX + "*")) {
            for (Path folder : candidates) {
                // A young one may be about to get its first user.
                if (Files.isDirectory(folder)
                        && Files.getOwner(folder).getName().equals(System.getProperty("user.name"))
                        && Files.getLastModifiedTime(folder).toMillis() < tooYoung) {
                    deleteIfUnused(new Server(folder.toRealPath(), false));
                }
            }
        } catch (IOException | LocalPostgresException e) {
            LOG.debug("Abandoned servers in {} were left alone", folders, e);
        }
    }

    private static void deleteIfUnused(Server server) {
        try (var lock = server.lock()) {
            if (UserMark.anyIn(server.folder())) {
                return;
            }
            server.stop(Server.Shutdown.IMMEDIATE);
        }
        server.delete();
    }

    /** What kind of server to start; each method returns a changed copy. */
    public static final class Setup {

        private final Path folder;
        private final int port;
        private final boolean durable;
        private final Purpose purpose;

        private Setup(Path folder, int port, boolean durable, Purpose purpose) {
            this.folder = folder;
            this.port = port;
            this.durable = durable;
            this.purpose = purpose;
        }

        /** The port to listen on; 0, the default, takes the folder's last port or else a free one. */
        public Setup port(int port) {
            if (port < 0 || port > 65_535) {
                throw new IllegalArgumentException("port must be between 0 and 65535, got " + port);
            }
            return new Setup(folder, port, durable, purpose);
        }

        /**
         * Whether a commit survives a power failure; true by default. With false, fsync, synchronous_commit and
         * full_page_writes are off: faster, but a crash of the machine may ruin the folder.
         */
        public Setup durable(boolean durable) {
            return new Setup(folder, port, durable, purpose);
        }

        /** Starts the server, or joins the one that already runs in the folder. Returns once it takes connections. */
        public LocalPostgres start() {
            var server = new Server(created(folder), durable);
            try (var lock = server.lock()) {
                boolean joined = server.running().isPresent();
                int actual = joined ? server.join(port) : server.start(port);
                var postgres = new LocalPostgres(server, actual, purpose, UserMark.in(server.folder()));
                Runtime.getRuntime().addShutdownHook(postgres.atExit);
                LOG.info("{} PostgreSQL in {} on port {}", joined ? "Joined" : "Started", server.folder(), actual);
                return postgres;
            }
        }

        private static Path created(Path folder) {
            try {
                return Files.createDirectories(folder).toRealPath();
            } catch (IOException e) {
                throw new LocalPostgresException(
                        "Folder \"" + folder + "\" cannot be made: " + e + ". Name one you can write to.", e);
            }
        }
    }

    /** Who a server is for, and so what becomes of it. */
    private enum Purpose {
        KEPT,
        TEMPORARY,
        SHARED;

        boolean isTemporary() {
            return this != KEPT;
        }
    }

    private static final class Shared {

        static final LocalPostgres SERVER = thrownAway(Purpose.SHARED);
    }
}
