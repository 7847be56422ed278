package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.query.Problem;
import dev.belay.dashboard.internal.query.Query;
import dev.belay.dashboard.internal.query.QueryText;
import dev.belay.dashboard.internal.query.Term;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.inspect.Condition;
import dev.belay.inspect.Field;
import dev.belay.inspect.SagaFilter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Queries as pages use them. */
public final class Queries {
    private static final Set<Field> PAYLOADS = EnumSet.of(Field.INPUT, Field.OUTPUT);
    private static final int LONGEST_WORD = 60;

    private Queries() {}

    /**
     * What {@code text} means to the caller. Whoever may not read payloads may not ask about them either, and nobody about what is
     * hidden in them: what is found would tell, question by question.
     */
    public static Query read(Parts parts, Call call, String text, Instant now) {
        Query query = QueryText.parse(text, now, ZoneOffset.UTC);
        List<Problem> refused = query.terms().stream()
                .flatMap(term -> refusal(parts, call, term).stream()
                        .map(fact -> new Problem(
                                term.start(),
                                Words.cut(query.text().substring(term.start(), term.end()), LONGEST_WORD),
                                fact,
                                "Leave it out.",
                                Optional.empty())))
                .toList();
        return refused.isEmpty() ? query : refusing(query, refused);
    }

    private static Optional<String> refusal(Parts parts, Call call, Term term) {
        return refusal(parts, call, term.conditions());
    }

    private static Optional<String> refusal(Parts parts, Call call, List<Condition> conditions) {
        List<Condition> payloads = conditions.stream()
                .filter(condition -> PAYLOADS.contains(condition.field()))
                .toList();
        if (payloads.isEmpty()) {
            return Optional.empty();
        } else if (!call.principal().may(Permission.PAYLOAD_READ)) {
            return Optional.of("This asks about inputs or outputs, which needs the permission "
                    + Permission.PAYLOAD_READ.word() + ".");
        }
        return payloads.stream().anyMatch(condition -> parts.redaction().hides(condition.path()))
                ? Optional.of("This asks about a value that is hidden on this dashboard.")
                : Optional.empty();
    }

    private static Query refusing(Query query, List<Problem> refused) {
        List<Problem> problems = new ArrayList<>(query.problems());
        problems.addAll(refused);
        Condition never = Condition.is(Field.PAUSED, "true");
        return new Query(query.text(), query.terms(), SagaFilter.where(never, never.not()), problems);
    }

    /** Whether the caller may see what that filter asks for: not if they could not have asked for it by {@link #read}. */
    public static boolean isShown(Parts parts, Call call, SagaFilter filter) {
        return refusal(parts, call, filter.conditions()).isEmpty();
    }

    /** A filter as it would be written; empty if the language has no words for it. */
    public static Optional<String> said(SagaFilter filter) {
        try {
            return Optional.of(QueryText.print(filter));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
