package dev.belay.internal.queue;

import dev.belay.internal.journal.Jdbis;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that a loop keeps for itself, so that user code can never leave it waiting for one. Opened on first use, thrown
 * away and opened anew after an error. In autocommit, which is set back before the connection returns to its pool; no session
 * setting is ever changed. Thread-safe: one call at a time.
 */
public final class ReservedConnection implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReservedConnection.class);

    private final DataSource dataSource;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Connection connection;
    private @Nullable Jdbi jdbi;
    private boolean autoCommitBefore;

    /** A connection of {@code dataSource}. */
    public ReservedConnection(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** Work with a JDBC connection. */
    @FunctionalInterface
    public interface Work<T> {
        /** Does it. */
        T with(Connection connection) throws SQLException;
    }

    /** Work with a Jdbi handle. */
    @FunctionalInterface
    public interface HandleWork<T> {
        /** Does it. */
        T with(Handle handle);
    }

    /** Does {@code work}, each statement of which commits by itself. After any error the connection is replaced. */
    public <T> T call(Work<T> work) throws SQLException {
        lock.lock();
        try {
            Connection open = open();
            boolean done = false;
            try {
                T result = work.with(open);
                done = true;
                return result;
            } finally {
                if (!done) {
                    close();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** The same through a Jdbi handle. */
    public <T> T withHandle(HandleWork<T> work) throws SQLException {
        return call(open -> {
            Jdbi over = jdbi;
            if (over == null) {
                over = Jdbis.over(open);
                jdbi = over;
            }
            try (Handle handle = over.open()) {
                return work.with(handle);
            }
        });
    }

    private Connection open() throws SQLException {
        Connection open = connection;
        if (open == null) {
            open = dataSource.getConnection();
            autoCommitBefore = open.getAutoCommit();
            open.setAutoCommit(true);
            connection = open;
        }
        return open;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            Connection open = connection;
            connection = null;
            jdbi = null;
            if (open != null) {
                giveBack(open);
            }
        } finally {
            lock.unlock();
        }
    }

    private void giveBack(Connection open) {
        try (open) {
            if (!open.isClosed()) {
                if (!open.getAutoCommit()) {
                    // Setting it back would commit the half of a transaction that an error has left.
                    open.rollback();
                }
                open.setAutoCommit(autoCommitBefore);
            }
        } catch (SQLException e) {
            log.debug("A broken connection could not be closed in order", e);
        }
    }
}
