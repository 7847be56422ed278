package dev.belay.dashboard.internal.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.inspect.Condition;
import dev.belay.inspect.SagaFilter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProblemTest {

    @ParameterizedTest(name = "[{index}] {0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "statsu:failed | There is no key \"statsu\". Did you mean \"status\"? To look for the text itself, put it in quotes.",
                "workflow:x | There is no key \"workflow\". Did you mean \"type\"? To look for the text itself, put it in quotes.",
                "12:30 | There is no key \"12\". To look for the text itself, put it in quotes.",
                "imput.a:1 | There is no key \"imput\". Did you mean \"input\"? To look for the text itself, put it in quotes.",
                "status:faild | \"faild\" is nothing \"status\" can be. Did you mean \"failed\"? It is one of: open, ended, failed, running, suspended, undoing, completed, undone, undo-failed, closed.",
                "status>failed | \"status\" cannot be compared by \">\". Write it as in status:failed.",
                "type<a | \"type\" cannot be compared by \"<\". Write it as in type:refund,book-trip.",
                "status=failed | \"=\" makes no term. Write status:failed. To look for the text itself, put it in quotes.",
                "age>5 | \"5\" has no unit. Write 5m or 5h.",
                "age>1.5h | \"1.5h\" is no duration. The units are ms, s, m, h, d and w: 1h30m.",
                "age:1h | Nothing takes exactly that long. Write age>1h or age<1h.",
                "age>99999d | \"99999d\" is longer than 36500 days. Write a shorter duration.",
                "started>2h | \"2h\" is a duration, not a time. Write -2h for that long ago, or ask for the age.",
                "started:-2h | \"-2h\" is a moment, which nothing happened at exactly. Write started>=-2h or started<-2h.",
                "-started:today | A day cannot be left out. Write started<… or started>… instead.",
                "started>1000-01-01 | \"1000-01-01\" is not between 1970 and 2999. No saga is of that time.",
                "failures>many | \"many\" is no whole number. Write digits alone, at most 18.",
                "version:12345678901234567890 | \"12345678901234567890\" is no whole number. Write digits alone, at most 18.",
                "failures>1,2 | \">\" compares with one value. Write one, or use \":\".",
                "input.a>x | \"x\" is no number. By \">\" only numbers are compared, as 99.50 or -3.",
                "input.a>1e9999 | \"1e9999\" is no number. By \">\" only numbers are compared, as 99.50 or -3.",
                "input:1 | \"input\" needs a path into the JSON. Write it as in input.customer.id:42.",
                "status.a:failed | \"status\" has no parts. Write it as in status:failed.",
                "input..a:1 | The path has an empty part. Write \"\" for a name that is empty.",
                "id:7f3c | \"7f3c\" is no whole id. Ids have 36 characters: copy all of it.",
                "is:paused,stuck | \"is\" takes one word. Write is:… once for each that must be so.",
                "-sort:oldest | A minus before \"sort\" means nothing. Write sort:oldest or sort:newest.",
                "status: | No value follows. Write one, or put the text in quotes.",
                "type:a,,b | A value beside a comma is missing. Write one, or put the text in quotes.",
                "type:a, | A value beside a comma is missing. Write one, or put the text in quotes.",
                "type:\"\" | The quotes are empty. Write what to look for between them.",
                ":x | No key stands before \":\". To look for the text itself, put it in quotes.",
                "- | A minus stands alone. Write it right before what you do not want, or in quotes.",
                "a,b:c | A key stands behind a comma. Put a space there, or all of it in quotes.",
                "error:\"abc | A quote is not closed. Close it by another, or write \\\" for a quote within quotes.",
                "a\"b\" | A quote stands within a word. Put all of it in quotes, and write \\\" for the quote within.",
                "\"a\"b | Something follows a closing quote. Put a space or a comma there, or write \\\" for a quote within.",
            })
    void saysWhatIsWrongAndTheWayOut(String text, String message) {
        Query query = Texts.parse(text);

        assertThat(query.isSound()).isFalse();
        assertThat(query.problems()).extracting(Problem::message).containsExactly(message);
    }

    @ParameterizedTest
    @CsvSource({
        "started>2026-02-30",
        "started>2026-11-20T25:00",
        "started>soon",
        "started>+999999999-01-01",
        "started>-"
    })
    void refusesWhatIsNoTime(String text) {
        assertThat(Texts.parse(text).problems()).hasSize(1);
    }

    @Test
    void tellsEveryProblemByItsPlace() {
        Query query = Texts.parse("status:failed typ:refund age>5");

        assertThat(query.problems()).extracting(Problem::position).containsExactly(14, 25);
        assertThat(query.problems()).extracting(Problem::word).containsExactly("typ:refund", "age>5");
        assertThat(query.problems().get(0).meant()).isEqualTo(Optional.of("type"));
        assertThat(query.terms()).extracting(Term::name).containsExactly("status");
    }

    @Test
    void letsNoSagaThroughWhileSomethingIsWrong() {
        SagaFilter filter = Texts.parse("status:failed typ:refund").filter();

        List<Condition> conditions = filter.conditions();
        assertThat(conditions).hasSize(2);
        assertThat(conditions.get(1)).isEqualTo(conditions.get(0).not());
    }

    @Test
    void refusesCharactersThatNoDatabaseKeeps() {
        assertThat(Texts.parse("error:a\0b").problems()).hasSize(1);
        assertThat(Texts.parse("input.\"\ud800\":1").problems()).hasSize(1);
        assertThat(Texts.parse("error:\ud83d\ude80").problems()).isEmpty();
    }

    @Test
    void readsNoMoreThanSoMuch() {
        assertThat(Texts.parse("x".repeat(900) + " " + "y".repeat(900)).problems())
                .isEmpty();
        assertThat(Texts.parse("x".repeat(2_001)).problems()).hasSize(1);
        assertThat(Texts.parse("x".repeat(2_001)).text()).hasSize(2_000);
        assertThat(Texts.parse("x".repeat(1_001)).problems()).hasSize(1);
        assertThat(Texts.parse("x ".repeat(30)).problems()).isEmpty();
        assertThat(Texts.parse("x ".repeat(500)).problems()).hasSize(1);
        assertThat(Texts.parse("started:today ".repeat(16)).problems()).hasSize(1);
        assertThat(Texts.parse("input" + ".a".repeat(20) + ":1").problems()).isEmpty();
        assertThat(Texts.parse("input" + ".a".repeat(21) + ":1").problems()).hasSize(1);
        assertThat(Texts.parse("type:" + numbers(100)).problems()).isEmpty();
        assertThat(Texts.parse("type:" + numbers(101)).problems()).hasSize(1);
        assertThat(Texts.parse("sort:oldest sort:newest").problems()).hasSize(1);
    }

    private static String numbers(int count) {
        return java.util.stream.IntStream.range(0, count)
                .mapToObj(Integer::toString)
                .collect(java.util.stream.Collectors.joining(","));
    }
}
