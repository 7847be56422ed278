package dev.belay;

/**
 * What became of the items of a fan-out.
 *
 * @param items how many there were
 * @param succeeded how many came to their end
 * @param failed how many failed and were let go, which only a fan-out with {@link Step#toleratingFailures} does
 */
public record GroupSummary(int items, int succeeded, int failed) {}
