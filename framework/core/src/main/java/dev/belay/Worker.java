package dev.belay;

import java.time.Duration;

/**
 * A process's claim–run–advance loops. Thread-safe.
 *
 * <p>Its threads are daemons: they do not keep a JVM running whose {@code main} has returned.
 */
public interface Worker extends AutoCloseable {

    /**
     * Starts working. Returns once the worker has the connections it keeps and is registered in the database.
     *
     * @throws SagaException if it cannot have them, or the database cannot be reached
     */
    Worker start();

    /** The worker's present incarnation: a new number at each start and after each lost lease. */
    long incarnation();

    /**
     * Stops gracefully: claims nothing more, hands back what it has not started, and waits at most {@code drain} for running
     * steps. What still runs then is interrupted. If all of it ends within a second, others take it over within a few
     * heartbeats of theirs; if anything still runs, the worker's jobs stay its own until its lease is over.
     *
     * @return whether everything that ran had finished
     */
    boolean stop(Duration drain);

    /** {@link #stop} with 10 seconds. */
    @Override
    void close();
}
