package dev.belay.benchmark.studies;

import dev.belay.benchmark.Place;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the server is asked, by its own log. */
final class Statements {
    private static final Pattern STATEMENT = Pattern.compile("LOG:  (?:execute [^:]*|statement): *(.*)");
    private static final int LONGEST = 70;

    private final Path log;
    private final int from;

    private Statements(Path log) throws IOException {
        this.log = log;
        this.from = lines().size();
    }

    /** Makes new sessions of a database log each statement. */
    static void logged(Place place, String database) throws SQLException {
        alter(place, database, "set log_statement = 'all'");
    }

    static void notLogged(Place place, String database) throws SQLException {
        alter(place, database, "reset log_statement");
    }

    private static void alter(Place place, String database, String how) throws SQLException {
        try (Connection connection = place.server().dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("alter database \"" + database + "\" " + how);
        }
    }

    /** Those from now on. */
    static Statements from(Place place) throws IOException {
        return new Statements(place.server().log());
    }

    /** How often each was asked since, by how it begins, the most frequent first. */
    List<Map.Entry<String, Long>> counted() throws IOException {
        List<String> lines = lines();
        Map<String, Long> counts = new TreeMap<>();
        for (String line : lines.subList(from, lines.size())) {
            Matcher matcher = STATEMENT.matcher(line);
            if (matcher.find()) {
                counts.merge(shortened(matcher.group(1)), 1L, Long::sum);
            }
        }
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
                .toList();
    }

    private static String shortened(String sql) {
        String line = sql.isBlank() ? "(is the connection alive?)" : sql.strip();
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + " …";
    }

    private List<String> lines() throws IOException {
        return Arrays.asList(new String(Files.readAllBytes(log), StandardCharsets.UTF_8).split("\n"));
    }
}
