package dev.belay.dashboard.internal.query;

import java.util.Arrays;
import java.util.List;

/** All keys of the language, for completion in the box and for the help beside it. */
public final class Suggestions {
    private Suggestions() {}

    /** Every key, the most used first. */
    public static List<Suggestion> all() {
        return Arrays.stream(Key.values())
                .map(key -> new Suggestion(key.word(), key.help(), key.example(), key.choices()))
                .toList();
    }
}
