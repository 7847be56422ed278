package dev.belay.dashboard.internal.query;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Dates and times as people write them, where and when they do. */
final class Times {
    private static final Instant FIRST = Instant.EPOCH;
    private static final Instant LAST = Instant.parse("3000-01-01T00:00:00Z");
    private static final int LENGTH_OF_DATE = "2026-11-20".length();
    private static final int LENGTH_TO_MINUTE = "2026-11-20T10:00".length();
    private static final int LENGTH_TO_SECOND = "2026-11-20T10:00:00".length();
    private static final String FORMS =
            "Write 2026-11-20, 2026-11-20T10:00, an instant as 2026-11-20T10:00:00Z, today, yesterday, or -2h for two hours ago.";

    private final Instant now;
    private final ZoneId zone;

    Times(Instant now, ZoneId zone) {
        this.now = now.truncatedTo(ChronoUnit.MILLIS);
        this.zone = zone;
    }

    /** Whether it is told by its distance from now. */
    static boolean isRelative(String text) {
        return text.startsWith("-") || text.startsWith("+");
    }

    Stretch read(String text) throws BadTerm {
        Stretch stretch;
        try {
            stretch = stretch(text);
        } catch (DateTimeException e) {
            throw new BadTerm(Spelling.shown(text) + " is no time.", FORMS);
        }
        if (stretch.from().isBefore(FIRST) || stretch.until().isAfter(LAST)) {
            throw new BadTerm(Spelling.shown(text) + " is not between 1970 and 2999.", "No saga is of that time.");
        }
        return stretch;
    }

    private Stretch stretch(String text) throws BadTerm {
        if (isRelative(text)) {
            Duration distance = Durations.read(text.substring(1));
            return Stretch.moment(text.startsWith("-") ? now.minus(distance) : now.plus(distance));
        }
        LocalDate today = LocalDate.ofInstant(now, zone);
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "today" -> day(today);
            case "yesterday" -> day(today.minusDays(1));
            case "tomorrow" -> day(today.plusDays(1));
            default -> written(text);
        };
    }

    private Stretch written(String text) throws BadTerm {
        if (text.isEmpty() || !Character.isDigit(text.charAt(0))) {
            throw new BadTerm(Spelling.shown(text) + " is no time.", FORMS);
        }
        if (isDuration(text)) {
            throw new BadTerm(
                    Spelling.shown(text) + " is a duration, not a time.",
                    "Write -" + text + " for that long ago, or ask for the age.");
        }
        if (text.length() == LENGTH_OF_DATE) {
            return day(LocalDate.parse(text));
        }
        if (text.length() == LENGTH_TO_MINUTE) {
            return local(text, Duration.ofMinutes(1));
        }
        if (text.length() == LENGTH_TO_SECOND) {
            return local(text, Duration.ofSeconds(1));
        }
        return Stretch.moment(OffsetDateTime.parse(text).toInstant());
    }

    private static boolean isDuration(String text) {
        try {
            Durations.read(text);
            return true;
        } catch (BadTerm e) {
            return false;
        }
    }

    private Stretch day(LocalDate date) {
        return new Stretch(
                date.atStartOfDay(zone).toInstant(),
                date.plusDays(1).atStartOfDay(zone).toInstant());
    }

    private Stretch local(String text, Duration length) {
        Instant from = LocalDateTime.parse(text).atZone(zone).toInstant();
        return new Stretch(from, from.plus(length));
    }
}
