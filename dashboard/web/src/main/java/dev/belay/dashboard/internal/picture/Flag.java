package dev.belay.dashboard.internal.picture;

import java.time.Instant;

/** A {@link Timeline.Mark} by the clock. */
record Flag(Timeline.Sign sign, Instant at, String words) {}
