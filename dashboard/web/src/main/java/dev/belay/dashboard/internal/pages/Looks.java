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
 * Records in the audit who looked at which payloads of which saga; of several looks at the same within some minutes only the first.
 * What was recorded is remembered by this process, up to a bound, and only once it stands in the audit; so a look may be recorded once
 * more, and none is lost. Thread-safe.
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

    private record Look(String actor, UUID saga, String words) {}

    /** Whether the caller may see payloads; if so, that they saw those of {@code saga} is recorded. */
    public boolean at(Call call, UUID saga, String words) {
        if (!call.principal().may(Permission.PAYLOAD_READ)) {
            return false;
        }
        record(call, saga, words);
        return true;
    }

    /** Records that the caller, who may, saw payloads of {@code saga}: those that {@code words} name. */
    public void record(Call call, UUID saga, String words) {
        Look look = new Look(call.principal().name(), saga, words);
        if (!isRecorded(look)) {
            always(call, saga, words);
            remember(look);
        }
    }

    /** The same for what is recorded each time: what is taken away. */
    public void always(Call call, UUID saga, String words) {
        belay.audit(call.principal().name(), "read payload", Optional.of(saga), words);
    }

    private synchronized boolean isRecorded(Look look) {
        Instant before = recorded.get(look);
        return before != null && clock.instant().isBefore(before.plus(ONCE_IN));
    }

    private synchronized void remember(Look look) {
        recorded.remove(look);
        recorded.put(look, clock.instant());
        if (recorded.size() > MOST) {
            recorded.remove(recorded.keySet().iterator().next());
        }
    }
}
