package dev.belay.dashboard.internal.query;

import java.time.Instant;
import java.time.ZoneId;

/** One moment and place for all these tests: a Friday afternoon in Vienna, an hour ahead of UTC. */
final class Texts {
    static final Instant NOW = Instant.parse("2026-11-20T14:30:00Z");
    static final ZoneId ZONE = ZoneId.of("Europe/Vienna");

    private Texts() {}

    static Query parse(String text) {
        return QueryText.parse(text, NOW, ZONE);
    }
}
