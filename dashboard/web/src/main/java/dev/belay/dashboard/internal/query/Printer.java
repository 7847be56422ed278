package dev.belay.dashboard.internal.query;

import dev.belay.inspect.Condition;
import dev.belay.inspect.Field;
import dev.belay.inspect.SagaFilter;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes a filter. What the language cannot say comes out as what comes nearest; {@link QueryText#print} refuses it. */
final class Printer {
    private Printer() {}

    static String print(SagaFilter filter) {
        Stream<String> terms = filter.conditions().stream().map(Printer::term);
        Stream<String> sort = filter.oldestFirst() ? Stream.of("sort:oldest") : Stream.of();
        return Stream.concat(terms, sort).collect(Collectors.joining(" "));
    }

    private static String term(Condition condition) {
        return (condition.negated() ? "-" : "") + positive(condition);
    }

    private static String positive(Condition condition) {
        Field field = condition.field();
        if (field == Field.ANYTHING) {
            return condition.values().stream().map(Spelling::text).collect(Collectors.joining(","));
        }
        if (field.sort() == Field.Sort.FLAG) {
            return "is:" + Choices.words(Key.IS, List.of(field.name())).get(0);
        }
        Key key = Key.of(field).orElseThrow();
        String sign = Op.of(condition.test()).sign();
        return Spelling.name(key.word(), condition.path()) + sign + values(key, condition);
    }

    private static String values(Key key, Condition condition) {
        Stream<String> values = condition.values().stream();
        if (!key.choices().isEmpty()) {
            values = Choices.words(key, condition.values()).stream();
        } else if (condition.field().sort() == Field.Sort.DURATION) {
            values = values.map(value -> Durations.print(Duration.parse(value)));
        }
        return values.map(Spelling::value).collect(Collectors.joining(","));
    }
}
