package dev.belay.dashboard.internal.query;

import dev.belay.inspect.Field;
import java.util.List;
import java.util.stream.Collectors;

/** Says a query in words, term by term. */
public final class Chips {
    private static final int LONGEST_VALUE = 60;

    private Chips() {}

    /** One for each term, in their order. */
    public static List<Chip> of(Query query) {
        return query.terms().stream()
                .map(term -> new Chip(label(term), query.without(term)))
                .toList();
    }

    private static String label(Term term) {
        if (term.key().isEmpty()) {
            return "type, key or error" + has(term);
        }
        String not = term.negated() ? "not " : "";
        return switch (term.key().get()) {
            case ERROR -> "error" + has(term);
            case ERROR_TYPE -> "error type" + has(term);
            case IS -> flag(term);
            case SORT -> term.values().get(0) + " first";
            case STARTED, ENDED -> not + term.name() + " " + when(term.op()) + plain(term);
            case DEADLINE -> "deadline is " + not + when(term.op()) + plain(term);
            case TOOK -> (term.negated() ? "did not take " : "took ") + size(term.op()) + plain(term);
            case AWAITS -> (term.negated() ? "does not await " : "awaits ") + plain(term);
            case FORKED_FROM -> not + "forked from " + plain(term);
            default -> term.name() + " is " + not + size(term.op()) + plain(term);
        };
    }

    private static String flag(Term term) {
        boolean negated = term.negated();
        return switch (term.values().get(0)) {
            case "stuck" -> negated ? "needs no operator" : "needs an operator";
            case "residue" -> negated ? "left no effects behind" : "left effects behind";
            case "past-pivot" -> negated ? "has not passed its pivot" : "has passed its pivot";
            default -> (negated ? "is not " : "is ") + plain(term);
        };
    }

    private static String has(Term term) {
        return (term.negated() ? " has no " : " has ")
                + term.values().stream().map(Spelling::shown).collect(Collectors.joining(" or "));
    }

    private static String when(Op op) {
        return switch (op) {
            case IS -> "";
            case LESS -> "before ";
            case AT_MOST -> "until ";
            case MORE -> "after ";
            case AT_LEAST -> "from ";
        };
    }

    private static String size(Op op) {
        return switch (op) {
            case IS -> "";
            case LESS -> "less than ";
            case AT_MOST -> "at most ";
            case MORE -> "more than ";
            case AT_LEAST -> "at least ";
        };
    }

    private static String plain(Term term) {
        return term.values().stream()
                .map(value -> told(term, Spelling.cut(value, LONGEST_VALUE)))
                .collect(Collectors.joining(" or "));
    }

    private static String told(Term term, String value) {
        boolean time = term.key()
                .flatMap(Key::field)
                .filter(field -> field.sort() == Field.Sort.TIME)
                .isPresent();
        if (!time || !Times.isRelative(value)) {
            return value;
        }
        return value.substring(1) + (value.startsWith("-") ? " ago" : " from now");
    }
}
