package dev.belay.dashboard.internal.query;

import java.time.Duration;

/** Durations as people write them: {@code 90s}, {@code 1h30m}, {@code 2d}. */
final class Durations {
    static final Duration LONGEST = Duration.ofDays(36_500);

    private static final int MOST_DIGITS = 9;
    private static final String UNITS = "The units are ms, s, m, h, d and w: 1h30m.";

    private Durations() {}

    static Duration read(String text) throws BadTerm {
        Duration sum = Duration.ZERO;
        int at = 0;
        do {
            int unit = skip(text, at, true);
            int next = skip(text, unit, false);
            String number = text.substring(at, unit);
            if (number.isEmpty() || number.length() > MOST_DIGITS) {
                throw new BadTerm(Spelling.shown(text) + " is no duration.", UNITS);
            }
            if (unit == text.length()) {
                throw new BadTerm(
                        Spelling.shown(text) + " has no unit.",
                        "Write " + Spelling.cut(text, 30) + "m or " + Spelling.cut(text, 30) + "h.");
            }
            sum = sum.plus(times(Long.parseLong(number), text.substring(unit, next), text));
            at = next;
        } while (at < text.length());
        if (sum.compareTo(LONGEST) > 0) {
            throw new BadTerm(
                    Spelling.shown(text) + " is longer than " + LONGEST.toDays() + " days.",
                    "Write a shorter duration.");
        }
        return sum;
    }

    /** As {@link #read} takes it; a duration with a fraction of a millisecond loses that. */
    static String print(Duration duration) {
        StringBuilder text = new StringBuilder();
        append(text, duration.toDaysPart(), "d");
        append(text, duration.toHoursPart(), "h");
        append(text, duration.toMinutesPart(), "m");
        append(text, duration.toSecondsPart(), "s");
        append(text, duration.toMillisPart(), "ms");
        return text.isEmpty() ? "0s" : text.toString();
    }

    private static void append(StringBuilder text, long number, String unit) {
        if (number != 0) {
            text.append(number).append(unit);
        }
    }

    private static Duration times(long number, String unit, String text) throws BadTerm {
        return switch (unit) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            case "d" -> Duration.ofDays(number);
            case "w" -> Duration.ofDays(7 * number);
            default -> throw new BadTerm(Spelling.shown(text) + " is no duration.", UNITS);
        };
    }

    /** Where the stretch of digits, or of anything else, that begins there ends. */
    private static int skip(String text, int from, boolean digits) {
        int at = from;
        while (at < text.length() && (text.charAt(at) >= '0' && text.charAt(at) <= '9') == digits) {
            at++;
        }
        return at;
    }
}
