package dev.belay.internal.journal;

import dev.belay.PayloadException;
import dev.belay.PayloadName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** How values stored under old type names are brought to the shape the code has now. Immutable and thread-safe. */
public final class Upcasters {
    private final Map<String, Upcaster> byName = new TreeMap<>();

    /** From one stored name to another name. */
    public record Upcaster(String from, String to, Function<JsonNode, JsonNode> function) {}

    /** Checks that every stored name leads to one place, and to none in a circle. */
    public Upcasters(Collection<Upcaster> upcasters) {
        List<String> problems = new ArrayList<>();
        for (Upcaster upcaster : upcasters) {
            Upcaster twin = byName.putIfAbsent(upcaster.from(), upcaster);
            if (twin != null) {
                problems.add("two of them read \"" + upcaster.from() + "\", to \"" + twin.to() + "\" and to \""
                        + upcaster.to() + "\"; keep one, and let it lead on to the other's name");
            }
        }
        byName.keySet().forEach(from -> {
            Set<String> seen = new LinkedHashSet<>();
            String name = from;
            while (name != null && seen.add(name)) {
                Upcaster next = byName.get(name);
                name = next == null ? null : next.to();
            }
            if (from.equals(name)) {
                problems.add("they go in a circle: \"" + String.join("\" to \"", seen) + "\" to \"" + name
                        + "\"; give the new shape a name of its own by @PayloadName");
            }
        });
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("The upcasters cannot be used:\n  - " + String.join("\n  - ", problems));
        }
    }

    /** Whether a value stored under {@code stored} can be read as {@code type}, as it is or by upcasters. */
    public boolean reads(String stored, Class<?> type) {
        return type == Object.class
                || PayloadName.Of.matches(stored, type)
                || !path(stored, type).isEmpty();
    }

    /** The upcasters from a stored name to a class, in their order; none if it is stored as the class is, or none lead there. */
    List<Upcaster> path(String stored, Class<?> type) {
        String wanted = PayloadName.Of.type(type);
        List<Upcaster> path = new ArrayList<>();
        List<Upcaster> found = List.of();
        String name = stored;
        while (!name.equals(wanted)) {
            Upcaster next = byName.get(name);
            if (next == null) {
                // A name the class had before is good enough to end at.
                return found;
            }
            path.add(next);
            name = next.to();
            if (PayloadName.Of.matches(name, type)) {
                found = List.copyOf(path);
            }
        }
        return path;
    }

    /** What the given upcasters make of a value; {@code what} names it in errors. */
    static JsonNode apply(List<Upcaster> path, JsonNode stored, String what) {
        JsonNode value = stored;
        for (Upcaster upcaster : path) {
            value = apply(upcaster, value, what);
        }
        return value;
    }

    private static JsonNode apply(Upcaster upcaster, JsonNode value, String what) {
        String words = what + ", stored as \"" + upcaster.from() + "\", could not be brought to \"" + upcaster.to()
                + "\": its upcaster ";
        @Nullable JsonNode made;
        try {
            made = upcaster.function().apply(value);
        } catch (RuntimeException e) {
            throw new PayloadException(
                    words + "threw " + e + ". Mend it and retry; the stored value is kept as it is.", e);
        }
        if (made == null) {
            throw new PayloadException(words + "returned null. Return the JSON in its new shape.");
        }
        return made;
    }
}
