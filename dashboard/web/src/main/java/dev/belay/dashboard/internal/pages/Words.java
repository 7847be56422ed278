package dev.belay.dashboard.internal.pages;

import dev.belay.SagaState;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Locale;
import java.util.UUID;

/** How pages say times, lengths, numbers and states. */
public final class Words {
    private static final DateTimeFormatter ABSOLUTE = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd HH:mm:ss.SSS 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Words() {}

    /** A time in full, with its zone. */
    public static String absolute(Instant at) {
        return ABSOLUTE.format(at);
    }

    /** A time as documents have it, to the millisecond. */
    public static String iso(Instant at) {
        return at.truncatedTo(ChronoUnit.MILLIS).toString();
    }

    /** A minute of a day, in UTC. */
    public static String minute(Instant at) {
        return MINUTE.format(at);
    }

    /** How long ago, or in how long. */
    public static String relative(Instant at, Instant now) {
        Duration since = Duration.between(at, now);
        if (since.abs().toMillis() < 1500) {
            return "just now";
        }
        return since.isNegative() ? "in " + length(since.negated()) : length(since) + " ago";
    }

    /** A length in its two largest units. */
    public static String length(Duration length) {
        long millis = length.toMillis();
        if (millis < 0) {
            return "-" + length(length.negated());
        } else if (length.toNanos() < 1_000_000) {
            return length.toNanos() / 1000 + " µs";
        } else if (millis < 1000) {
            return millis + " ms";
        } else if (millis < 10_000) {
            return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
        } else if (millis < 60_000) {
            return millis / 1000 + " s";
        } else if (millis < 3_600_000) {
            return two(millis / 60_000, "min", millis / 1000 % 60, "s");
        } else if (millis < 86_400_000) {
            return two(millis / 3_600_000, "h", millis / 60_000 % 60, "min");
        }
        return two(millis / 86_400_000, "d", millis / 3_600_000 % 24, "h");
    }

    private static String two(long large, String largeUnit, long small, String smallUnit) {
        return large + " " + largeUnit + (small == 0 ? "" : " " + small + " " + smallUnit);
    }

    /** A number with its thousands apart. */
    public static String number(long n) {
        return String.format(Locale.ROOT, "%,d", n).replace(',', '\u202F');
    }

    /** A sum of money, without its unit: cents of what is large, four digits of what is small. */
    public static String money(BigDecimal sum) {
        if (sum.signum() == 0) {
            return "0";
        } else if (sum.abs().compareTo(BigDecimal.ONE) < 0) {
            return plain(sum.round(new MathContext(4, RoundingMode.HALF_UP)));
        }
        BigDecimal cents = sum.setScale(2, RoundingMode.HALF_UP);
        return String.format(Locale.ROOT, "%,.2f", cents).replace(',', '\u202F');
    }

    /** A number as it is, with all its digits and no more. */
    public static String plain(BigDecimal number) {
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }

    /** A number with its noun: "1 saga", "2 sagas". */
    public static String count(long n, String noun) {
        return number(n) + " " + noun + (n == 1 ? "" : "s");
    }

    /** A state for operators. */
    public static String state(SagaState state) {
        return switch (state) {
            case RUNNING -> "Running";
            case SUSPENDED -> "Step failed";
            case COMPENSATING -> "Being undone";
            case COMPLETED -> "Completed";
            case COMPENSATED -> "Undone";
            case COMPENSATION_FAILED -> "Undo failed";
            case RESOLVED -> "Closed by hand";
        };
    }

    /** The name of a state, as the audit keeps it, for operators; any other text as it is. */
    public static String stateName(String name) {
        return Arrays.stream(SagaState.values())
                .filter(state -> state.name().equals(name))
                .findFirst()
                .map(Words::state)
                .orElse(name);
    }

    /** How it is coloured: {@code run}, {@code bad}, {@code undo}, {@code ok} or {@code quiet}. Colour is never the only sign. */
    public static String tone(SagaState state) {
        return switch (state) {
            case RUNNING -> "run";
            case SUSPENDED, COMPENSATION_FAILED -> "bad";
            case COMPENSATING -> "undo";
            case COMPLETED -> "ok";
            case COMPENSATED, RESOLVED -> "quiet";
        };
    }

    /** The name of its icon, see {@code part/icon}. */
    public static String icon(SagaState state) {
        return switch (state) {
            case RUNNING -> "play";
            case SUSPENDED -> "alert";
            case COMPENSATING, COMPENSATED -> "undo";
            case COMPLETED -> "check";
            case COMPENSATION_FAILED -> "undo-alert";
            case RESOLVED -> "hand";
        };
    }

    /** The last part of a class name. */
    public static String simpleType(String type) {
        return type.substring(Math.max(type.lastIndexOf('.'), type.lastIndexOf('$')) + 1);
    }

    /** The beginning of an id, for reading; never for looking up. */
    public static String shortId(UUID id) {
        // The beginning of an id of version 7 is the time, which neighbours share.
        String text = id.toString();
        return text.substring(0, 8) + "…" + text.substring(text.length() - 6);
    }

    /** A text, cut. */
    public static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length) + "…";
    }
}
