package dev.belay.dashboard.internal.pages;

import dev.belay.Belay;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.web.Call;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Records in the audit who looked at the payloads of which saga; of several looks within some minutes only the first. What was recorded
 * is remembered by this process, up to a bound; so another process may record a look once more, and none is lost. Thread-safe.
 */
public final class Looks {
    private static final int MOST = 10_000;
    private static final Duration ONCE_IN = Duration.ofMinutes(10);

    private final Belay belay;
    private final InstantSource clock;
    private final Map<Look, Instant> recorded = new LinkedHashMap<>();

    Looks(Belay belay, InstantSource clock) {
        this.belay = belay;
        this.clock = clock;
    }

    private record Look(String actor, UUID saga) {}

    /** Whether the caller may see payloads; if so, that they saw those of {@code saga} is recorded. */
    public boolean at(Call call, UUID saga, String words) {
        if (!call.principal().may(Permission.PAYLOAD_READ)) {
            return false;
        }
        record(call, saga, words);
        return true;
    }

    /** Records that the caller, who may, saw payloads of {@code saga}. */
    public void record(Call call, UUID saga, String words) {
        String actor = call.principal().name();
        if (isFirst(new Look(actor, saga))) {
            belay.audit(actor, "read payload", Optional.of(saga), words);
        }
    }

    private synchronized boolean isFirst(Look look) {
        Instant now = clock.instant();
        Instant before = recorded.get(look);
        if (before != null && now.isBefore(before.plus(ONCE_IN))) {
            return false;
        }
        recorded.remove(look);
        recorded.put(look, now);
        if (recorded.size() > MOST) {
            recorded.remove(recorded.keySet().iterator().next());
        }
        return true;
    }
}
