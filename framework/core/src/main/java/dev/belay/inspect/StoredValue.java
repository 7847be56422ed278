package dev.belay.inspect;

/**
 * An input or output as it is stored.
 *
 * @param type the name of its type, see {@link dev.belay.PayloadName}
 * @param json its JSON, exactly as stored: numbers keep all their digits
 */
public record StoredValue(String type, String json) {}
