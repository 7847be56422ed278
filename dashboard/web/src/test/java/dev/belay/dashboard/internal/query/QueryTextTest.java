package dev.belay.dashboard.internal.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.belay.SagaState;
import dev.belay.inspect.Condition;
import dev.belay.inspect.Condition.Test;
import dev.belay.inspect.Field;
import dev.belay.inspect.SagaFilter;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class QueryTextTest {
    private static final String SAGA = "0191b3c2-7a41-7c3e-9d55-3b1f0c6a2e10";

    @ParameterizedTest(name = "[{index}] {0}")
    @MethodSource
    void meansWhatItSays(String text, List<Condition> conditions) {
        Query query = Texts.parse(text);

        assertThat(query.problems()).isEmpty();
        assertThat(query.filter()).isEqualTo(new SagaFilter(conditions, false));
    }

    static Stream<Arguments> meansWhatItSays() {
        return Stream.of(
                says(""),
                says(" \u00a0\t "),
                says("timeout", Condition.has(Field.ANYTHING, "timeout")),
                says("\"two words\"", Condition.has(Field.ANYTHING, "two words")),
                says("-timeout", Condition.has(Field.ANYTHING, "timeout").not()),
                says("a,b", any(Field.ANYTHING, Test.HAS, "a", "b")),
                says("\"" + SAGA + "\"", Condition.has(Field.ANYTHING, SAGA)),
                says(SAGA.toUpperCase(java.util.Locale.ROOT), Condition.is(Field.ID, SAGA)),
                says("id:" + SAGA, Condition.is(Field.ID, SAGA)),
                says("parent:" + SAGA, Condition.is(Field.PARENT, SAGA)),
                says("forked-from:" + SAGA, Condition.is(Field.FORKED_FROM, SAGA)),
                says("status:failed", Condition.state(SagaState.SUSPENDED, SagaState.COMPENSATION_FAILED)),
                says("Status:COMPENSATION_FAILED", Condition.state(SagaState.COMPENSATION_FAILED)),
                says("status:compensating,undone", Condition.state(SagaState.COMPENSATING, SagaState.COMPENSATED)),
                says("status:failed,suspended", Condition.state(SagaState.SUSPENDED, SagaState.COMPENSATION_FAILED)),
                says(
                        "-status:ended",
                        Condition.state(SagaState.COMPLETED, SagaState.COMPENSATED, SagaState.RESOLVED)
                                .not()),
                says(
                        "status:open",
                        Condition.state(
                                SagaState.RUNNING,
                                SagaState.SUSPENDED,
                                SagaState.COMPENSATING,
                                SagaState.COMPENSATION_FAILED)),
                says("status:closed", Condition.state(SagaState.RESOLVED)),
                says("type:refund,\"book trip\"", Condition.is(Field.DEFINITION, "refund", "book trip")),
                says("key:a:b>c", Condition.is(Field.KEY, "a:b>c")),
                says("step:-", Condition.is(Field.STEP, "-")),
                says("cause:timed-out", Condition.is(Field.CAUSE, "TIMED_OUT")),
                says("cause:STEP_FAILED", Condition.is(Field.CAUSE, "STEP_FAILED")),
                says("awaits:approval,signal", Condition.is(Field.AWAITS, "approval", "signal")),
                says("error:\"a \\\"b\\\" \\\\ c\\d\"", Condition.has(Field.ERROR, "a \"b\" \\ c\\d")),
                says("error:c:\\temp", Condition.has(Field.ERROR, "c:\\temp")),
                says("error-type:IOException", Condition.has(Field.ERROR_TYPE, "IOException")),
                says("fingerprint:3f9a", Condition.is(Field.FINGERPRINT, "3f9a")),
                says("tenant:acme queue:mail", Condition.is(Field.TENANT, "acme"), Condition.is(Field.QUEUE, "mail")),
                says("is:stuck", Condition.is(Field.STUCK, "true")),
                says("-is:past-pivot", Condition.is(Field.PIVOT_PASSED, "true").not()),
                says("version:2,03", Condition.is(Field.VERSION, "2", "3")),
                says("worker:17", Condition.is(Field.WORKER, "17")),
                says("failures>=3", Condition.compared(Field.FAILURES, Test.AT_LEAST, "3")),
                says("age>1h30m", Condition.compared(Field.AGE, Test.MORE, "PT1H30M")),
                says("took<=2d", Condition.compared(Field.TOOK, Test.AT_MOST, "PT48H")),
                says("took<500ms", Condition.compared(Field.TOOK, Test.LESS, "PT0.5S")),
                says(
                        "input.customer.id:9007199254740993123456789.10",
                        Condition.at(Field.INPUT, List.of("customer", "id"), Test.IS, "9007199254740993123456789.10")),
                says(
                        "output.\"odd \\\"key\\\".\".x>=-1.5e3",
                        Condition.at(Field.OUTPUT, List.of("odd \"key\".", "x"), Test.AT_LEAST, "-1.5e3")),
                says("input.\"\".0:\"\"", Condition.at(Field.INPUT, List.of("", "0"), Test.IS, "")),
                says(
                        "-input.__proto__.constructor:null",
                        Condition.at(Field.INPUT, List.of("__proto__", "constructor"), Test.IS, "null")
                                .not()));
    }

    @ParameterizedTest(name = "[{index}] {0}")
    @MethodSource
    void takesTimesAsTheViewerMeansThem(String text, List<Condition> conditions) {
        Query query = Texts.parse(text);

        assertThat(query.problems()).isEmpty();
        assertThat(query.filter().conditions()).isEqualTo(conditions);
    }

    static Stream<Arguments> takesTimesAsTheViewerMeansThem() {
        return Stream.of(
                says(
                        "started:today",
                        time(Field.STARTED, Test.AT_LEAST, "2026-11-19T23:00:00Z"),
                        time(Field.STARTED, Test.LESS, "2026-11-20T23:00:00Z")),
                says(
                        "ended:yesterday",
                        time(Field.ENDED, Test.AT_LEAST, "2026-11-18T23:00:00Z"),
                        time(Field.ENDED, Test.LESS, "2026-11-19T23:00:00Z")),
                says(
                        "started:2026-03-29", // the day that lost an hour
                        time(Field.STARTED, Test.AT_LEAST, "2026-03-28T23:00:00Z"),
                        time(Field.STARTED, Test.LESS, "2026-03-29T22:00:00Z")),
                says(
                        "started:2026-11-20T10:00",
                        time(Field.STARTED, Test.AT_LEAST, "2026-11-20T09:00:00Z"),
                        time(Field.STARTED, Test.LESS, "2026-11-20T09:01:00Z")),
                says("started>2026-11-20", time(Field.STARTED, Test.AT_LEAST, "2026-11-20T23:00:00Z")),
                says("started>=2026-11-20", time(Field.STARTED, Test.AT_LEAST, "2026-11-19T23:00:00Z")),
                says("started<2026-11-20", time(Field.STARTED, Test.LESS, "2026-11-19T23:00:00Z")),
                says("started<=2026-11-20", time(Field.STARTED, Test.LESS, "2026-11-20T23:00:00Z")),
                says("ended>=2026-11-20T10:00:05", time(Field.ENDED, Test.AT_LEAST, "2026-11-20T09:00:05Z")),
                says("ended<=2026-11-20T10:00:05.5Z", time(Field.ENDED, Test.AT_MOST, "2026-11-20T10:00:05.500Z")),
                says("ended:2026-11-20T10:00:00Z", time(Field.ENDED, Test.IS, "2026-11-20T10:00:00Z")),
                says("ended>2026-11-20T10:00:00-05:00", time(Field.ENDED, Test.MORE, "2026-11-20T15:00:00Z")),
                says("started>=-2h", time(Field.STARTED, Test.AT_LEAST, "2026-11-20T12:30:00Z")),
                says("deadline<+30m", time(Field.DEADLINE, Test.LESS, "2026-11-20T15:00:00Z")),
                says("deadline<tomorrow", time(Field.DEADLINE, Test.LESS, "2026-11-20T23:00:00Z")));
    }

    @org.junit.jupiter.api.Test
    void sortsAsItIsTold() {
        assertThat(Texts.parse("sort:oldest").filter())
                .isEqualTo(SagaFilter.all().fromTheOldest());
        assertThat(Texts.parse("sort:newest").filter()).isEqualTo(SagaFilter.all());
    }

    @org.junit.jupiter.api.Test
    void knowsWhereEachTermStands() {
        String text = "  status:failed -error:\"a b\"  x ";

        assertThat(Texts.parse(text).terms())
                .extracting(term -> text.substring(term.start(), term.end()))
                .containsExactly("status:failed", "-error:\"a b\"", "x");
    }

    private static Arguments says(String text, Condition... conditions) {
        return arguments(text, List.of(conditions));
    }

    private static Condition any(Field field, Test test, String... values) {
        return new Condition(field, List.of(), test, List.of(values), false);
    }

    private static Condition time(Field field, Test test, String instant) {
        return Condition.compared(field, test, instant);
    }
}
