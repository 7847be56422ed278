package dev.belay.agent;

import java.util.Optional;

/**
 * What a provider lets all workers together ask in a minute.
 *
 * @param requests calls a minute
 * @param tokens tokens a minute, input and output
 */
public record ModelLimit(Optional<Integer> requests, Optional<Long> tokens) {
    /** So many calls a minute. */
    public static ModelLimit requestsPerMinute(int most) {
        return new ModelLimit(Optional.of(Math.toIntExact(positive(most))), Optional.empty());
    }

    /** So many tokens a minute. */
    public static ModelLimit tokensPerMinute(long most) {
        return new ModelLimit(Optional.empty(), Optional.of(positive(most)));
    }

    /** The same, and so many tokens a minute. */
    public ModelLimit andTokensPerMinute(long most) {
        return new ModelLimit(requests, Optional.of(positive(most)));
    }

    private static long positive(long most) {
        if (most <= 0) {
            throw new IllegalArgumentException("A limit must be above 0, got " + most + ".");
        }
        return most;
    }
}
