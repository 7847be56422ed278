package dev.belay.agent;

import java.time.Instant;
import java.util.Optional;

/**
 * What a person decided about a call of a tool.
 *
 * @param approved whether it may be made
 * @param by who decided
 * @param reason what the person said
 * @param at when, by the database's clock
 * @param edited the arguments, as JSON, that the person has put in place of those asked for
 */
public record ToolDecision(boolean approved, String by, String reason, Instant at, Optional<String> edited) {}
