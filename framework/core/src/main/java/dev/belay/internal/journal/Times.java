package dev.belay.internal.journal;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/** Instants that somebody asks with, as statements can be given them: Java's reach further than the database's. */
public final class Times {
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

    private Times() {}

    /** The instant, or the nearest that the database can compare; nothing happened further away. */
    public static Instant bounded(Instant at) {
        return at.isBefore(EARLIEST) ? EARLIEST : at.isAfter(LATEST) ? LATEST : at;
    }

    static OffsetDateTime bind(Instant at) {
        return bounded(at).atOffset(ZoneOffset.UTC);
    }
}
