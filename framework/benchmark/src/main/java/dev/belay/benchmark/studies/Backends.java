package dev.belay.benchmark.studies;

import dev.belay.benchmark.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

/** The server's sessions that one application has in one database, and the processor time they have had; Linux tells it. */
final class Backends {
    private static final double TICKS_A_SECOND = 100;

    private final Place place;
    private final String database;
    private final String application;

    Backends(Place place, String database, String application) {
        this.place = place;
        this.database = database;
        this.application = application;
    }

    /** Of the sessions that are there; 0 where the system does not tell. */
    double seconds() throws SQLException, IOException {
        double seconds = 0;
        try (Connection connection = place.server().dataSource().getConnection();
                var statement = connection.prepareStatement(
                        "select pid from pg_stat_activity where datname = ? and application_name = ?")) {
            statement.setString(1, database);
            statement.setString(2, application);
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    seconds += of(rows.getInt(1));
                }
            }
        }
        return seconds;
    }

    private static double of(int pid) throws IOException {
        Path stat = Path.of("/proc/" + pid + "/stat");
        if (!Files.exists(stat)) {
            return 0;
        }
        String text = Files.readString(stat);
        String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_A_SECOND;
    }
}
