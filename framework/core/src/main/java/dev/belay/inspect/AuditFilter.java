package dev.belay.inspect;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Which audit entries are meant; what is empty is not asked for. The newest come first. */
public record AuditFilter(
        Optional<UUID> saga,
        Optional<String> actor,
        Optional<String> action,
        Optional<Instant> from,
        Optional<Instant> to) {

    /** All of them. */
    public static AuditFilter all() {
        return new AuditFilter(
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Those about one saga. */
    public static AuditFilter of(UUID saga) {
        return new AuditFilter(
                Optional.of(saga), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }
}
