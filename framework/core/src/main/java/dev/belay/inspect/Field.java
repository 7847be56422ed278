package dev.belay.inspect;

/** What a {@link Condition} can be about, and of which sort its values are. */
public enum Field {
    /** The saga's id. */
    ID(Sort.ID),
    /** The key it was started with. */
    KEY(Sort.NAME),
    /** A {@link dev.belay.SagaState}. */
    STATE(Sort.NAME),
    /** A {@link dev.belay.Cause}. */
    CAUSE(Sort.NAME),
    /** The name of its definition. */
    DEFINITION(Sort.NAME),
    /** The version of its definition. */
    VERSION(Sort.NUMBER),
    /** The step an open saga stands at, in any branch; of an ended one the step that failed. */
    STEP(Sort.NAME),
    /** The queue its jobs wait in; of open sagas. */
    QUEUE(Sort.NAME),
    /** The tenant it was started for. */
    TENANT(Sort.NAME),
    /** The saga whose step started it. */
    PARENT(Sort.ID),
    /** The saga it was forked from. */
    FORKED_FROM(Sort.ID),
    /** What an open saga waits for: {@code signal}, {@code approval}, {@code child}, {@code lock}, {@code limit}, {@code join}, {@code time}. */
    AWAITS(Sort.NAME),
    /** The incarnation of the worker that holds a job of it. */
    WORKER(Sort.NUMBER),
    /** The message of its failure. */
    ERROR(Sort.TEXT),
    /** The class name of its failure. */
    ERROR_TYPE(Sort.TEXT),
    /** The {@linkplain dev.belay.Failure#fingerprint() fingerprint} of its failure. */
    FINGERPRINT(Sort.NAME),
    /** The definition's name, the key, or the failure's message. */
    ANYTHING(Sort.TEXT),
    /** Whether it is paused. */
    PAUSED(Sort.FLAG),
    /** Whether its deadline, or that of a step, is over and it is still open. */
    OVERDUE(Sort.FLAG),
    /** Whether something of it waits for an operator: it is suspended, its undo has failed, or a branch is parked. */
    STUCK(Sort.FLAG),
    /** Whether it left something undone. */
    RESIDUE(Sort.FLAG),
    /** Whether it has passed its pivot. */
    PIVOT_PASSED(Sort.FLAG),
    /** When it was started. */
    STARTED(Sort.TIME),
    /** When it ended. */
    ENDED(Sort.TIME),
    /** When its time is over. */
    DEADLINE(Sort.TIME),
    /** How long ago it was started. */
    AGE(Sort.DURATION),
    /** How long it took from its start to its end, or has taken until now. */
    TOOK(Sort.DURATION),
    /** How many attempts its present step has failed. */
    FAILURES(Sort.NUMBER),
    /** A value in its input, at a path. An input that is stored as bytes, for its text has a NUL or half a surrogate pair, has none. */
    INPUT(Sort.JSON),
    /** A value in its output, at a path; of those stored as bytes likewise. */
    OUTPUT(Sort.JSON);

    /** What a field's values are. */
    public enum Sort {
        /** A UUID. */
        ID,
        /** A whole word, compared as it is. */
        NAME,
        /** A text, of which a part is looked for, whatever its case. */
        TEXT,
        /** A whole number. */
        NUMBER,
        /** {@code true} or {@code false}. */
        FLAG,
        /** An instant, as ISO 8601 has it. */
        TIME,
        /** A duration, as ISO 8601 has it. */
        DURATION,
        /** A number, text, flag or null inside JSON. */
        JSON
    }

    private final Sort sort;

    Field(Sort sort) {
        this.sort = sort;
    }

    /** What its values are. */
    public Sort sort() {
        return sort;
    }
}
