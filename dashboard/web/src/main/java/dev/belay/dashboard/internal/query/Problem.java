package dev.belay.dashboard.internal.query;

import java.util.Optional;

/**
 * What is wrong at one place of a query, said so that it can be mended.
 *
 * @param position where in the text the word begins
 * @param word the word as it stands there, cut if it is long
 * @param fact what is wrong
 * @param remedy what to write instead; empty if {@code meant} says it
 * @param meant the word of ours that is most like what was written
 */
public record Problem(int position, String word, String fact, String remedy, Optional<String> meant) {
    private static final int LONGEST_WORD = 60;

    static Problem at(int position, String word, BadTerm bad) {
        return new Problem(position, Spelling.cut(word, LONGEST_WORD), bad.fact(), bad.remedy(), bad.meant());
    }

    /** All of it, in one line. */
    public String message() {
        StringBuilder message = new StringBuilder(fact);
        meant.ifPresent(it -> message.append(" Did you mean \"").append(it).append("\"?"));
        if (!remedy.isEmpty()) {
            message.append(' ').append(remedy);
        }
        return message.toString();
    }
}
