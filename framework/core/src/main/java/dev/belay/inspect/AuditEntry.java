package dev.belay.inspect;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * Something a person decided, or was shown.
 *
 * @param saga the saga it is about, if it is about one; it may have been purged since
 * @param definition that saga's definition, if it still exists
 * @param about else what it is about: {@code queue}, {@code definition}, {@code bulk} or {@code dashboard}
 * @param name the name of that
 * @param before the state before
 * @param after the state after
 */
public record AuditEntry(
        long id,
        Instant at,
        String actor,
        String action,
        String reason,
        Optional<UUID> saga,
        Optional<String> definition,
        Optional<String> about,
        Optional<String> name,
        OptionalInt seq,
        Optional<String> step,
        String before,
        String after) {}
