package dev.belay.inspect;

/**
 * How many there are, counted only so far.
 *
 * @param n how many were counted
 * @param orMore whether counting stopped there: there may be more
 */
public record Count(long n, boolean orMore) {}
