package dev.belay;

import java.time.Duration;

/**
 * A process's claim–run–advance loops. Thread-safe.
 *
 * <p>Its threads are daemons: they do not keep a JVM running whose {@code main} has returned.
 */
public interface Worker extends AutoCloseable {

    /** Starts working. Returns once the worker is registered in the database. */
    Worker start();

    /** The worker's present incarnation: a new number at each start and after each lost lease. */
    long incarnation();

    /**
     * Stops gracefully: claims nothing more, hands back what it has not started, and waits at most {@code drain} for running
     * steps; what still runs then is interrupted and left to others once the lease is over.
     *
     * @return whether everything that ran had finished
     */
    boolean stop(Duration drain);

    /** {@link #stop} with 10 seconds. */
    @Override
    void close();
}
