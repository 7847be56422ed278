package dev.belay.dashboard.internal.query;

import dev.belay.Cause;
import dev.belay.SagaState;
import dev.belay.inspect.Condition;
import dev.belay.inspect.Field;
import dev.belay.inspect.SagaFilter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Filters of all sorts that the language can say; the same from the same seed. */
final class RandomFilters {
    private static final List<Condition.Test> SIZES =
            List.of(Condition.Test.LESS, Condition.Test.AT_MOST, Condition.Test.MORE, Condition.Test.AT_LEAST);
    private static final List<String> HOSTILE = List.of(
            "'; drop table belay.saga; --",
            "' or '1'='1",
            "\\",
            "\\\"",
            "\"",
            "-",
            "--",
            "-x",
            "a,b",
            ",",
            "status:failed",
            "sort:oldest",
            ":",
            ">=1",
            "=",
            "$1",
            ":now",
            "?",
            "%_",
            "<script>alert(1)</script>",
            "{{x}}",
            "\u0001\u0085\u2028",
            "\u00a0",
            " ",
            "\n\t",
            "\ud83d\ude80",
            "a\u0301",
            "null",
            "true",
            "__proto__",
            "..",
            "0191b3c2-7a41-7c3e-9d55-3b1f0c6a2e10");

    private final Random random;

    RandomFilters(long seed) {
        random = new Random(seed);
    }

    SagaFilter filter() {
        List<Condition> conditions =
                IntStream.range(0, random.nextInt(6)).mapToObj(i -> condition()).toList();
        return new SagaFilter(conditions, random.nextBoolean());
    }

    private Condition condition() {
        Field field = one(List.of(Field.values()));
        Condition condition = positive(field);
        return random.nextInt(4) == 0 ? condition.not() : condition;
    }

    private Condition positive(Field field) {
        return switch (field.sort()) {
            case ID -> any(field, Condition.Test.IS, () -> new UUID(random.nextLong(), random.nextLong()).toString());
            case FLAG -> Condition.is(field, "true");
            case NAME -> any(field, Condition.Test.IS, () -> name(field));
            case TEXT -> any(field, Condition.Test.HAS, this::text);
            case NUMBER -> sized(field, () -> Long.toString(random.nextLong() % 1_000_000_000_000_000_000L));
            case TIME ->
                sized(
                        field,
                        () -> Instant.ofEpochMilli((long) (random.nextDouble() * 32_503_680_000_000d))
                                .toString());
            case DURATION ->
                Condition.compared(
                        field,
                        one(SIZES),
                        Duration.ofMillis(random.nextInt() & Integer.MAX_VALUE).toString());
            case JSON -> json(field);
        };
    }

    private Condition json(Field field) {
        List<String> path = Stream.generate(() -> random.nextInt(10) == 0 ? "" : text())
                .limit(1 + random.nextInt(5))
                .toList();
        if (random.nextInt(3) == 0) {
            return Condition.at(
                    field,
                    path,
                    one(SIZES),
                    one(List.of("0", "-1", "42", "9007199254740993", "1.50", "-2.5E-3", "1e99")));
        }
        return any(field, path, Condition.Test.IS, () -> random.nextInt(20) == 0 ? "" : text());
    }

    private Condition sized(Field field, Supplier<String> value) {
        return random.nextBoolean()
                ? any(field, Condition.Test.IS, value)
                : Condition.compared(field, one(SIZES), value.get());
    }

    private Condition any(Field field, Condition.Test test, Supplier<String> value) {
        return any(field, List.of(), test, value);
    }

    private Condition any(Field field, List<String> path, Condition.Test test, Supplier<String> value) {
        List<String> values =
                Stream.generate(value).limit(1 + random.nextInt(4)).distinct().toList();
        return new Condition(field, path, test, values, false);
    }

    private String name(Field field) {
        return switch (field) {
            case STATE -> one(List.of(SagaState.values())).name();
            case CAUSE -> one(List.of(Cause.values())).name();
            case AWAITS -> one(Choices.of(Key.AWAITS)).word();
            default -> text();
        };
    }

    /** A text that is not empty: a hostile one, a plain word, or any characters at all. */
    String text() {
        return switch (random.nextInt(3)) {
            case 0 -> one(HOSTILE) + (random.nextBoolean() ? one(HOSTILE) : "");
            case 1 -> one(List.of("refund", "book-trip", "order 4711", "Zürich", "a.b", "42"));
            default -> {
                StringBuilder text = new StringBuilder();
                for (int i = 1 + random.nextInt(12); i > 0; i--) {
                    text.appendCodePoint(random.nextInt(3) == 0 ? codePoint() : 33 + random.nextInt(94));
                }
                yield text.toString();
            }
        };
    }

    private int codePoint() {
        int c = 1 + random.nextInt(0x10FFFF);
        return Character.getType(c) == Character.SURROGATE ? ' ' : c;
    }

    /** Anything somebody might paste: pieces of queries and of hostile texts, torn apart and put together again. */
    String torn() {
        List<String> pieces = new ArrayList<>();
        for (int i = random.nextInt(8); i >= 0; i--) {
            pieces.add(
                    switch (random.nextInt(6)) {
                        case 0 -> one(List.of(Key.values())).example();
                        case 1 ->
                            one(List.of(Key.values())).word()
                                    + one(List.of(Op.values())).sign();
                        case 2 ->
                            one(List.of(Key.values())).word()
                                    + one(List.of(Op.values())).sign()
                                    + text();
                        case 3 ->
                            one(List.of("\"", "-", ",", ".", ":", ">", "<=", "\\", "=", "\0", "\ud800", "\udc00"));
                        case 4 ->
                            one(List.of(
                                    "-2h",
                                    "today",
                                    "2026-11-20",
                                    "2026-11-20T10:00",
                                    "1h30m",
                                    "-99999999d",
                                    "999999999w",
                                    "9999-12-31",
                                    "0",
                                    "1e5"));
                        default -> text();
                    });
        }
        Collections.shuffle(pieces, random);
        StringBuilder text = new StringBuilder(String.join(random.nextInt(3) == 0 ? "" : " ", pieces));
        for (int i = random.nextInt(4); i > 0 && text.length() > 0; i--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(3)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, (char) random.nextInt(random.nextBoolean() ? 128 : 65_536));
                default -> text.insert(at, text.substring(random.nextInt(at + 1), at));
            }
        }
        return random.nextInt(500) == 0 ? text.toString().repeat(50) : text.toString();
    }

    private <T> T one(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
