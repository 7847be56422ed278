package dev.belay.internal.queue;

import dev.belay.internal.journal.Jdbis;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that a loop keeps for itself, so that user code can never leave it waiting for one. Opened on first use, thrown
 * away and opened anew after an error. In autocommit, which is set back before the connection returns to its pool; no session
 * setting is ever changed. Once closed, it is never opened again. Thread-safe: one call at a time.
 */
public final class ReservedConnection implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReservedConnection.class);
    private static final long LONGEST_WAIT_SECONDS = 3;
    private static final long PLANS_LAST_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int PLANS_LAST_CALLS = 50;

    private final DataSource dataSource;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Connection connection;
    private boolean autoCommitBefore;
    private long plannedAt = System.nanoTime();
    private int callsSince;
    private volatile boolean closed;

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
                forgetOldPlans(open);
                T result = work.with(open);
                done = true;
                return result;
            } finally {
                if (!done || closed) {
                    discard();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The server keeps the plan of a prepared statement as long as the connection lives. One made while few sagas were open reads
     * the whole job table, and would go on doing so when there are thousands. Of a connection that is hardly used they are kept
     * longer, so that an idle worker asks little.
     */
    private void forgetOldPlans(Connection open) throws SQLException {
        if (++callsSince < PLANS_LAST_CALLS || System.nanoTime() - plannedAt < PLANS_LAST_NANOS) {
            return;
        }
        callsSince = 0;
        plannedAt = System.nanoTime();
        try (Statement statement = open.createStatement()) {
            statement.execute("discard plans");
        }
    }

    /** Opens the connection now, if it is not open yet. */
    public void reserve() throws SQLException {
        call(open -> true);
    }

    /** The same through a Jdbi handle. */
    public <T> T withHandle(HandleWork<T> work) throws SQLException {
        return call(open -> {
            try (Handle handle = Jdbis.open(open)) {
                return work.with(handle);
            }
        });
    }

    private Connection open() throws SQLException {
        Connection open = connection;
        if (closed) {
            throw new SQLException("This connection is closed for good: its worker has stopped.", "08003");
        }
        if (open == null) {
            open = dataSource.getConnection();
            try {
                autoCommitBefore = open.getAutoCommit();
                open.setAutoCommit(true);
            } catch (SQLException | RuntimeException e) {
                closeAfter(e, open);
                throw e;
            }
            connection = open;
        }
        return open;
    }

    private static void closeAfter(Exception error, Connection open) {
        try {
            open.close();
        } catch (SQLException e) {
            error.addSuppressed(e);
        }
    }

    /** Gives the connection back to its pool; the next call takes another. */
    public void discard() {
        lock.lock();
        try {
            Connection open = connection;
            connection = null;
            if (open != null) {
                giveBack(open);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes the connection for good. A call under way is waited for a few seconds, then its connection is broken off. */
    @Override
    public void close() {
        closed = true;
        boolean free = false;
        try {
            free = lock.tryLock(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!free) {
            abort();
            return;
        }
        try {
            discard();
        } finally {
            lock.unlock();
        }
    }

    /** Whoever waits for an answer on the connection gets an error instead, and gives it back. */
    private void abort() {
        Connection open = connection;
        if (open == null) {
            return;
        }
        log.warn("The database does not answer; a connection is broken off");
        try {
            open.abort(Runnable::run);
        } catch (SQLException e) {
            log.debug("The connection was broken already", e);
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
