package dev.belay.dashboard.internal.query;

import java.util.List;

/**
 * A word that may follow a key that knows all its words.
 *
 * @param word as it is written
 * @param help what it means, in a few words
 * @param values what it stands for: names of states or causes; of {@code is} the field it asks for
 */
public record Choice(String word, String help, List<String> values) {
    /** Keeps its own list. */
    public Choice {
        values = List.copyOf(values);
    }

    static Choice of(String word, String help, String... values) {
        return new Choice(word, help, List.of(values));
    }
}
