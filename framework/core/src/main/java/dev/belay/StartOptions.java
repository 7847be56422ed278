package dev.belay;

import java.util.Optional;

/**
 * How a saga is started. Immutable.
 *
 * @param startKey the idempotency key: a second start of the same definition with the same key returns the first saga
 * @param priority smaller numbers are claimed first; 0 unless set
 */
public record StartOptions(Optional<String> startKey, int priority) {
    private static final StartOptions DEFAULTS = new StartOptions(Optional.empty(), 0);

    public StartOptions {
        if (startKey.isPresent() && (startKey.get().isBlank() || startKey.get().length() > 500)) {
            throw new IllegalArgumentException("A start key must have 1 to 500 characters, got "
                    + startKey.get().length());
        }
        if (priority < Short.MIN_VALUE || priority > Short.MAX_VALUE) {
            throw new IllegalArgumentException("A priority must be between -32768 and 32767, got " + priority);
        }
    }

    /** No key, priority 0. */
    public static StartOptions defaults() {
        return DEFAULTS;
    }

    /** A start that happens at most once for each definition and key. */
    public static StartOptions key(String key) {
        return new StartOptions(Optional.of(key), 0);
    }

    /** The same options with the given priority. */
    public StartOptions withPriority(int priority) {
        return new StartOptions(startKey, priority);
    }
}
