package dev.belay.dashboard;

/** What somebody may do on the dashboard. */
public enum Permission {
    /** See sagas, lists, queues, workers and failures, without payloads. */
    SAGA_VIEW("saga.view"),
    /** See inputs, outputs, messages and stack traces; every look is kept in the audit. */
    PAYLOAD_READ("payload.read"),
    /** Run again what failed. */
    STEP_RETRY("step.retry"),
    /** Go on with a value in place of a failed step's, or say how an unknown step ended. */
    STEP_SKIP("step.skip"),
    /** Run a failed step again with another input, or fork a saga with one. */
    STEP_EDIT("step.edit"),
    /** Cancel a saga. */
    SAGA_CANCEL("saga.cancel"),
    /** Undo a saga, accept what could not be undone, say what was undone by hand, close it. */
    SAGA_COMPENSATE("saga.compensate"),
    /** Pause and resume a saga, and give it more time. */
    SAGA_PAUSE("saga.pause"),
    /** Give a saga another budget for its calls of models. */
    BUDGET_RAISE("budget.raise"),
    /** Send a saga a signal. */
    SAGA_SIGNAL("saga.signal"),
    /** Delete an ended saga. */
    SAGA_PURGE("saga.purge"),
    /** Decide about many sagas at once; what is decided needs its own permission too. */
    BULK_RUN("bulk.run"),
    /** Approve and reject. */
    APPROVAL_DECIDE("approval.decide"),
    /** Pause, resume and limit queues and definitions. */
    QUEUE_PAUSE("queue.pause"),
    /** Ask a worker what its threads do. */
    WORKER_INSPECT("worker.inspect"),
    /** See who decided what. */
    AUDIT_READ("audit.read"),
    /** Manage people who sign in here, and share views. */
    SETTINGS_WRITE("settings.write");

    private final String word;

    Permission(String word) {
        this.word = word;
    }

    /** Its name for people and documents, like {@code saga.view}. */
    public String word() {
        return word;
    }
}
