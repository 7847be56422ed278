package dev.belay.dashboard.internal.signin;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Passwords as they are kept: {@code pbkdf2-sha256$iterations$salt$hash}, by the JDK's own PBKDF2. Checking one takes a good part of a
 * second of one core on purpose.
 */
public final class Passwords {
    /** How long a password must be. */
    public static final int SHORTEST = 12;

    /** How long it may be. */
    public static final int LONGEST = 200;

    private static final int ITERATIONS = 600_000;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final String KIND = "pbkdf2-sha256";
    private static final String LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
    private static final int GENERATED = 20;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** What is checked against when there is nobody of that name, so that this takes as long. */
    private static final String NOBODYS = hash("nobody has this password");

    private Passwords() {}

    /** A password as it is kept. */
    public static String hash(String password) {
        byte[] salt = new byte[SALT_BYTES];
        RANDOM.nextBytes(salt);
        return KIND + "$" + ITERATIONS + "$" + text(salt) + "$" + text(derive(password, salt, ITERATIONS));
    }

    /** Whether {@code password} is the one kept as {@code kept}; if nothing is kept, it takes as long to say no. */
    public static boolean matches(String password, Optional<String> kept) {
        String[] parts = kept.orElse(NOBODYS).split("\\$", -1);
        if (parts.length != 4 || !parts[0].equals(KIND)) {
            throw new IllegalStateException("A password is kept in a way that this version does not know.");
        }
        byte[] expected = Base64.getDecoder().decode(parts[3]);
        byte[] given = derive(password, Base64.getDecoder().decode(parts[2]), Integer.parseInt(parts[1]));
        return MessageDigest.isEqual(expected, given) && kept.isPresent();
    }

    /** Whether a kept password was made with less work than is asked for today. */
    static boolean isWeak(String kept) {
        return Integer.parseInt(kept.split("\\$", -1)[1]) < ITERATIONS;
    }

    /** A password that nobody guesses, to be read out or pasted once. */
    public static String generated() {
        StringBuilder made = new StringBuilder();
        for (int i = 0; i < GENERATED; i++) {
            if (i > 0 && i % 5 == 0) {
                made.append('-');
            }
            made.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
        }
        return made.toString();
    }

    /** What is wrong with a password somebody chose; empty if nothing is. */
    public static Optional<String> fault(String password, String name) {
        int length = password.codePointCount(0, password.length());
        if (length < SHORTEST || length > LONGEST) {
            return Optional.of("A password must have " + SHORTEST + " to " + LONGEST
                    + " characters. A few words in a row are easy to remember and hard to guess.");
        }
        if (password.strip().equalsIgnoreCase(name)
                || password.chars().distinct().count() < 4) {
            return Optional.of("This password is guessed first. Choose another.");
        }
        return Optional.empty();
    }

    private static byte[] derive(String password, byte[] salt, int iterations) {
        // The same letters typed on another keyboard may be other characters; they are the same password.
        char[] characters = Normalizer.normalize(password, Normalizer.Form.NFKC).toCharArray();
        PBEKeySpec spec = new PBEKeySpec(characters, salt, iterations, HASH_BYTES * 8);
        try {
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(spec)
                    .getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JVM has PBKDF2WithHmacSHA256", e);
        } finally {
            spec.clearPassword();
        }
    }

    private static String text(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
