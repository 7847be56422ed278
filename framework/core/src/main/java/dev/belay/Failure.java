package dev.belay;

/**
 * An exception as it is kept in the journal: readable long after the process that threw it is gone.
 *
 * @param step the step it came from
 * @param type the exception's class name, as text; never loaded as a class
 * @param message what it said
 * @param stack the stack trace, shortened to 16,000 characters
 */
public record Failure(String step, String type, String message, String stack) {}
