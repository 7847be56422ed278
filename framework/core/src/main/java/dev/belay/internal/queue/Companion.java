package dev.belay.internal.queue;

import dev.belay.JournalEntry.Result;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What another scheduler keeps of the same jobs. It is told in the very transaction that changes a job, so that both are
 * committed or neither is, and must not commit, roll back or close the connection it is given. What it throws undoes that transaction.
 *
 * <p>A transaction may be tried again after it failed: what a companion keeps in memory changes only in the {@link Runnable}s it returns, which are
 * run after the commit, on the thread that committed.
 */
public interface Companion {
    /** Keeps nothing, and needs no transaction. */
    Companion NONE = new Companion() {
        @Override
        public Runnable claimed(Connection connection, List<JobRow> jobs) {
            return () -> {};
        }

        @Override
        public Runnable moved(Connection connection, List<Move> moves) {
            return () -> {};
        }

        @Override
        public Runnable settled(Connection connection, JobRow from, @Nullable Result outcome, @Nullable JobRow next) {
            return () -> {};
        }
    };

    /** Told of starts, in the transaction that starts. */
    @FunctionalInterface
    interface OfStarts {
        /** Sagas that were not there before were started, each with a first job that anybody may claim. */
        void started(Connection connection, StartStatement.Kind kind, Collection<UUID> sagas) throws SQLException;
    }

    /** This worker claimed jobs. */
    Runnable claimed(Connection connection, List<JobRow> jobs) throws SQLException;

    /** Attempts of jobs held here ended as the moves say. */
    Runnable moved(Connection connection, List<Move> moves) throws SQLException;

    /**
     * The coordinator settled what a job held here asked for.
     *
     * @param outcome of the attempt; null if none was made
     * @param next the job as this worker goes on holding it; null if it does not
     */
    Runnable settled(Connection connection, JobRow from, @Nullable Result outcome, @Nullable JobRow next)
            throws SQLException;
}
