package dev.belay;

/**
 * Stops and resumes a whole queue or definition, for a deploy gone wrong or a service that is down. What is set here is kept in
 * the database and holds for all workers until it is changed again. Get one by {@link Belay#queue} or {@link Belay#definition}.
 * Thread-safe; every call is a transaction of its own, and every change is recorded with actor, reason and time.
 */
public interface Control {

    /**
     * Pauses it: from when this has returned, no worker begins to claim its jobs, be they forward or undoing. What is claimed
     * already finishes the step it is at and then waits; a worker of another process hears of the pause within one heartbeat at
     * the latest, and may have begun further steps by then. Sagas can still be started, cancelled and decided about; they wait. Does nothing
     * if it is paused.
     *
     * @param actor who decides
     * @param reason why; both are kept in the audit
     * @throws SagaException if it is a definition that was never opened in this database
     */
    void pause(String actor, String reason);

    /** Ends the pause, and wakes the workers. Does nothing if it is not paused. */
    void resume(String actor, String reason);

    /** Whether it is paused now. A saga runs only if neither its queue nor its definition is paused. */
    boolean isPaused();

    /** How many of its jobs are claimed now, by all workers together; 0 once a pause has taken hold everywhere. */
    int running();
}
