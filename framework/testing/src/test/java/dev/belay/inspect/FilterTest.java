package dev.belay.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.StartOptions;
import dev.belay.inspect.Condition.Test;
import dev.belay.inspect.Shop.Order;
import dev.belay.inspect.Shop.Receipt;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;

/** Every condition finds the sagas that meet it, and turned round the others. */
@BelayTest
class FilterTest {
    private static final List<String> HOSTILE = List.of(
            "'",
            "\"",
            "' or 1=1 --",
            "\\",
            "%",
            "_",
            "__proto__",
            "$1",
            ":c0",
            "?",
            "<columns>",
            "{}",
            "{a,b}",
            "[1]",
            "",
            " ",
            "\u2028",
            "\uD83D\uDE00",
            "\uD83D",
            "1e400",
            "NaN",
            "-0",
            "99999999999999999999999",
            "null",
            "x".repeat(1_000));

    private final Map<String, UUID> sagas = new TreeMap<>();
    private Inspector inspector;

    @BeforeEach
    void startSagasOfEverySort(SagaKit kit) {
        var orders = Shop.orders();
        var others = Shop.named("other", "slow", 3);
        kit.open(orders, others);
        start(kit, "fine", kit.belay().start(orders, Order.of("fine"), StartOptions.key("key-1")));
        start(
                kit,
                "rich",
                kit.belay()
                        .start(
                                orders,
                                Order.worth("9007199254740993"),
                                StartOptions.defaults().tenant("acme")));
        start(kit, "stuck", kit.belay().start(orders, Order.of("stuck")));
        start(kit, "sold out", kit.belay().start(others, Order.of("sold out")));
        start(
                kit,
                "ask",
                kit.belay()
                        .start(
                                others,
                                Order.of("ask"),
                                StartOptions.key("key-2").deadline(Duration.ofHours(1))));
        kit.runUntilIdle();
        inspector = kit.belay().inspect();
    }

    private void start(SagaKit kit, String name, SagaHandle<Receipt> saga) {
        sagas.put(name, saga.id());
        kit.advance(Duration.ofSeconds(1));
    }

    private void find(Condition condition, String... names) {
        List<String> expected = sagas.keySet().stream()
                .filter(name -> Arrays.asList(names).contains(name))
                .toList();
        List<String> others =
                sagas.keySet().stream().filter(name -> !expected.contains(name)).toList();
        assertThat(expected).as("names that exist").hasSameSizeAs(names);
        assertThat(names(SagaFilter.where(condition))).as("%s", condition).isEqualTo(expected);
        assertThat(names(SagaFilter.where(condition.not())))
                .as("not %s", condition)
                .isEqualTo(others);
        assertThat(inspector.count(SagaFilter.where(condition))).isEqualTo(new Count(names.length, false));
    }

    private List<String> names(SagaFilter filter) {
        List<UUID> found = inspector.sagas(filter, Optional.empty(), 100).items().stream()
                .map(SagaSummary::id)
                .toList();
        return sagas.entrySet().stream()
                .filter(saga -> found.contains(saga.getValue()))
                .map(Map.Entry::getKey)
                .toList();
    }

    @org.junit.jupiter.api.Test
    void byWhatNamesIt(SagaKit kit) {
        find(
                new Condition(
                        Field.ID,
                        List.of(),
                        Test.IS,
                        List.of(id("fine"), id("ask"), UUID.randomUUID().toString()),
                        false),
                "fine",
                "ask");
        find(Condition.is(Field.KEY, "key-1", "key-2", "key-3"), "fine", "ask");
        find(Condition.is(Field.DEFINITION, "order"), "fine", "rich", "stuck");
        find(Condition.is(Field.DEFINITION, "order", "other"), "fine", "rich", "stuck", "sold out", "ask");
        find(Condition.is(Field.DEFINITION, "Order"));
        find(Condition.is(Field.VERSION, "3"), "sold out", "ask");
        find(Condition.compared(Field.VERSION, Test.LESS, "3"), "fine", "rich", "stuck");
        find(Condition.is(Field.TENANT, "acme"), "rich");
        find(Condition.is(Field.TENANT, "acme", "nobody"), "rich");
        find(Condition.has(Field.ANYTHING, "OTHER"), "sold out", "ask");
        find(Condition.has(Field.ANYTHING, "key-1"), "fine");
        find(Condition.has(Field.ANYTHING, "declined"), "stuck");
    }

    private String id(String name) {
        return sagas.get(name).toString();
    }

    @org.junit.jupiter.api.Test
    void byWhereItStands(SagaKit kit) {
        find(Condition.state(SagaState.COMPLETED), "fine", "rich");
        find(Condition.state(SagaState.RUNNING), "ask");
        find(Condition.state(SagaState.SUSPENDED, SagaState.COMPENSATED), "stuck", "sold out");
        find(Condition.state(SagaState.RUNNING, SagaState.COMPENSATED), "ask", "sold out");
        find(Condition.is(Field.CAUSE, "STEP_FAILED"), "stuck", "sold out");
        find(Condition.is(Field.STEP, "charge"), "stuck", "sold out");
        find(Condition.is(Field.STEP, "grant"), "ask");
        find(Condition.is(Field.QUEUE, "slow"), "ask");
        find(Condition.is(Field.AWAITS, "approval"), "ask");
        find(Condition.is(Field.AWAITS, "approval:grant", "signal"), "ask");
        find(Condition.is(Field.AWAITS, "limit"));
        find(Condition.compared(Field.WORKER, Test.AT_LEAST, "0"));
        find(Condition.is(Field.PAUSED, "true"));
        find(Condition.is(Field.OVERDUE, "true"));
        find(Condition.is(Field.STUCK, "true"), "stuck");
        find(Condition.is(Field.RESIDUE, "true"));
        find(Condition.is(Field.PIVOT_PASSED, "true"), "fine", "rich");
        find(Condition.is(Field.PIVOT_PASSED, "true", "false"), "fine", "rich", "stuck", "sold out", "ask");
        find(Condition.compared(Field.FAILURES, Test.AT_LEAST, "0"), "stuck", "ask");
    }

    @org.junit.jupiter.api.Test
    void byWhatFailed(SagaKit kit) {
        String fingerprint = kit.belay()
                .saga(sagas.get("stuck"))
                .view()
                .failure()
                .orElseThrow()
                .fingerprint();

        find(Condition.has(Field.ERROR, "IS DECLINED: 50% ' \""), "stuck");
        find(Condition.is(Field.ERROR, "no room left"), "sold out");
        find(Condition.has(Field.ERROR_TYPE, "illegalstate"), "stuck");
        find(Condition.is(Field.FINGERPRINT, fingerprint), "stuck");
    }

    @org.junit.jupiter.api.Test
    void byTime(SagaKit kit) {
        Instant asked = kit.belay().saga(sagas.get("ask")).view().startedAt();

        find(Condition.compared(Field.STARTED, Test.LESS, asked.toString()), "fine", "rich", "stuck", "sold out");
        find(Condition.is(Field.STARTED, asked.toString()), "ask");
        find(
                Condition.compared(
                        Field.ENDED, Test.MORE, asked.minusSeconds(86_400).toString()),
                "fine",
                "rich",
                "sold out");
        find(Condition.compared(Field.DEADLINE, Test.MORE, asked.toString()), "ask");
        find(
                Condition.compared(
                        Field.DEADLINE, Test.AT_MOST, asked.plusSeconds(3_600).toString()),
                "ask");
        find(Condition.compared(Field.AGE, Test.MORE, "PT24H"));
        find(Condition.compared(Field.AGE, Test.LESS, "PT24H"), "fine", "rich", "stuck", "sold out", "ask");
        find(Condition.compared(Field.TOOK, Test.MORE, "PT24H"));
        kit.advance(Duration.ofHours(30));
        find(Condition.compared(Field.AGE, Test.MORE, "PT24H"), "fine", "rich", "stuck", "sold out", "ask");
        find(Condition.compared(Field.TOOK, Test.MORE, "PT24H"), "stuck", "ask");
        find(Condition.is(Field.OVERDUE, "true"), "ask");
    }

    @org.junit.jupiter.api.Test
    void byWhatIsInItsInputAndOutput(SagaKit kit) {
        find(at("what", Test.IS, "fine"), "fine", "rich");
        find(at("what", Test.HAS, "SOLD"), "sold out");
        find(at("amount", Test.IS, "9007199254740993"), "rich");
        find(at("amount", Test.IS, "9007199254740992"));
        find(at("amount", Test.IS, "5.0"), "fine", "stuck", "sold out", "ask");
        find(at("amount", Test.MORE, "9007199254740992"), "rich");
        find(at("amount", Test.LESS, "5"));
        find(at("amount", Test.AT_MOST, "5"), "fine", "stuck", "sold out", "ask");
        find(at("what", Test.MORE, "l"), "sold out", "stuck");
        find(Condition.at(Field.INPUT, List.of("customer", "id"), Test.IS, "c-ask"), "ask");
        find(Condition.at(Field.INPUT, List.of("customer", "gold"), Test.IS, "false"), "rich");
        find(Condition.at(Field.INPUT, List.of("tags", "1"), Test.IS, "b"), "fine", "stuck", "sold out", "ask");
        find(at("customer", Test.IS, "rich"));
        find(Condition.at(Field.OUTPUT, List.of("number"), Test.IS, "7"), "fine", "rich");
    }

    private static Condition at(String path, Test test, String value) {
        return Condition.at(Field.INPUT, List.of(path), test, value);
    }

    @org.junit.jupiter.api.Test
    void conditionsAreMetTogether(SagaKit kit) {
        assertThat(names(SagaFilter.where(
                        Condition.is(Field.DEFINITION, "order"),
                        Condition.state(SagaState.COMPLETED),
                        at("amount", Test.MORE, "5"))))
                .containsExactly("rich");
        assertThat(names(SagaFilter.where(
                        Condition.state(SagaState.SUSPENDED), Condition.is(Field.DEFINITION, "other"))))
                .isEmpty();
        assertThat(names(SagaFilter.where(
                        Condition.state(SagaState.COMPLETED).not(),
                        Condition.state(SagaState.RUNNING).not())))
                .containsExactly("sold out", "stuck");
    }

    @org.junit.jupiter.api.Test
    void anOperatorsDecisionMovesASagaFromListToList(SagaKit kit) {
        kit.operator("ann").compensate(sagas.get("stuck"), "not worth it");
        find(Condition.state(SagaState.SUSPENDED));
        kit.runUntilIdle();
        find(Condition.state(SagaState.COMPENSATED), "sold out", "stuck");
        kit.operator("ann").approve(sagas.get("ask"), "grant", "fine");
        kit.runUntilIdle();
        find(Condition.state(SagaState.COMPLETED), "ask", "fine", "rich");
    }

    @org.junit.jupiter.api.Test
    void whateverIsAskedIsOnlyEverCompared(SagaKit kit) {
        for (Field field : Field.values()) {
            for (String value : HOSTILE) {
                for (Test test : Test.values()) {
                    for (String part : field.sort() == Field.Sort.JSON ? HOSTILE : List.of("")) {
                        ask(field, part, test, value);
                    }
                }
            }
        }
        assertThatThrownBy(() -> Condition.is(Field.KEY, "a\0b")).isInstanceOf(IllegalArgumentException.class);
        for (String part : List.of("a\0b", "x".repeat(1_001))) {
            assertThatThrownBy(() -> Condition.at(Field.INPUT, List.of(part), Test.IS, "a"))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(names(SagaFilter.all())).hasSize(5);
    }

    private void ask(Field field, String part, Test test, String value) {
        Condition condition;
        try {
            List<String> path = field.sort() == Field.Sort.JSON ? List.of("what", part) : List.of();
            condition = new Condition(field, path, test, List.of(value), false);
        } catch (IllegalArgumentException e) {
            return;
        }
        assertThatCode(() -> inspector.sagas(SagaFilter.where(condition), Optional.empty(), 10))
                .as("%s", condition)
                .doesNotThrowAnyException();
    }

    @org.junit.jupiter.api.Test
    void timesAndNumbersFarBeyondTheDatabasesAreComparedToo(SagaKit kit) {
        find(Condition.compared(Field.STARTED, Test.MORE, "+1000000000-12-31T23:59:59Z"));
        find(Condition.compared(Field.STARTED, Test.LESS, "-1000000000-01-01T00:00:00Z"));
        find(Condition.compared(Field.AGE, Test.MORE, "PT2000000000000H"));
        find(Condition.compared(Field.VERSION, Test.MORE, String.valueOf(Long.MAX_VALUE)));
        find(Condition.compared(Field.FAILURES, Test.MORE, "\u0663"));
    }

    @org.junit.jupiter.api.Test
    void aFamilyIsFoundByItsParentAndItsFork(SagaKit kit) {
        SagaHandle<Object> fork =
                kit.belay().fork(sagas.get("fine"), dev.belay.ForkPoint.at("charge"), "ann", "once more");
        kit.runUntilIdle();
        List<SagaSummary> found = new ArrayList<>(inspector
                .sagas(SagaFilter.where(Condition.is(Field.FORKED_FROM, id("fine"))), Optional.empty(), 10)
                .items());

        assertThat(found).singleElement().extracting(SagaSummary::id).isEqualTo(fork.id());
        assertThat(inspector.saga(sagas.get("fine")).orElseThrow().forks()).containsExactly(fork.id());
        assertThat(inspector.count(SagaFilter.where(
                        Condition.is(Field.FORKED_FROM, id("fine")).not())))
                .isEqualTo(new Count(5, false));
    }
}
