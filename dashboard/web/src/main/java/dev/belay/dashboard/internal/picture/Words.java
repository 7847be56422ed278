package dev.belay.dashboard.internal.picture;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.UUID;

/** How pictures say times, numbers and what is waited for. */
final class Words {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Words() {}

    /** A length of time by its two largest units. */
    static String duration(Duration duration) {
        Duration length = duration.isNegative() ? Duration.ZERO : duration;
        long millis = length.toMillis();
        if (millis < 1) {
            return length.isZero() ? "0 s" : "under 1 ms";
        }
        if (millis < 1_000) {
            return millis + " ms";
        }
        if (millis < 60_000) {
            long tenths = millis / 100;
            return tenths % 10 == 0 || tenths >= 100 ? tenths / 10 + " s" : tenths / 10 + "." + tenths % 10 + " s";
        }
        if (length.toHours() < 1) {
            return two(length.toMinutes(), "m", length.toSecondsPart(), "s");
        }
        if (length.toDays() < 1) {
            return two(length.toHours(), "h", length.toMinutesPart(), "m");
        }
        return two(length.toDays(), "d", length.toHoursPart(), "h");
    }

    private static String two(long large, String largeUnit, long small, String smallUnit) {
        return large + " " + largeUnit + (small == 0 ? "" : " " + small + " " + smallUnit);
    }

    static String time(Instant at) {
        return TIME.format(at);
    }

    /** "1 step", "2 steps", "1,200 steps". */
    static String count(long n, String one, String many) {
        return number(n) + " " + (n == 1 ? one : many);
    }

    static String number(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    static String times(int n) {
        return n == 1 ? "once" : n == 2 ? "twice" : number(n) + " times";
    }

    static String ordinal(int n) {
        int tens = n % 100;
        if (tens >= 11 && tens <= 13) {
            return n + "th";
        }
        return switch (n % 10) {
            case 1 -> n + "st";
            case 2 -> n + "nd";
            case 3 -> n + "rd";
            default -> n + "th";
        };
    }

    /** What the engine's name for a thing waited for means: follows "waits". */
    static String awaited(String awaits) {
        int colon = awaits.indexOf(':');
        String what = colon < 0 ? awaits : awaits.substring(0, colon);
        String which = colon < 0 ? "" : awaits.substring(colon + 1);
        return switch (what) {
            case "join" -> "for its branches";
            case "turn" -> "for its turn";
            case "time" -> "for its time";
            case "signal" -> "for signal " + which;
            case "approval" -> "for approval";
            case "tool" -> "for approval of a call";
            case "child" -> "for child saga " + brief(which);
            case "lock" -> "for the lock " + which;
            case "limit" -> "for room under the limit " + which;
            case "rate" -> "for its turn under the rate " + which;
            default -> "for " + awaits;
        };
    }

    private static String brief(String id) {
        try {
            return UUID.fromString(id).toString().substring(0, 8);
        } catch (IllegalArgumentException e) {
            return id;
        }
    }

    /** The first line of a text, cut. */
    static String firstLine(String text, int most) {
        int end = text.indexOf('\n');
        String line = (end < 0 ? text : text.substring(0, end)).strip();
        if (line.codePointCount(0, line.length()) <= most) {
            return line;
        }
        return line.substring(0, line.offsetByCodePoints(0, most - 1)) + "…";
    }
}
