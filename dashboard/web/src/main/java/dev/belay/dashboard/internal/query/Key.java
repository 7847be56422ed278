package dev.belay.dashboard.internal.query;

import dev.belay.inspect.Field;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a term can be about. This is the one table of the language: its page, its help, its messages and its tests are made of it. */
public enum Key {
    STATUS("status", Field.STATE, "Where it stands; one of the words below.", "status:failed"),
    TYPE("type", Field.DEFINITION, "The name of its definition.", "type:refund,book-trip"),
    VERSION("version", Field.VERSION, "The version of its definition.", "version<3"),
    STEP("step", Field.STEP, "The step it stands at; of an ended one the step that failed.", "step:charge"),
    KEY("key", Field.KEY, "The key it was started with.", "key:order-4711"),
    TENANT("tenant", Field.TENANT, "The tenant it was started for.", "tenant:acme"),
    QUEUE("queue", Field.QUEUE, "The queue its jobs wait in; of open sagas.", "queue:mail"),
    ID("id", Field.ID, "Its id; an id alone does too.", "id:0191b3c2-7a41-7c3e-9d55-3b1f0c6a2e10"),
    PARENT("parent", Field.PARENT, "The saga whose step started it.", "parent:0191b3c2-7a41-7c3e-9d55-3b1f0c6a2e10"),
    FORKED_FROM(
            "forked-from",
            Field.FORKED_FROM,
            "The saga it was forked from.",
            "forked-from:0191b3c2-7a41-7c3e-9d55-3b1f0c6a2e10"),
    CAUSE("cause", Field.CAUSE, "Why it was turned back or suspended.", "cause:timed-out"),
    ERROR("error", Field.ERROR, "A part of the message of its failure, in any case.", "error:\"connection reset\""),
    ERROR_TYPE("error-type", Field.ERROR_TYPE, "A part of the class name of its failure.", "error-type:IOException"),
    FINGERPRINT(
            "fingerprint",
            Field.FINGERPRINT,
            "The reason of its failure, as the errors page has it.",
            "fingerprint:3f9a0c"),
    AWAITS("awaits", Field.AWAITS, "What it waits for.", "awaits:approval"),
    WORKER("worker", Field.WORKER, "The number of the worker that holds a job of it.", "worker:17"),
    IS("is", "What is true of it.", "is:overdue"),
    STARTED("started", Field.STARTED, "When it was started.", "started>=-2h"),
    ENDED("ended", Field.ENDED, "When it ended.", "ended:yesterday"),
    DEADLINE("deadline", Field.DEADLINE, "When its time is over.", "deadline<+30m"),
    AGE("age", Field.AGE, "How long ago it was started.", "age>1h30m"),
    TOOK("took", Field.TOOK, "How long it took, or has taken until now.", "took>=90s"),
    FAILURES("failures", Field.FAILURES, "How many attempts its present step has failed.", "failures>=3"),
    INPUT("input", Field.INPUT, "A value in its input, at a path.", "input.customer.id:42"),
    OUTPUT("output", Field.OUTPUT, "A value in its output, at a path.", "output.price>99.50"),
    SORT("sort", "Which come first.", "sort:oldest");

    private final String word;
    private final Optional<Field> field;
    private final String help;
    private final String example;

    Key(String word, Field field, String help, String example) {
        this.word = word;
        this.field = Optional.of(field);
        this.help = help;
        this.example = example;
    }

    Key(String word, String help, String example) {
        this.word = word;
        this.field = Optional.empty();
        this.help = help;
        this.example = example;
    }

    /** As it is written. */
    public String word() {
        return word;
    }

    /** What it is for, in one sentence. */
    public String help() {
        return help;
    }

    /** A term with it. */
    public String example() {
        return example;
    }

    /** The words that may follow it; none if it takes any. */
    public List<Choice> choices() {
        return Choices.of(this);
    }

    /** What its conditions are about; empty for those that ask for several fields, or for none. */
    Optional<Field> field() {
        return field;
    }

    boolean takesPath() {
        return this == INPUT || this == OUTPUT;
    }

    static Optional<Key> written(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        for (Key key : values()) {
            if (key.word.equals(lower)) {
                return Optional.of(key);
            }
        }
        return Optional.empty();
    }

    static Optional<Key> of(Field field) {
        for (Key key : values()) {
            if (key.field.equals(Optional.of(field))) {
                return Optional.of(key);
            }
        }
        return Optional.empty();
    }
}
