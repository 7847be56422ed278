package dev.belay.dashboard.internal.query;

import java.util.List;

/**
 * What may be written at the begin of a term.
 *
 * @param key as it is written
 * @param help what it is for, in one sentence
 * @param example a term with it
 * @param choices the words that may follow; none if it takes any
 */
public record Suggestion(String key, String help, String example, List<Choice> choices) {
    /** Keeps its own list. */
    public Suggestion {
        choices = List.copyOf(choices);
    }
}
