package dev.belay.inspect;

import java.util.Optional;
import java.util.Set;

/**
 * What somebody may see: sagas of certain tenants, of certain definitions, or both.
 *
 * @param tenants the tenants; empty for all, and for sagas without one
 * @param definitions the names of the definitions; empty for all
 */
public record Scope(Optional<Set<String>> tenants, Optional<Set<String>> definitions) {
    /** Keeps its own sets. */
    public Scope {
        tenants = tenants.map(Set::copyOf);
        definitions = definitions.map(Set::copyOf);
    }

    /** Everything. */
    public static Scope everything() {
        return new Scope(Optional.empty(), Optional.empty());
    }
}
