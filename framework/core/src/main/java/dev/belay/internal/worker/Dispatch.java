package dev.belay.internal.worker;

import dev.belay.WorkerOptions;
import dev.belay.internal.queue.Companion;
import dev.belay.internal.queue.JobRow;
import org.jspecify.annotations.Nullable;

/**
 * How claimed jobs reach threads: the one thing in which runtimes differ. What is due, who may claim it, what is recorded and when it is
 * tried again is the same for all. Thread-safe.
 */
public interface Dispatch {

    /** The worker starts: called once, after it has registered and before anything else. */
    default void start() {}

    /**
     * Runs work on a thread, as soon as there is one.
     *
     * @param job the job that it is for; null for work of the worker's own, which is short
     */
    void execute(@Nullable JobRow job, Runnable work);

    /** Takes work out of the line of what waits for a thread; false if it has begun. */
    boolean withdraw(Runnable work);

    /** Whether there are threads at all: jobs are claimed only then. */
    boolean isReady();

    /** A job is not held here any more. */
    void forget(JobRow job);

    /** A step hangs and keeps its thread: the others get one in its place, if that can be. */
    void replaceHungThread();

    /** A step that hung has come back, and with it its thread. */
    void hungThreadReturned();

    /** Takes no more work, and lets what runs come to its end. */
    void shutDown();

    /** The built-in way: threads of the worker's own. */
    static Dispatch ownThreads(WorkerOptions options) {
        return new OwnThreads(options);
    }

    /** What else is written when a job changes. */
    default Companion companion() {
        return Companion.NONE;
    }
}
