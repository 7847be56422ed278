package dev.belay.dashboard.internal.query;

import dev.belay.inspect.Condition;

/** How a term compares: as it is written, and what it means to a condition. */
public enum Op {
    /** It is that, or one of these; of a text, that it has it in it. */
    IS(":", Condition.Test.IS),
    /** Less, shorter, or earlier. */
    LESS("<", Condition.Test.LESS),
    /** That or less. */
    AT_MOST("<=", Condition.Test.AT_MOST),
    /** More, longer, or later. */
    MORE(">", Condition.Test.MORE),
    /** That or more. */
    AT_LEAST(">=", Condition.Test.AT_LEAST);

    private final String sign;
    private final Condition.Test test;

    Op(String sign, Condition.Test test) {
        this.sign = sign;
        this.test = test;
    }

    /** As it is written. */
    public String sign() {
        return sign;
    }

    Condition.Test test() {
        return test;
    }

    /** That of a condition; {@link Condition.Test#HAS} is written as {@code IS} is. */
    static Op of(Condition.Test test) {
        return switch (test) {
            case IS, HAS -> IS;
            case LESS -> LESS;
            case AT_MOST -> AT_MOST;
            case MORE -> MORE;
            case AT_LEAST -> AT_LEAST;
        };
    }
}
