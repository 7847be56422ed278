package dev.belay.dashboard.internal.signin;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Names that people sign in by. Two that look alike but for their case are one. */
public final class Names {
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}._@+-]{0,99}");

    private Names() {}

    /** A name as it is kept; empty if it cannot be one. */
    public static Optional<String> kept(String typed) {
        String name = Normalizer.normalize(typed.strip(), Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        return NAME.matcher(name).matches() ? Optional.of(name) : Optional.empty();
    }

    /** What a name has to be like. */
    public static String rule() {
        return "A name has 1 to 100 letters, digits or . _ - + @ and begins with a letter or a digit.";
    }
}
