package dev.belay.benchmark.studies;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.WorkerOptions;

/**
 * How a process is connected, and what differs from a worker's default options.
 *
 * @param url the address for JDBC
 * @param connections the size of its pool
 * @param lanes how many of them commit steps
 * @param notifications whether it listens
 * @param slots how many steps run at once; 0 for the default
 */
record Setup(String url, int connections, int lanes, boolean notifications, int slots) {
    private static final int USUAL_CONNECTIONS = 10;

    /** With default options. */
    static Setup usual(String url) {
        WorkerOptions defaults = WorkerOptions.defaults();
        return new Setup(url, USUAL_CONNECTIONS, defaults.lanes(), defaults.notifications(), 0);
    }

    static Setup of(String[] words) {
        return new Setup(
                words[0],
                Integer.parseInt(words[1]),
                Integer.parseInt(words[2]),
                Boolean.parseBoolean(words[3]),
                Integer.parseInt(words[4]));
    }

    /** What {@link #of} reads in another process. */
    String[] words() {
        return new String[] {
            url,
            Integer.toString(connections),
            Integer.toString(lanes),
            Boolean.toString(notifications),
            Integer.toString(slots)
        };
    }

    Setup connections(int number) {
        return new Setup(url, number, lanes, notifications, slots);
    }

    Setup lanes(int number) {
        return new Setup(url, connections, number, notifications, slots);
    }

    Setup withoutNotifications() {
        return new Setup(url, connections, lanes, false, slots);
    }

    Setup slots(int number) {
        return new Setup(url, connections, lanes, notifications, number);
    }

    HikariDataSource pool() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(connections);
        return new HikariDataSource(config);
    }

    WorkerOptions options() {
        WorkerOptions options = WorkerOptions.defaults().lanes(lanes);
        if (!notifications) {
            options = options.withoutNotifications();
        }
        return slots == 0 ? options : options.slots(slots);
    }
}
