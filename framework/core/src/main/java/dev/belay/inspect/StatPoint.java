package dev.belay.inspect;

import java.time.Duration;
import java.time.Instant;

/**
 * What happened in one stretch of time, all steps together.
 *
 * @param from when it begins
 * @param succeeded how many attempts of steps succeeded
 * @param failed how many attempts of steps or undos failed, were rejected or lost
 * @param undone how many undos succeeded
 * @param total how long all these attempts took together
 * @param longest how long the longest took
 */
public record StatPoint(Instant from, long succeeded, long failed, long undone, Duration total, Duration longest) {}
