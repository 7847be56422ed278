package dev.belay.internal.worker;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** Hears NOTIFY for one worker. Reads all the time and never opens a transaction, which would hold back vacuum. */
final class Listener implements AutoCloseable {
    private static final int READ_MILLIS = 500;

    private final DataSource dataSource;
    private final String channel;
    private final RunningWorker worker;
    private final Loop loop;
    private @Nullable Connection connection;
    private boolean autoCommitBefore;

    Listener(DataSource dataSource, String channel, RunningWorker worker) {
        this.dataSource = dataSource;
        this.channel = channel;
        this.worker = worker;
        this.loop = new Loop("belay-listen", this::runOnce);
    }

    void start() {
        loop.start();
    }

    private Duration runOnce() throws SQLException {
        boolean heard = false;
        try {
            PGNotification[] notifications = open().unwrap(PGConnection.class).getNotifications(READ_MILLIS);
            heard = true;
            if (notifications != null) {
                for (PGNotification notification : notifications) {
                    tell(notification.getParameter());
                }
            }
            return Duration.ZERO;
        } finally {
            if (!heard) {
                giveBack();
            }
        }
    }

    private void tell(String message) {
        if (message.startsWith(Notifier.STOP)) {
            worker.directionChanged(UUID.fromString(message.substring(Notifier.STOP.length())));
        }
        if (message.equals(Notifier.CONTROL)) {
            worker.settingsChanged();
        }
        if (message.equals(Notifier.BULK)) {
            worker.bulkBegun();
        }
        worker.wake();
    }

    private Connection open() throws SQLException {
        Connection open = connection;
        if (open == null) {
            open = dataSource.getConnection();
            connection = open;
            autoCommitBefore = open.getAutoCommit();
            open.setAutoCommit(true);
            execute(open, "listen " + channel);
            worker.wake();
        }
        return open;
    }

    private static void execute(Connection connection, String command) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(command);
        }
    }

    private void giveBack() throws SQLException {
        Connection open = connection;
        connection = null;
        if (open != null) {
            try (open) {
                execute(open, "unlisten " + channel);
                open.setAutoCommit(autoCommitBefore);
            }
        }
    }

    @Override
    public void close() {
        loop.stop();
        try {
            giveBack();
        } catch (SQLException e) {
            // The connection is broken and closed; there is nothing to give back.
            connection = null;
        }
    }
}
