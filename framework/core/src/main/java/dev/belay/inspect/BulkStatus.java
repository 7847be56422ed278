package dev.belay.inspect;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A decision about many sagas.
 *
 * @param filter which sagas were meant; which these are was settled when it began
 * @param total how many
 * @param done how many it was carried out on
 * @param refused how many refused it, for their state did not allow it
 * @param failed how many it could not be carried out on
 * @param endedAt when all were through, or it was stopped
 * @param stopped who stopped it
 */
public record BulkStatus(
        UUID id,
        BulkAction action,
        SagaFilter filter,
        String actor,
        String reason,
        Instant startedAt,
        long total,
        long done,
        long refused,
        long failed,
        Optional<Instant> endedAt,
        Optional<String> stopped) {}
