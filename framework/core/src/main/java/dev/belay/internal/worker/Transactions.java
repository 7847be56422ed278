package dev.belay.internal.worker;

import dev.belay.JournalEntry.Result;
import dev.belay.internal.coordinator.Wish;
import dev.belay.internal.journal.Jdbis;
import dev.belay.internal.queue.Move;
import dev.belay.internal.queue.MoveStatement;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's own transaction around a step's code: what the code writes, the journal row and the advance commit together or
 * not at all. Only so many steps at once may hold a connection for this.
 */
final class Transactions {
    private static final Logger log = LoggerFactory.getLogger(Transactions.class);

    private final DataSource dataSource;
    private final MoveStatement statement;
    private final Semaphore permits;

    Transactions(DataSource dataSource, MoveStatement statement, int atOnce) {
        this.dataSource = dataSource;
        this.statement = statement;
        this.permits = new Semaphore(atOnce);
    }

    /** The code of a step, which answers what its saga should become. */
    @FunctionalInterface
    interface Code {
        Ran with(Handle handle) throws Exception;
    }

    /** Runs {@code code}; an answer that goes on or ends is committed with it, any other is rolled back and returned. */
    Ran run(Code code) throws Exception {
        permits.acquire();
        try (Connection connection = dataSource.getConnection()) {
            boolean autoCommitBefore = connection.getAutoCommit();
            connection.setAutoCommit(false);
            boolean done = false;
            try {
                Ran ran;
                try (Handle handle = Jdbis.over(connection).open()) {
                    ran = code.with(handle);
                }
                Ran settled = commit(connection, ran);
                done = true;
                return settled;
            } finally {
                if (!done) {
                    rollBack(connection);
                }
                connection.setAutoCommit(autoCommitBefore);
            }
        } finally {
            permits.release();
        }
    }

    private Ran commit(Connection connection, Ran ran) throws SQLException {
        if (!(ran instanceof Ran.Wished wished) || !(wished.wish() instanceof Wish.Go go)) {
            connection.rollback();
            return ran;
        }
        Move move = go.move();
        if (statement.apply(connection, List.of(move)).get(0)) {
            connection.commit();
            return new Ran.Committed(move);
        }
        connection.rollback();
        // The saga was turned back, or the job lost. The step's writes are gone, so that it had no effect, and may run
        // again.
        Move again =
                Move.to(move.from(), move.row().as(Result.REJECTED), Move.Target.again(move.from(), Duration.ZERO));
        return new Ran.Wished(new Wish.Go(again));
    }

    private static void rollBack(Connection connection) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            log.debug("A connection broke and has rolled back by itself", e);
        }
    }
}
