package dev.belay.inspect;

import dev.belay.Cause;
import dev.belay.SagaState;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * One thing a saga must be for a {@link SagaFilter} to let it through. Immutable; its values are only ever bound to statements, never
 * written into them.
 *
 * @param field what it is about
 * @param path where in the JSON, for {@link Field#INPUT} and {@link Field#OUTPUT}; a number picks from an array; else empty
 * @param test how the values are compared
 * @param values what with: any of several for {@link Test#IS} and {@link Test#HAS}, exactly one for the others, as text
 * @param negated whether a saga must not be it
 */
public record Condition(Field field, List<String> path, Test test, List<String> values, boolean negated) {
    private static final int MOST_VALUES = 100;
    private static final int LONGEST_VALUE = 1_000;
    private static final int DEEPEST_PATH = 20;
    private static final Set<String> FLAGS = Set.of("true", "false");

    /** How values are compared. */
    public enum Test {
        /** It is one of the values; a text is found if it is the whole. */
        IS,
        /** It has one of the values in it; of texts only. */
        HAS,
        /** It is less, or earlier. */
        LESS,
        /** It is that or less. */
        AT_MOST,
        /** It is more, or later. */
        MORE,
        /** It is that or more. */
        AT_LEAST
    }

    /** Keeps its own lists, and checks that the values are of the field's sort. */
    public Condition {
        path = List.copyOf(path);
        values = List.copyOf(values);
        check(field, path, test, values);
    }

    /** The field is one of {@code values}. */
    public static Condition is(Field field, String... values) {
        return new Condition(field, List.of(), Test.IS, List.of(values), false);
    }

    /** The saga is in one of {@code states}. */
    public static Condition state(SagaState... states) {
        return new Condition(
                Field.STATE,
                List.of(),
                Test.IS,
                List.of(states).stream().map(Enum::name).toList(),
                false);
    }

    /** The field has {@code part} in it. */
    public static Condition has(Field field, String part) {
        return new Condition(field, List.of(), Test.HAS, List.of(part), false);
    }

    /** The field compares so with {@code value}. */
    public static Condition compared(Field field, Test test, String value) {
        return new Condition(field, List.of(), test, List.of(value), false);
    }

    /** A value in the input or output compares so with {@code value}. */
    public static Condition at(Field field, List<String> path, Test test, String value) {
        return new Condition(field, path, test, List.of(value), false);
    }

    /** The opposite. */
    public Condition not() {
        return new Condition(field, path, test, values, !negated);
    }

    private static void check(Field field, List<String> path, Test test, List<String> values) {
        boolean json = field.sort() == Field.Sort.JSON;
        if (json == path.isEmpty()) {
            throw refused(field, json ? "needs a path into the JSON" : "has no path");
        }
        if (path.size() > DEEPEST_PATH) {
            throw refused(
                    field, "has a path of " + path.size() + " parts; at most " + DEEPEST_PATH + " are looked into");
        }
        for (String part : path) {
            if (isUnusable(part)) {
                throw refused(
                        field, "has a path with a part of more than " + LONGEST_VALUE + " characters or with a NUL");
            }
        }
        boolean several = test == Test.IS || test == Test.HAS;
        if (values.isEmpty() || values.size() > (several ? MOST_VALUES : 1)) {
            throw refused(
                    field,
                    "is compared with " + values.size() + " values, not 1" + (several ? " to " + MOST_VALUES : ""));
        }
        if (!isComparable(field, test)) {
            throw refused(field, "cannot be compared by " + test);
        }
        for (String value : values) {
            checkValue(field, value);
        }
    }

    private static boolean isComparable(Field field, Test test) {
        return switch (test) {
            case IS -> true;
            case HAS -> field.sort() == Field.Sort.TEXT || field.sort() == Field.Sort.JSON;
            case LESS, AT_MOST, MORE, AT_LEAST ->
                switch (field.sort()) {
                    case NUMBER, TIME, DURATION, JSON -> true;
                    case ID, NAME, TEXT, FLAG -> false;
                };
        };
    }

    private static boolean isUnusable(String text) {
        return text.length() > LONGEST_VALUE || text.indexOf('\0') >= 0;
    }

    private static void checkValue(Field field, String value) {
        if (isUnusable(value)) {
            throw refused(
                    field, "is compared with a text that has more than " + LONGEST_VALUE + " characters or a NUL");
        }
        try {
            switch (field.sort()) {
                case ID -> UUID.fromString(value);
                case NUMBER -> Long.parseLong(value);
                case TIME -> Instant.parse(value);
                case DURATION -> millis(value);
                case FLAG -> {
                    if (!FLAGS.contains(value)) {
                        throw new IllegalArgumentException(value);
                    }
                }
                case NAME -> {
                    if (field == Field.STATE) {
                        SagaState.valueOf(value);
                    } else if (field == Field.CAUSE) {
                        Cause.valueOf(value);
                    }
                }
                case TEXT, JSON -> {}
            }
        } catch (IllegalArgumentException | DateTimeParseException | ArithmeticException e) {
            throw refused(field, "cannot be \"" + value + "\": that is no " + field.sort());
        }
    }

    /** As statements are given it; throws if it is no duration, or a longer one than that. */
    private static long millis(String duration) {
        return Duration.parse(duration).toMillis();
    }

    private static IllegalArgumentException refused(Field field, String fact) {
        return new IllegalArgumentException("A condition on " + field + " " + fact + ".");
    }
}
