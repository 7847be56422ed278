package dev.belay.dashboard.internal.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.inspect.Condition;
import dev.belay.inspect.Field;
import dev.belay.inspect.SagaFilter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryTest {

    @Test
    void losesOneTermAndNothingElse() {
        Query query = Texts.parse(" status:failed  error:\"two  words\" x");

        assertThat(query.terms().stream().map(query::without))
                .containsExactly("error:\"two  words\" x", " status:failed x", " status:failed  error:\"two  words\"");
    }

    @Test
    void losesATermWhileAnotherIsWrong() {
        Query query = Texts.parse("type:a typ:b error:\"open");

        assertThat(query.without(query.terms().get(0))).isEqualTo("typ:b error:\"open");
        assertThat(query.with("status", "failed")).isEqualTo("status:failed type:a typ:b error:\"open");
    }

    @Test
    void losesNoTermOfAnother() {
        Query query = Texts.parse("a");

        assertThatThrownBy(() -> Texts.parse("b").without(query.terms().get(0)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "status:failed | type | refund | status:failed type:refund",
                "x type:a y | type | b | x type:b y",
                "type:a x Type:b,c | type | d | type:d x",
                "-type:a | type | b | -type:a type:b",
                "x | error | two \"words\" | x error:\"two \\\"words\\\"\"",
                "is:paused | is | stuck | is:paused is:stuck",
                "is:paused x | is | paused | is:paused x",
                "sort:oldest x | sort | newest | sort:newest x",
                "input.\"a b\".c:1 x | input.\"a b\".c | 2,3 | input.\"a b\".c:\"2,3\" x",
                "input.a:1 | input.b | 2 | input.a:1 input.b:2",
            })
    void asksForOneValueOnly(String text, String name, String value, String result) {
        assertThat(Texts.parse(text).with(name, value)).isEqualTo(result);
    }

    @Test
    void asksForASpan() {
        Query query = Texts.parse("started>=today");

        assertThat(query.with("started", Op.AT_LEAST, "yesterday")).isEqualTo("started>=yesterday");
        assertThat(query.with("started", Op.LESS, "today")).isEqualTo("started>=today started<today");
        assertThat(Texts.parse("").with("type", "refund")).isEqualTo("type:refund");
    }

    @Test
    void asksByNoKeyThatThereIsNot() {
        Query query = Texts.parse("");

        for (String name : List.of("typ", "", "a b", "type:a type", "\"type\"", "-type", "input.\"")) {
            assertThatThrownBy(() -> query.with(name, "x")).as(name).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void namesAnyPath() {
        List<String> path = List.of("a b", "", "\"", "\\", "0", "x.y", "ä");

        Query query = Texts.parse(Texts.parse("").with(QueryText.name(Key.INPUT, path), "v"));

        assertThat(query.filter()).isEqualTo(SagaFilter.where(Condition.at(Field.INPUT, path, Condition.Test.IS, "v")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "Status:FAILED,running | status is failed or running",
                "-status:failed | status is not failed",
                "type:refund | type is refund",
                "timeout | type, key or error has \"timeout\"",
                "-error:\"a b\",c | error has no \"a b\" or \"c\"",
                "error-type:IO | error type has \"IO\"",
                "age>1h | age is more than 1h",
                "-took>=90s | did not take at least 90s",
                "started>=-2h | started from 2h ago",
                "ended:today | ended today",
                "deadline<+30m | deadline is before 30m from now",
                "is:stuck | needs an operator",
                "-is:paused | is not paused",
                "-is:residue | left no effects behind",
                "awaits:approval | awaits approval",
                "input.a.\"b c\"<=5 | input.a.\"b c\" is at most 5",
                "failures<3 | failures is less than 3",
                "sort:oldest | oldest first",
            })
    void isSaidInWords(String text, String label) {
        assertThat(Chips.of(Texts.parse(text))).containsExactly(new Chip(label, ""));
    }

    @Test
    void refusesToPrintWhatItHasNoWordsFor() {
        SagaFilter exact = SagaFilter.where(Condition.is(Field.ERROR, "whole"));

        assertThatThrownBy(() -> QueryText.print(exact)).isInstanceOf(IllegalArgumentException.class);
    }
}
