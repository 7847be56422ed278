package dev.belay;

import java.time.Instant;
import java.util.UUID;

/**
 * The terminal event of a saga: exactly one is recorded, and it is delivered at least once.
 *
 * @param id the same for each delivery of the same event
 * @param sagaId the saga
 * @param definition the name of its definition
 * @param state the state it ended in
 * @param at when it was recorded, by the database's clock
 */
public record EndEvent(long id, UUID sagaId, String definition, SagaState state, Instant at) {}
