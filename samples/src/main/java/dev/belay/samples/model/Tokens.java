package dev.belay.samples.model;

/**
 * Counts tokens, the unit in which models are billed.
 *
 * <p>The rule: a run of letters and digits costs one token for every four characters begun; every other character that
 * is not white space costs one token; white space is free. So {@code "claim(42) released"} costs 2 + 1 + 1 + 1 + 2 = 7.
 * English and source code come out near what real tokenizers count, and the count never changes.
 */
final class Tokens {

    private static final int CHARACTERS_A_TOKEN = 4;

    private Tokens() {}

    static int count(String text) {
        var tokens = 0;
        var run = 0;
        for (var i = 0; i < text.length(); ) {
            var character = text.codePointAt(i);
            i += Character.charCount(character);
            if (Character.isLetterOrDigit(character)) {
                if (run % CHARACTERS_A_TOKEN == 0) {
                    tokens++;
                }
                run++;
            } else {
                run = 0;
                if (!Character.isWhitespace(character)) {
                    tokens++;
                }
            }
        }
        return tokens;
    }
}
