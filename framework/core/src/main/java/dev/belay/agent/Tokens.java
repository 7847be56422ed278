package dev.belay.agent;

/**
 * What a model read and wrote.
 *
 * @param input tokens of the request, those read from the provider's cache included
 * @param output tokens of the answer
 * @param cached how many of {@code input} the provider read from its cache
 */
public record Tokens(long input, long output, long cached) {
    /** No tokens. */
    public static final Tokens NONE = new Tokens(0, 0, 0);

    /** Refuses numbers that cannot be. */
    public Tokens {
        if (input < 0 || output < 0 || cached < 0 || cached > input) {
            throw new IllegalArgumentException("Tokens are counted from 0, and no more are cached than read; got input "
                    + input + ", output " + output + ", cached " + cached + ".");
        }
    }

    /** Tokens of which none came from a cache. */
    public static Tokens of(long input, long output) {
        return new Tokens(input, output, 0);
    }

    /** Both together. */
    public Tokens plus(Tokens other) {
        return new Tokens(input + other.input, output + other.output, cached + other.cached);
    }

    /** Input and output. */
    public long total() {
        return input + output;
    }
}
