package dev.belay.dashboard.internal.query;

/**
 * A query that every installation has under a name.
 *
 * @param name what the list of its sagas is called
 * @param query its text
 * @param help what it is for, in one sentence
 */
public record SystemView(String name, String query, String help) {}
