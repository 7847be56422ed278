package dev.belay.agent;

import java.time.LocalDate;

/**
 * What calls of a model came to on a day, in UTC.
 *
 * @param tenant "" for none
 */
public record UsageLine(LocalDate day, String definition, String tenant, String provider, String model, Usage usage) {}
