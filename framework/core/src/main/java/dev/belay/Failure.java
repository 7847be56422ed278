package dev.belay;

/**
 * An exception as it is kept in the journal: readable long after the process that threw it is gone.
 *
 * @param step the step it came from
 * @param type the exception's class name, as text; never loaded as a class
 * @param message what it said
 * @param stack the stack trace, shortened to 16,000 characters
 */
public record Failure(String step, String type, String message, String stack) {

    /**
     * Twelve characters that are the same for the same reason: the same type, a message that differs only in numbers, ids,
     * quoted text and addresses, and the same method of yours in which it was thrown. For grouping; the same text always gives the
     * same fingerprint, in every process. The step does not matter.
     */
    public String fingerprint() {
        return Fingerprint.of(type, message, stack);
    }

    /**
     * What it says, with {@code #} and {@code ?} in place of what differs from one failure of the same {@link #fingerprint} to the next:
     * numbers, ids, addresses and quoted text.
     */
    public String gist() {
        return Fingerprint.normalised(message);
    }
}
