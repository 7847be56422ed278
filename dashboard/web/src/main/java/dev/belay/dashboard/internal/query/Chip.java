package dev.belay.dashboard.internal.query;

/**
 * A term as a label that can be taken away.
 *
 * @param label what it asks for, in words
 * @param without the text of the query without it
 */
public record Chip(String label, String without) {}
