package dev.belay.dashboard.internal.query;

import dev.belay.SagaState;
import dev.belay.inspect.Condition;
import dev.belay.inspect.SagaFilter;
import java.util.List;
import java.util.Optional;

/**
 * What a text in the query box means. Immutable.
 *
 * @param text as it was written; cut if it was too long
 * @param terms what it asks for, in the order of the text, those with problems left out
 * @param filter the sagas it means; with problems it lets none through, so that half a query is never run, nor decided about
 * @param problems what is wrong with it, in the order of the text
 */
public record Query(String text, List<Term> terms, SagaFilter filter, List<Problem> problems) {
    /** No saga is in a state and not in it. */
    static final SagaFilter NOTHING = SagaFilter.where(
            Condition.state(SagaState.RUNNING),
            Condition.state(SagaState.RUNNING).not());

    /** Keeps its own lists. */
    public Query {
        terms = List.copyOf(terms);
        problems = List.copyOf(problems);
    }

    /** Whether it may be run. */
    public boolean isSound() {
        return problems.isEmpty();
    }

    /** Its text without one of its terms; all else stays as it was written. */
    public String without(Term term) {
        if (!terms.contains(term)) {
            throw new IllegalArgumentException(
                    "The query \"" + text + "\" has no term " + term + ". Hand over one of its own.");
        }
        return without(text, term);
    }

    /**
     * Its text with {@code name:value}, in the place of the terms that asked for another value of the same.
     *
     * @param name a key as it is written, such as {@code type}; with its path where it takes one, see {@link QueryText#name}
     */
    public String with(String name, String value) {
        return with(name, Op.IS, value);
    }

    /** The same, for terms that compare by {@code op}. What must be ({@code is:…}) is only ever added: a saga may be several things. */
    public String with(String name, Op op, String value) {
        String written = name + op.sign() + Spelling.value(value);
        String ownName = QueryText.nameOf(written);
        List<Term> replaced = terms.stream()
                .filter(term -> isReplaced(term, ownName, op, value))
                .toList();
        if (replaced.isEmpty()) {
            // What has a problem may lack a quote at its end, which would swallow what follows.
            return (isSound() ? text + " " + written : written + " " + text).strip();
        }
        String result = text;
        for (int i = replaced.size() - 1; i > 0; i--) {
            result = without(result, replaced.get(i));
        }
        Term first = replaced.get(0);
        return (result.substring(0, first.start()) + written + result.substring(first.end())).strip();
    }

    private static boolean isReplaced(Term term, String name, Op op, String value) {
        return !term.negated()
                && term.name().equals(name)
                && term.op() == op
                && (!term.is(Key.IS) || term.values().equals(List.of(value)));
    }

    private static String without(String text, Term term) {
        String before = text.substring(0, term.start()).stripTrailing();
        String after = text.substring(term.end()).stripLeading();
        return before.isEmpty() || after.isEmpty() ? before + after : before + " " + after;
    }

    static Optional<Term> sort(List<Term> terms) {
        return terms.stream().filter(term -> term.is(Key.SORT)).findFirst();
    }
}
