package dev.belay.dashboard.internal.query;

import dev.belay.inspect.Condition;
import dev.belay.inspect.SagaFilter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what is written in the query box, and writes filters as it would be written there. The language is told in {@code docs/queries.md}. */
public final class QueryText {
    private static final int LONGEST = 2_000;
    private static final int MOST_TERMS = 30;

    private QueryText() {}

    /**
     * What {@code text} means to somebody who writes it {@code now}, in {@code zone}. Takes any text; what it does not understand is
     * a problem of the query.
     */
    public static Query parse(String text, Instant now, ZoneId zone) {
        if (text.length() > LONGEST) {
            String cut = text.substring(0, Character.isHighSurrogate(text.charAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST);
            return failed(cut, List.of(), List.of(tooLong(text)));
        }
        TermReader reader = new TermReader(now, zone);
        List<Term> terms = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        for (Piece piece : Piece.of(text, MOST_TERMS + 1)) {
            try {
                if (terms.size() + problems.size() == MOST_TERMS) {
                    throw new BadTerm("It has more than " + MOST_TERMS + " terms.", "Ask for less at once.");
                }
                Term term = reader.read(text, piece);
                if (term.is(Key.SORT) && Query.sort(terms).isPresent()) {
                    throw new BadTerm("It is said twice which come first.", "Leave one out.");
                }
                terms.add(term);
            } catch (BadTerm bad) {
                problems.add(Problem.at(piece.start(), text.substring(piece.start(), piece.end()), bad));
            }
        }
        return query(text, terms, problems);
    }

    /**
     * The text that means {@code filter}, exactly.
     *
     * @throws IllegalArgumentException if the language cannot say it
     */
    public static String print(SagaFilter filter) {
        String text = Printer.print(filter);
        if (!parse(text, Instant.EPOCH, ZoneOffset.UTC).filter().equals(filter)) {
            throw new IllegalArgumentException("The language of the query box has no words for " + filter
                    + ". Show what it finds without its text.");
        }
        return text;
    }

    /** How a value at {@code path} is named, for {@link Query#with(String, String)}. */
    public static String name(Key key, List<String> path) {
        return Spelling.name(key.word(), path);
    }

    /** The name of the one term that is {@code written}. */
    static String nameOf(String written) {
        try {
            Word word = WordReader.read(written);
            Optional<Key> key = word.key().stream().findFirst().flatMap(Key::written);
            if (key.isPresent()
                    && !word.negated()
                    && Piece.of(written, 2).equals(List.of(new Piece(0, written.length())))) {
                return Spelling.name(
                        key.get().word(), word.key().subList(1, word.key().size()));
            }
        } catch (BadTerm e) {
            throw new IllegalArgumentException("No term can be written " + written + ": " + e.fact(), e);
        }
        throw new IllegalArgumentException(
                "No term can be written " + written + ". Begin it with a key of the language.");
    }

    private static Query query(String text, List<Term> terms, List<Problem> problems) {
        List<Condition> conditions =
                terms.stream().flatMap(term -> term.conditions().stream()).toList();
        if (conditions.size() > MOST_TERMS) {
            problems.add(Problem.at(
                    0,
                    text,
                    new BadTerm(
                            "It asks for " + conditions.size() + " things: a day counts as two, its begin and its end.",
                            "At most " + MOST_TERMS + " can be asked for at once.")));
        }
        if (!problems.isEmpty()) {
            return failed(text, terms, problems);
        }
        boolean oldestFirst = Query.sort(terms)
                .filter(sort -> sort.values().equals(List.of("oldest")))
                .isPresent();
        return new Query(text, terms, new SagaFilter(conditions, oldestFirst), problems);
    }

    private static Query failed(String text, List<Term> terms, List<Problem> problems) {
        return new Query(text, terms, Query.NOTHING, problems);
    }

    private static Problem tooLong(String text) {
        return Problem.at(
                0,
                text,
                new BadTerm(
                        "The query has " + text.length() + " characters.",
                        "At most " + LONGEST + " are read: ask for less at once."));
    }
}
