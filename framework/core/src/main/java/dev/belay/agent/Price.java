package dev.belay.agent;

import java.math.BigDecimal;
import java.time.Instant;

/**
 * What a model costs from a moment on, until a later price of the same model. One unit of money for all prices of an installation.
 *
 * @param provider as in {@link ModelRequest}
 * @param model as in {@link ModelRequest}
 * @param input for a million tokens read
 * @param output for a million tokens written
 * @param cached for a million tokens read from the provider's cache
 */
public record Price(
        String provider, String model, Instant validFrom, BigDecimal input, BigDecimal output, BigDecimal cached) {
    /** Refuses less than nothing. */
    public Price {
        if (input.signum() < 0 || output.signum() < 0 || cached.signum() < 0) {
            throw new IllegalArgumentException("A price must not be below 0, got " + input + ", " + output + " and "
                    + cached + " for " + provider + "/" + model + ".");
        }
    }
}
