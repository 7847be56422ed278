package dev.belay.dashboard.internal.query;

import dev.belay.inspect.Condition;
import dev.belay.inspect.Field;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Finds out what a term means. Whatever was written as a value ends as a value of a condition, and nowhere else. */
final class TermReader {
    private static final int DEEPEST_PATH = 20;
    private static final int MOST_VALUES = 100;
    private static final int LONGEST_VALUE = 1_000;
    private static final int MOST_DIGITS = 18;
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?");
    private static final Pattern WHOLE_NUMBER = Pattern.compile("-?[0-9]{1," + MOST_DIGITS + "}");
    private static final String QUOTE_IT = "To look for the text itself, put it in quotes.";

    private final Times times;

    TermReader(Instant now, ZoneId zone) {
        times = new Times(now, zone);
    }

    /** The term that stands at {@code piece} of {@code text}. */
    Term read(String text, Piece piece) throws BadTerm {
        Word word = WordReader.read(text.substring(piece.start(), piece.end()));
        Set<String> values = new LinkedHashSet<>();
        for (Word.Value value : word.values()) {
            values.add(checked(value.text()));
        }
        if (values.size() > MOST_VALUES) {
            throw new BadTerm("It names " + values.size() + " values.", "Name at most " + MOST_VALUES + ".");
        }
        if (word.key().isEmpty()) {
            return text(word, piece, List.copyOf(values));
        }
        return keyed(word, piece, List.copyOf(values));
    }

    private static Term text(Word word, Piece piece, List<String> values) throws BadTerm {
        if (word.values().stream().noneMatch(Word.Value::quoted)
                && values.stream().allMatch(Ids::isId)) {
            return term(word, piece, Key.ID, List.of(), values, List.of(ids(Field.ID, values, word.negated())));
        }
        for (Word.Value value : word.values()) {
            int sign = value.text().indexOf('=');
            if (!value.quoted()
                    && sign > 0
                    && Key.written(head(value.text(), sign)).isPresent()) {
                throw new BadTerm(
                        "\"=\" makes no term.",
                        "Write " + value.text().substring(0, sign) + ":"
                                + Spelling.cut(value.text().substring(sign + 1), 30) + ". " + QUOTE_IT);
            }
            notEmpty(value.text());
        }
        Condition anything = new Condition(Field.ANYTHING, List.of(), Condition.Test.HAS, values, word.negated());
        return new Term(
                piece.start(), piece.end(), word.negated(), Optional.empty(), "", Op.IS, values, List.of(anything));
    }

    private static String head(String text, int end) {
        int dot = text.indexOf('.');
        return text.substring(0, dot >= 0 && dot < end ? dot : end);
    }

    private Term keyed(Word word, Piece piece, List<String> values) throws BadTerm {
        Key key = key(word.key().get(0));
        List<String> path = path(key, word.key().subList(1, word.key().size()));
        if (word.op() != Op.IS && values.size() > 1) {
            throw new BadTerm("\"" + word.op().sign() + "\" compares with one value.", "Write one, or use \":\".");
        }
        if (!key.choices().isEmpty()) {
            return chosen(word, piece, key, values);
        }
        Field field = key.field().orElseThrow();
        List<Condition> conditions = switch (field.sort()) {
            case ID -> List.of(ids(onlyNames(key, word, field), values, word.negated()));
            case NAME, TEXT -> List.of(names(onlyNames(key, word, field), values, word.negated()));
            case NUMBER -> List.of(numbers(field, word, values));
            case TIME -> times(key, field, word, values);
            case DURATION -> List.of(duration(key, field, word, values));
            case JSON -> List.of(json(field, path, word, values));
            case FLAG -> throw new IllegalStateException("A flag is chosen by is.");
        };
        return term(word, piece, key, path, values, conditions);
    }

    private static Term term(
            Word word, Piece piece, Key key, List<String> path, List<String> values, List<Condition> conditions) {
        return new Term(
                piece.start(),
                piece.end(),
                word.negated(),
                Optional.of(key),
                Spelling.name(key.word(), path),
                word.op(),
                values,
                conditions);
    }

    private static Key key(String written) throws BadTerm {
        Optional<Key> key = Key.written(written);
        if (key.isEmpty()) {
            List<String> known = Arrays.stream(Key.values()).map(Key::word).toList();
            throw new BadTerm("There is no key " + Spelling.shown(written) + ".", QUOTE_IT, Nearest.to(written, known));
        }
        return key.get();
    }

    private static List<String> path(Key key, List<String> path) throws BadTerm {
        if (key.takesPath() && path.isEmpty()) {
            throw new BadTerm(
                    "\"" + key.word() + "\" needs a path into the JSON.", "Write it as in " + key.example() + ".");
        }
        if (!key.takesPath() && !path.isEmpty()) {
            throw new BadTerm("\"" + key.word() + "\" has no parts.", "Write it as in " + key.example() + ".");
        }
        if (path.size() > DEEPEST_PATH) {
            throw new BadTerm(
                    "The path has " + path.size() + " parts.", "At most " + DEEPEST_PATH + " are looked into.");
        }
        for (String part : path) {
            checked(part);
        }
        return path;
    }

    private static Term chosen(Word word, Piece piece, Key key, List<String> values) throws BadTerm {
        onlyNames(key, word, Field.ANYTHING);
        Set<String> words = new LinkedHashSet<>();
        Set<String> named = new LinkedHashSet<>();
        for (String value : values) {
            Choice choice = choice(key, value);
            words.add(choice.word());
            named.addAll(choice.values());
        }
        if ((key == Key.IS || key == Key.SORT) && words.size() > 1) {
            throw new BadTerm(
                    "\"" + key.word() + "\" takes one word.",
                    key == Key.IS ? "Write is:… once for each that must be so." : "Leave out the others.");
        }
        if (key == Key.SORT && word.negated()) {
            throw new BadTerm("A minus before \"sort\" means nothing.", "Write sort:oldest or sort:newest.");
        }
        List<Condition> conditions = conditions(key, List.copyOf(named), word.negated());
        return term(word, piece, key, List.of(), List.copyOf(words), conditions);
    }

    private static List<Condition> conditions(Key key, List<String> named, boolean negated) {
        if (key == Key.SORT) {
            return List.of();
        }
        Field field = key.field().orElseGet(() -> Field.valueOf(named.get(0)));
        List<String> values = key == Key.IS ? List.of("true") : named;
        return List.of(new Condition(field, List.of(), Condition.Test.IS, values, negated));
    }

    private static Choice choice(Key key, String value) throws BadTerm {
        Optional<Choice> choice = Choices.find(key, value);
        if (choice.isEmpty()) {
            List<String> words = key.choices().stream().map(Choice::word).toList();
            throw new BadTerm(
                    Spelling.shown(value) + " is nothing \"" + key.word() + "\" can be.",
                    "It is one of: " + String.join(", ", words) + ".",
                    Nearest.to(value, words));
        }
        return choice.get();
    }

    /** Refuses to compare by size what has none; else hands back {@code field}. */
    private static Field onlyNames(Key key, Word word, Field field) throws BadTerm {
        if (word.op() != Op.IS) {
            throw new BadTerm(
                    "\"" + key.word() + "\" cannot be compared by \""
                            + word.op().sign() + "\".",
                    "Write it as in " + key.example() + ".");
        }
        return field;
    }

    private static Condition ids(Field field, List<String> values, boolean negated) throws BadTerm {
        for (String value : values) {
            if (!Ids.isId(value)) {
                throw new BadTerm(
                        Spelling.shown(value) + " is no whole id.", "Ids have 36 characters: copy all of it.");
            }
        }
        List<String> lower = values.stream()
                .map(value -> value.toLowerCase(Locale.ROOT))
                .distinct()
                .toList();
        return new Condition(field, List.of(), Condition.Test.IS, lower, negated);
    }

    private static Condition names(Field field, List<String> values, boolean negated) throws BadTerm {
        for (String value : values) {
            notEmpty(value);
        }
        Condition.Test test = field.sort() == Field.Sort.TEXT ? Condition.Test.HAS : Condition.Test.IS;
        return new Condition(field, List.of(), test, values, negated);
    }

    private static Condition numbers(Field field, Word word, List<String> values) throws BadTerm {
        List<String> numbers = new ArrayList<>();
        for (String value : values) {
            if (!WHOLE_NUMBER.matcher(value).matches()) {
                throw new BadTerm(
                        Spelling.shown(value) + " is no whole number.",
                        "Write digits alone, at most " + MOST_DIGITS + ".");
            }
            numbers.add(Long.toString(Long.parseLong(value)));
        }
        List<String> distinct = numbers.stream().distinct().toList();
        return new Condition(field, List.of(), word.op().test(), distinct, word.negated());
    }

    private List<Condition> times(Key key, Field field, Word word, List<String> values) throws BadTerm {
        List<Stretch> stretches = new ArrayList<>();
        for (String value : values) {
            stretches.add(times.read(value));
        }
        Stretch stretch = stretches.get(0);
        boolean moments = stretches.stream().allMatch(Stretch::isMoment);
        if (word.op() == Op.IS && values.stream().anyMatch(Times::isRelative)) {
            throw new BadTerm(
                    Spelling.shown(values.get(0)) + " is a moment, which nothing happened at exactly.",
                    "Write " + key.word() + ">=" + values.get(0) + " or " + key.word() + "<" + values.get(0) + ".");
        }
        if (!moments && values.size() > 1) {
            throw new BadTerm(
                    "One day, or one minute, can be asked for at once.",
                    "Write from when until when: " + key.word() + ">=2026-11-20 " + key.word() + "<=2026-11-22.");
        }
        if (!moments && word.op() == Op.IS && word.negated()) {
            throw new BadTerm(
                    "A day cannot be left out.", "Write " + key.word() + "<… or " + key.word() + ">… instead.");
        }
        return switch (word.op()) {
            case IS ->
                moments
                        ? List.of(new Condition(
                                field,
                                List.of(),
                                Condition.Test.IS,
                                stretches.stream()
                                        .map(moment -> moment.from().toString())
                                        .distinct()
                                        .toList(),
                                word.negated()))
                        : List.of(
                                time(field, Condition.Test.AT_LEAST, stretch.from(), false),
                                time(field, Condition.Test.LESS, stretch.until(), false));
            case LESS -> List.of(time(field, Condition.Test.LESS, stretch.from(), word.negated()));
            case AT_LEAST -> List.of(time(field, Condition.Test.AT_LEAST, stretch.from(), word.negated()));
            case AT_MOST ->
                List.of(time(
                        field,
                        moments ? Condition.Test.AT_MOST : Condition.Test.LESS,
                        stretch.until(),
                        word.negated()));
            case MORE ->
                List.of(time(
                        field,
                        moments ? Condition.Test.MORE : Condition.Test.AT_LEAST,
                        stretch.until(),
                        word.negated()));
        };
    }

    private static Condition time(Field field, Condition.Test test, Instant instant, boolean negated) {
        return new Condition(field, List.of(), test, List.of(instant.toString()), negated);
    }

    private static Condition duration(Key key, Field field, Word word, List<String> values) throws BadTerm {
        String value = values.get(0);
        String duration = Durations.read(value).toString();
        if (word.op() == Op.IS) {
            throw new BadTerm(
                    "Nothing takes exactly that long.",
                    "Write " + key.word() + ">" + value + " or " + key.word() + "<" + value + ".");
        }
        return new Condition(field, List.of(), word.op().test(), List.of(duration), word.negated());
    }

    private static Condition json(Field field, List<String> path, Word word, List<String> values) throws BadTerm {
        if (word.op() != Op.IS && !NUMBER.matcher(values.get(0)).matches()) {
            throw new BadTerm(
                    Spelling.shown(values.get(0)) + " is no number.",
                    "By \"" + word.op().sign() + "\" only numbers are compared, as 99.50 or -3.");
        }
        return new Condition(field, path, word.op().test(), values, word.negated());
    }

    private static String checked(String text) throws BadTerm {
        if (text.length() > LONGEST_VALUE) {
            throw new BadTerm(
                    "A value has " + text.length() + " characters.", "At most " + LONGEST_VALUE + " are compared.");
        }
        if (!Spelling.isText(text)) {
            throw new BadTerm("A character in it is none.", "Type it anew instead of pasting it.");
        }
        return text;
    }

    private static void notEmpty(String value) throws BadTerm {
        if (value.isEmpty()) {
            throw new BadTerm("The quotes are empty.", "Write what to look for between them.");
        }
    }
}
