package dev.belay.benchmark;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.embedded.LocalPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A PostgreSQL server as durable as in production, in a folder that is deleted at the end. */
public final class Place implements AutoCloseable {
    private static final List<String> TOLD = List.of(
            "server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size");

    private final Path folder;
    private final LocalPostgres server;

    private Place(Path folder, LocalPostgres server) {
        this.folder = folder;
        this.server = server;
    }

    /** Starts the server. */
    public static Place open() throws IOException {
        Path folder = Files.createTempDirectory("belay-bench");
        return new Place(folder, LocalPostgres.in(folder).durable(true).start());
    }

    public LocalPostgres server() {
        return server;
    }

    /** The settings that decide how fast and how durable the server is, as it reports them. */
    public String settings() {
        Map<String, String> settings = server.settings();
        return TOLD.stream()
                .map(name -> name + "=" + settings.getOrDefault(name, "?"))
                .collect(Collectors.joining(" ", "PostgreSQL with its default settings: ", ""));
    }

    /** Makes a database of that name, unless it is there, and returns its address for JDBC, user included. */
    public String database(String name) throws SQLException {
        try (Connection connection = server.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            boolean there;
            try (var rs = statement.executeQuery("select from pg_database where datname = '" + name + "'")) {
                there = rs.next();
            }
            if (!there) {
                statement.execute("create database \"" + name + "\"");
            }
        }
        return server.url().replace("/postgres?", "/" + name + "?");
    }

    /** A pool of connections to the database of that name, which is made if it is missing, with more settings of the driver. */
    public HikariDataSource pool(String database, int size, String... settings) throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setDataSource(new Sessions(Stream.concat(Stream.of(database(database)), Arrays.stream(settings))
                .collect(Collectors.joining("&"))));
        config.setMaximumPoolSize(size);
        return new HikariDataSource(config);
    }

    @Override
    public void close() throws IOException {
        server.close();
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
