package dev.belay.internal.journal;

import org.jspecify.annotations.Nullable;

/**
 * A value as it is stored: the name of its type, and its JSON.
 *
 * @param type the registered name of its type
 * @param json the JSON
 * @param plain whether PostgreSQL's jsonb can hold it; texts with NUL or half a surrogate pair are kept as bytes instead
 */
public record Payload(String type, String json, boolean plain) {

    /** The JSON for a jsonb column, if that can hold it. */
    public @Nullable String jsonb() {
        return plain ? json : null;
    }

    /** The JSON for the bytea column beside it, if jsonb cannot hold it. */
    public byte @Nullable [] bytes() {
        return plain ? null : json.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    /** The payload in the three columns it is stored in; null if there is none. */
    public static @Nullable Payload of(@Nullable String type, @Nullable String jsonb, byte @Nullable [] bytes) {
        if (type == null) {
            return null;
        }
        return bytes != null
                ? new Payload(type, new String(bytes, java.nio.charset.StandardCharsets.UTF_8), false)
                : new Payload(type, jsonb == null ? "null" : jsonb, true);
    }
}
