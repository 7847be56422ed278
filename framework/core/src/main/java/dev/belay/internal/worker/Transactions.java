package dev.belay.internal.worker;

import dev.belay.JournalEntry.Result;
import dev.belay.StepStopped;
import dev.belay.internal.coordinator.Locking;
import dev.belay.internal.coordinator.Tables;
import dev.belay.internal.coordinator.Wish;
import dev.belay.internal.journal.Jdbis;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.Companion;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Move;
import dev.belay.internal.queue.SqlErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's own transaction around a step's code: what the code writes, the journal row and the advance commit together or
 * not at all. Only so many steps at once may hold a connection for this.
 *
 * <p>A connection that breaks in the hands of the engine is no failure of the step. If it breaks in the commit, only the journal
 * knows whether the step took effect, and is asked.
 */
final class Transactions {
    private static final Logger log = LoggerFactory.getLogger(Transactions.class);
    private static final Duration PAUSE_AFTER_BREAK = Duration.ofSeconds(1);

    private final DataSource dataSource;
    private final Jdbi jdbi;
    private final Tables tables;
    private final Semaphore permits;
    private final Companion companion;

    Transactions(DataSource dataSource, Jdbi jdbi, Tables tables, int atOnce, Companion companion) {
        this.companion = companion;
        this.dataSource = dataSource;
        this.jdbi = jdbi;
        this.tables = tables;
        this.permits = new Semaphore(atOnce);
    }

    /** The code of a step, which answers what its saga should become. */
    @FunctionalInterface
    interface Code {
        Ran with(Handle handle) throws Exception;
    }

    private record Borrowed(Connection connection, boolean autoCommitBefore) {}

    /** How the transaction of a move ended. */
    private enum End {
        COMMITTED,
        ROLLED_BACK,
        MISSED,
        UNKNOWN
    }

    /** Runs {@code code}; an answer that goes on or ends is committed with it, any other is rolled back and returned. */
    Ran run(SagaRun run, Code code) throws Exception {
        permits.acquire();
        try {
            Borrowed borrowed = borrow(run);
            Connection connection = borrowed.connection();
            Runnable[] afterwards = {() -> {}};
            Move move;
            End end;
            try {
                Ran ran;
                try (Handle handle = Jdbis.open(connection)) {
                    ran = code.with(handle);
                }
                if (!(ran instanceof Ran.Wished wished) || !(wished.wish() instanceof Wish.Go go)) {
                    return ran;
                }
                move = go.move();
                end = commit(run, connection, move, afterwards);
            } finally {
                giveBack(borrowed);
            }
            End known = end == End.UNKNOWN ? ask(run, move) : end;
            if (known == End.COMMITTED) {
                afterwards[0].run();
            }
            return settled(run, move, known);
        } finally {
            permits.release();
        }
    }

    private static Ran settled(SagaRun run, Move move, End end) {
        if (end == End.COMMITTED) {
            return new Ran.Committed(move);
        }
        // The saga was turned back, the job lost, or the connection. The step's writes are gone, so that it had no
        // effect,
        // and may run again.
        Duration delay = end == End.MISSED ? Duration.ZERO : PAUSE_AFTER_BREAK;
        return new Ran.Wished(
                new Wish.Go(Move.to(move.from(), move.row().as(Result.REJECTED), sameAgain(run.job(), delay))));
    }

    private static Move.Target sameAgain(JobRow job, Duration delay) {
        return new Move.Target(
                JobRow.State.WAITING,
                job.undoing(),
                job.seq(),
                job.run(),
                job.item(),
                job.step(),
                job.attempt(),
                job.failures(),
                delay);
    }

    /** A connection in which a transaction can begin; an outage is waited out. */
    private Borrowed borrow(SagaRun run) throws SQLException {
        for (int failures = 0; ; failures++) {
            try {
                return begin();
            } catch (SQLException e) {
                if (!SqlErrors.isPassing(e)) {
                    throw e;
                }
                run.checkStop();
                log.warn("A step waits for a connection to its transaction: {}", e.getMessage());
                pause(failures);
            }
        }
    }

    private Borrowed begin() throws SQLException {
        Connection connection = dataSource.getConnection();
        try {
            Borrowed borrowed = new Borrowed(connection, connection.getAutoCommit());
            connection.setAutoCommit(false);
            return borrowed;
        } catch (SQLException | RuntimeException e) {
            try {
                connection.close();
            } catch (SQLException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    /** What the transaction came to is known by now, so that an error here changes nothing. */
    private static void giveBack(Borrowed borrowed) {
        try (Connection connection = borrowed.connection()) {
            connection.rollback();
            connection.setAutoCommit(borrowed.autoCommitBefore());
        } catch (SQLException e) {
            log.debug("A connection broke and has rolled back by itself", e);
        }
    }

    private End commit(SagaRun run, Connection connection, Move move, Runnable[] afterwards) throws SQLException {
        try {
            if (!tables.moves().apply(connection, List.of(move)).get(0)) {
                return End.MISSED;
            }
            if (move.ending() != null) {
                tellWhoWaits(run, connection);
            }
            afterwards[0] = companion.moved(connection, List.of(move));
        } catch (SQLException e) {
            // These statements are the engine's own: that they lost a deadlock is not the step's doing.
            if (!isBreak(e) && !"40P01".equals(e.getSQLState())) {
                throw e;
            }
            log.warn("A step's transaction broke before its commit; the step runs again: {}", e.getMessage());
            return End.ROLLED_BACK;
        }
        try {
            connection.commit();
            return End.COMMITTED;
        } catch (SQLException e) {
            if (!isBreak(e)) {
                throw e;
            }
            log.warn("A step's transaction broke in its commit; the journal is asked: {}", e.getMessage());
            return End.UNKNOWN;
        }
    }

    /** What others wait for goes with the end of the saga: its locks, and the wake-up of its parent. */
    private void tellWhoWaits(SagaRun run, Connection connection) {
        SagaRow.Parent parent = run.saga().parent();
        boolean locks = run.plan().has(Plan.Form.LOCK);
        boolean messages = run.plan().has(Plan.Form.SIGNAL);
        if (parent == null && !locks && !messages) {
            return;
        }
        try (Handle handle = Jdbis.open(connection)) {
            if (messages) {
                tables.waits().deleteMessages(handle, run.job().sagaId());
            }
            if (parent != null) {
                tables.waits().oweWakeUp(handle, parent.sagaId(), parent.branch(), parent.seq());
            }
            if (locks) {
                Locking.release(tables, handle, run.job().sagaId());
            }
        }
    }

    /** Whether the connection or the server gave way; any other error is the database's answer to what the step wrote. */
    private static boolean isBreak(SQLException error) {
        String state = error.getSQLState();
        return state == null
                || state.startsWith("08")
                || state.startsWith("57P")
                || state.startsWith("53")
                || state.startsWith("58")
                || state.equals("40003");
    }

    /** Whether the move was committed. Only that or the end of the lease is an answer: a guess could be recorded as the truth. */
    private End ask(SagaRun run, Move move) {
        for (int failures = 0; ; failures++) {
            try {
                return jdbi.inTransaction(handle -> isCommitted(handle, move)) ? End.COMMITTED : End.ROLLED_BACK;
            } catch (RuntimeException e) {
                if (!SqlErrors.isPassing(e)) {
                    throw e;
                }
                checkLease(run);
                pause(failures);
            }
        }
    }

    private boolean isCommitted(Handle handle, Move move) {
        JournalRow row = move.row();
        // The server may still be committing: what it changes is locked until it has.
        tables.sagas().lock(handle, move.from().sagaId());
        tables.jobs().lockAll(handle, move.from().sagaId());
        return tables.journal()
                .sameAttempt(handle, row)
                .filter(found -> Objects.equals(found.worker(), row.worker())
                        && Objects.equals(found.fence(), row.fence())
                        && found.outcome() == row.outcome())
                .isPresent();
    }

    private static void checkLease(SagaRun run) {
        try {
            run.checkStop();
        } catch (StepStopped e) {
            log.debug("A step that should stop has done its work already, and is to be settled first", e);
        }
    }

    private static void pause(int failures) {
        long longest = Math.min(2_000, 50L << Math.min(failures, 10));
        Bell.pause(Duration.ofMillis(ThreadLocalRandom.current().nextLong(longest / 2, longest + 1)));
    }
}
