package dev.belay;

import java.time.Duration;
import java.util.Optional;

/**
 * How a saga is started. Immutable; begin with {@link #key} or {@link #defaults()}, and add to it:
 *
 * <pre>{@code
 * belay.start(bookTrip, request, StartOptions.key("order-4711").tenant("acme").deadline(Duration.ofHours(1)));
 * }</pre>
 *
 * @param startKey the idempotency key: a second start of the same definition with the same key returns the first saga, whatever
 *     its other options
 * @param priority smaller numbers are claimed first, within a tenant; 0 unless set
 * @param tenant on whose behalf it runs: tenants take turns, so that no one's sagas wait for all those of another; sagas
 *     without one are one tenant more
 * @param deadline how long after its start, by the database's clock, the saga's time is over; what its definition says unless set
 */
public record StartOptions(
        Optional<String> startKey, int priority, Optional<String> tenant, Optional<Duration> deadline) {
    private static final int LONGEST_KEY = 500;
    private static final int LONGEST_TENANT = 200;
    private static final Duration LONGEST_DEADLINE = Duration.ofDays(36_500);
    private static final StartOptions DEFAULTS =
            new StartOptions(Optional.empty(), 0, Optional.empty(), Optional.empty());

    public StartOptions {
        startKey.ifPresent(key -> requireText("start key", key, LONGEST_KEY));
        tenant.ifPresent(name -> requireText("tenant", name, LONGEST_TENANT));
        if (priority < Short.MIN_VALUE || priority > Short.MAX_VALUE) {
            throw new IllegalArgumentException("A priority must be between -32768 and 32767, got " + priority);
        }
        if (deadline.isPresent()
                && (deadline.get().compareTo(Duration.ofMillis(1)) < 0
                        || deadline.get().compareTo(LONGEST_DEADLINE) > 0)) {
            throw new IllegalArgumentException(
                    "A deadline must be between a millisecond and 36500 days after the start, got " + deadline.get());
        }
    }

    private static void requireText(String what, String text, int longest) {
        if (text.isBlank() || text.length() > longest) {
            throw new IllegalArgumentException("A " + what + " must have 1 to " + longest
                    + " characters, and not only blanks, got " + text.length());
        }
    }

    /** No key, no tenant, no deadline, priority 0. */
    public static StartOptions defaults() {
        return DEFAULTS;
    }

    /** A start that happens at most once for each definition and key. */
    public static StartOptions key(String key) {
        return new StartOptions(Optional.of(key), 0, Optional.empty(), Optional.empty());
    }

    /** The same options with the given priority. */
    public StartOptions withPriority(int priority) {
        return new StartOptions(startKey, priority, tenant, deadline);
    }

    /** The same options on behalf of the given tenant. */
    public StartOptions tenant(String tenant) {
        return new StartOptions(startKey, priority, Optional.of(tenant), deadline);
    }

    /** The same options with the given time to end. */
    public StartOptions deadline(Duration afterStart) {
        return new StartOptions(startKey, priority, tenant, Optional.of(afterStart));
    }
}
