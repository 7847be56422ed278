package dev.belay.internal.queue;

import dev.belay.SagaState;
import dev.belay.inspect.Condition;
import dev.belay.inspect.Condition.Test;
import dev.belay.inspect.Field;
import dev.belay.inspect.SagaFilter;
import dev.belay.internal.journal.PlanTable;
import dev.belay.internal.journal.Times;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongPredicate;
import java.util.stream.Stream;
import org.jdbi.v3.core.statement.SqlStatement;

/**
 * A filter as SQL about a saga known as g. Each condition becomes one of the fixed texts below; what the filter brings is bound, as
 * arrays of texts that the statement casts, under names that count the conditions.
 */
final class Criteria {
    /** What went wrong: why an undo failed, if one did, else why the saga was turned or waits. */
    static final String FAILURE = "(case when g.state = 'COMPENSATION_FAILED' then coalesce("
            + "(select t.failure from belay.saga_turned t where t.id = g.id), g.failure) else g.failure end)";

    private static final String TURNED =
            "'SUSPENDED', 'COMPENSATING', 'COMPENSATION_FAILED', 'COMPENSATED', 'RESOLVED'";
    private static final int LONGEST_NUMBER = 1_000;

    private final List<PlanTable.Named> plans;
    private final StringBuilder sql = new StringBuilder();
    private final List<Bound> bounds = new ArrayList<>();
    private final List<Known> known = new ArrayList<>();

    private record Bound(String name, List<String> values) {}

    /** A condition with the name its values are bound under; one on the plan brings the plans that meet it. */
    record Known(Condition condition, String name, Optional<List<Integer>> plans) {
        boolean isOn(Field field) {
            return !condition.negated() && condition.field() == field;
        }
    }

    Criteria(SagaFilter filter, List<PlanTable.Named> plans) {
        this.plans = plans;
        for (Condition condition : filter.conditions()) {
            String name = "c" + known.size();
            known.add(new Known(condition, name, plansOf(condition)));
            bounds.add(new Bound(name, normal(condition)));
            // Whatever is missing does not meet a condition, and so meets its opposite.
            sql.append(condition.negated() ? " and not coalesce(" : " and coalesce(")
                    .append(sql(condition, name))
                    .append(", false)");
        }
    }

    /** The conditions, each begun by "and". */
    String and() {
        return sql.toString();
    }

    List<Known> known() {
        return known;
    }

    <S extends SqlStatement<S>> S bind(S statement) {
        for (Bound bound : bounds) {
            statement.bindArray(bound.name(), String.class, bound.values());
        }
        return statement;
    }

    private String sql(Condition condition, String name) {
        Test test = condition.test();
        return switch (condition.field()) {
            case ID -> among("g.id", "uuid", name);
            case KEY -> among("g.start_key", "text", name);
            case STATE -> among("g.state", "text", name);
            case CAUSE -> failed(among("g.cause", "text", name));
            case DEFINITION, VERSION -> among("g.plan_id", "int", plans(condition, name));
            case STEP ->
                "case when g.ended_at is null then " + job(among("j.step", "text", name)) + " else "
                        + turned(among("t.step", "text", name)) + " end";
            case QUEUE -> job(among("j.queue", "text", name));
            case TENANT -> among("g.tenant", "text", name);
            case PARENT -> among("g.parent_id", "uuid", name);
            case FORKED_FROM -> among("g.forked_from", "uuid", name);
            case AWAITS -> job(awaits(name));
            case WORKER -> job("j.state = 'C' and " + compared("j.owner", "bigint", test, name));
            case ERROR -> failed(text(FAILURE + " ->> 'message'", test, name));
            case ERROR_TYPE -> failed(text(FAILURE + " ->> 'type'", test, name));
            case FINGERPRINT ->
                "case when g.state in (" + TURNED + ") then " + turned(among("t.fingerprint", "text", name)) + " else "
                        + failed(among("g.failure ->> 'fingerprint'", "text", name)) + " end";
            case ANYTHING -> anything(condition, test, name);
            case PAUSED -> flag("g.paused and g.ended_at is null", name);
            case OVERDUE ->
                flag(
                        "g.ended_at is null and (coalesce(g.deadline_at <= belay.now(), false) or "
                                + job("j.deadline_at <= belay.now()") + ")",
                        name);
            case STUCK -> flag("g.state in ('SUSPENDED', 'COMPENSATION_FAILED') or " + job("j.state = 'P'"), name);
            case RESIDUE -> flag("g.residue", name);
            case PIVOT_PASSED -> flag("g.pivot_passed", name);
            case STARTED -> compared("g.started_at", "timestamptz", test, name);
            case ENDED -> compared("g.ended_at", "timestamptz", test, name);
            case DEADLINE -> compared("g.deadline_at", "timestamptz", test, name);
            case AGE -> compared(millis("belay.now() - g.started_at"), "numeric", test, name);
            case TOOK -> compared(millis("coalesce(g.ended_at, belay.now()) - g.started_at"), "numeric", test, name);
            case FAILURES -> job(compared("j.failures", "bigint", test, name));
            case INPUT -> json("g.input", condition, name);
            case OUTPUT -> json("g.output", condition, name);
        };
    }

    private static String among(String what, String type, String name) {
        return what + " = any(:" + name + "::" + type + "[])";
    }

    static String compared(String what, String type, Test test, String name) {
        return test == Test.IS
                ? among(what, type, name)
                : what + operator(test) + "(:" + name + "::text[])[1]::" + type;
    }

    private static String operator(Test test) {
        return switch (test) {
            case LESS -> " < ";
            case AT_MOST -> " <= ";
            case MORE -> " > ";
            case AT_LEAST -> " >= ";
            case IS, HAS -> throw new IllegalArgumentException(test + " orders nothing");
        };
    }

    private static String millis(String interval) {
        return "(extract(epoch from " + interval + ") * 1000)::numeric";
    }

    /** What completed has nothing that failed, whatever its row still says of a failure that was got over. */
    private static String failed(String condition) {
        return "g.state <> 'COMPLETED' and " + condition;
    }

    /** Of sagas that have turned, without unpacking their failures. */
    private static String turned(String condition) {
        return "exists (select from belay.saga_turned t where t.id = g.id and (" + condition + "))";
    }

    static String job(String condition) {
        return "exists (select from belay.job j where j.saga_id = g.id and (" + condition + "))";
    }

    static String awaits(String name) {
        return "split_part(j.awaits, ':', 1) = any(:" + name + "::text[]) or j.awaits = any(:" + name + "::text[])";
    }

    private static String flag(String fact, String name) {
        return "coalesce(" + fact + ", false) = any(:" + name + "::boolean[])";
    }

    /** Texts are compared whatever their case. */
    private static String text(String what, Test test, String name) {
        return "exists (select from unnest(:" + name + "::text[]) as v(part) where "
                + (test == Test.IS
                        ? "lower(v.part) = lower(" + what + ")"
                        : "position(lower(v.part) in lower(" + what + ")) > 0")
                + ")";
    }

    private String anything(Condition condition, Test test, String name) {
        return "coalesce(" + among("g.plan_id", "int", plans(condition, name)) + ", false) or coalesce("
                + text("g.start_key", test, name) + ", false) or coalesce("
                + text(FAILURE + " ->> 'message'", test, name) + ", false)";
    }

    /** A number is compared with numbers by value, everything else by its text. Objects and arrays are nothing's equal. */
    private String json(String column, Condition condition, String name) {
        String path = name + "p";
        bounds.add(new Bound(path, condition.path()));
        String found = " from (select " + column + " #> :" + path + "::text[]) as x(v))";
        if (condition.test() == Test.HAS) {
            return "(select case jsonb_typeof(v) when 'string' then " + text("v #>> '{}'", Test.HAS, name)
                    + " else false end" + found;
        }
        String numbers = name + "n";
        List<String> numeric = condition.values().stream()
                .flatMap(value -> number(value).stream())
                .toList();
        bounds.add(new Bound(numbers, numeric));
        if (condition.test() == Test.IS) {
            return "(select case jsonb_typeof(v) when 'number' then " + among("v::numeric", "numeric", numbers)
                    + " when 'string' then " + among("v #>> '{}'", "text", name)
                    + " when 'boolean' then " + among("v #>> '{}'", "text", name)
                    + " when 'null' then " + among("'null'", "text", name) + " else false end" + found;
        }
        return numeric.isEmpty()
                ? "(select case jsonb_typeof(v) when 'string' then "
                        + compared("(v #>> '{}') collate \"C\"", "text", condition.test(), name) + " else false end"
                        + found
                : "(select case jsonb_typeof(v) when 'number' then "
                        + compared("v::numeric", "numeric", condition.test(), numbers) + " else false end" + found;
    }

    /** As the database reads it; empty if it is none, or one that no sane payload holds. */
    private static Optional<String> number(String value) {
        try {
            BigDecimal number = new BigDecimal(value.strip());
            boolean sane = Math.abs((long) number.scale()) <= LONGEST_NUMBER;
            return sane ? Optional.of(number.toPlainString()) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Binds the plans that a condition means; what it means is settled here, for there are few of them. */
    private String plans(Condition condition, String name) {
        bounds.add(new Bound(
                name + "q",
                plansOf(condition).orElse(List.of()).stream()
                        .map(String::valueOf)
                        .toList()));
        return name + "q";
    }

    private Optional<List<Integer>> plansOf(Condition condition) {
        return switch (condition.field()) {
            case DEFINITION ->
                Optional.of(
                        numbers(plans.stream().filter(plan -> condition.values().contains(plan.definition()))));
            case VERSION -> Optional.of(numbers(plans.stream().filter(plan -> compares(condition, plan.version()))));
            case ANYTHING ->
                Optional.of(numbers(plans.stream()
                        .filter(plan -> condition.values().stream()
                                .anyMatch(value -> named(plan.definition(), condition.test(), value)))));
            default -> Optional.empty();
        };
    }

    private static List<Integer> numbers(Stream<PlanTable.Named> plans) {
        return plans.map(PlanTable.Named::id).toList();
    }

    private static boolean named(String definition, Test test, String value) {
        String name = definition.toLowerCase(Locale.ROOT);
        String part = value.toLowerCase(Locale.ROOT);
        return test == Test.IS ? name.equals(part) : name.contains(part);
    }

    private static boolean compares(Condition condition, long number) {
        LongPredicate test = switch (condition.test()) {
            case LESS -> value -> number < value;
            case AT_MOST -> value -> number <= value;
            case MORE -> value -> number > value;
            case AT_LEAST -> value -> number >= value;
            case IS, HAS -> value -> number == value;
        };
        return condition.values().stream().mapToLong(Long::parseLong).anyMatch(test);
    }

    /** The values as the database reads them: Java knows more ways to write a number, an id or a time. */
    private static List<String> normal(Condition condition) {
        Stream<String> values = condition.values().stream();
        return (switch (condition.field().sort()) {
                    case ID -> values.map(value -> UUID.fromString(value).toString());
                    case NUMBER -> values.map(value -> String.valueOf(Long.parseLong(value)));
                    case TIME ->
                        values.map(value -> Times.bounded(Instant.parse(value)).toString());
                    case DURATION ->
                        values.map(value -> String.valueOf(Duration.parse(value).toMillis()));
                    case NAME ->
                        condition.field() == Field.AWAITS
                                ? values.flatMap(value -> switch (value) {
                                    case "limit" -> Stream.of("limit", "rate");
                                    case "approval" -> Stream.of("approval", "tool");
                                    default -> Stream.of(value);
                                })
                                : values;
                    case TEXT, FLAG, JSON -> values;
                })
                .toList();
    }

    /** The states that the filter lets through. */
    List<SagaState> states() {
        return Stream.of(SagaState.values())
                .filter(state -> known.stream()
                        .map(Known::condition)
                        .filter(condition -> condition.field() == Field.STATE)
                        .allMatch(condition -> condition.values().contains(state.name()) != condition.negated()))
                .toList();
    }
}
