package dev.belay.benchmark.studies;

import dev.belay.benchmark.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** The processor time that the server's processes of now have had, by the kernel's account; Linux tells it. */
final class ServerTime {
    private static final double TICKS_A_SECOND = 100;

    private ServerTime() {}

    static Optional<Double> seconds(Place place) throws SQLException, IOException {
        if (!Files.isDirectory(Path.of("/proc/self"))) {
            return Optional.empty();
        }
        double seconds = 0;
        try (Connection connection = place.server().dataSource().getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select pid from pg_stat_activity where pid <> pg_backend_pid()")) {
            while (rows.next()) {
                Path stat = Path.of("/proc/" + rows.getInt(1) + "/stat");
                if (Files.exists(stat)) {
                    String text = Files.readString(stat);
                    String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ");
                    seconds += (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_A_SECOND;
                }
            }
        }
        return Optional.of(seconds);
    }
}
