package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.Permission;
import dev.belay.dashboard.Principal;
import dev.belay.dashboard.internal.query.Problem;
import dev.belay.dashboard.internal.query.Query;
import dev.belay.dashboard.internal.query.QueryText;
import dev.belay.dashboard.internal.query.Term;
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

    private Queries() {}

    /**
     * What {@code text} means to {@code who}. Whoever may not read payloads may not ask about them either: what is found would tell
     * them, question by question.
     */
    public static Query read(Principal who, String text, Instant now) {
        Query query = QueryText.parse(text, now, ZoneOffset.UTC);
        List<Problem> refused = who.may(Permission.PAYLOAD_READ)
                ? List.of()
                : query.terms().stream()
                        .filter(Queries::asksPayload)
                        .map(term -> new Problem(
                                term.start(),
                                query.text().substring(term.start(), term.end()),
                                "This asks about inputs or outputs, which needs the permission "
                                        + Permission.PAYLOAD_READ.word() + ".",
                                "Leave it out, or ask somebody who has it.",
                                Optional.empty()))
                        .toList();
        return refused.isEmpty() ? query : refusing(query, refused);
    }

    private static boolean asksPayload(Term term) {
        return term.conditions().stream().anyMatch(condition -> PAYLOADS.contains(condition.field()));
    }

    private static Query refusing(Query query, List<Problem> refused) {
        List<Problem> problems = new ArrayList<>(query.problems());
        problems.addAll(refused);
        Condition never = Condition.is(Field.PAUSED, "true");
        return new Query(query.text(), query.terms(), SagaFilter.where(never, never.not()), problems);
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
