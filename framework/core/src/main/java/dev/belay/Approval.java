package dev.belay;

import java.time.Instant;

/**
 * What a person decided.
 *
 * @param approved whether it was approved
 * @param by who decided; the engine's own "deadline" if the time was over
 * @param reason what the person said
 * @param at when, by the database's clock
 */
public record Approval(boolean approved, String by, String reason, Instant at) {}
