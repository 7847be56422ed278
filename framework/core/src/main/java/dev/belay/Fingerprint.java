package dev.belay;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A short hash of why something failed, the same for the same reason: of the exception's type, its message without what differs
 * from one case to the next, and the method in which it was thrown.
 *
 * <p>Left out of a message are quoted texts, UUIDs and hexadecimal addresses, and every run of letters and digits that holds a
 * digit. Left out of the method are line numbers and the numbers of lambdas. It is the first one in the stack trace that belongs
 * neither to the JDK nor to Belay's internals.
 */
final class Fingerprint {
    private static final int LENGTH = 12;
    private static final Pattern QUOTED =
            Pattern.compile("\"[^\"]*\"|`[^`]*`|\u201c[^\u201d]*\u201d|(?<![\\p{L}\\p{N}])'[^']*'(?![\\p{L}\\p{N}])");
    private static final Pattern UUIDS =
            Pattern.compile("\\b\\p{XDigit}{8}-\\p{XDigit}{4}-\\p{XDigit}{4}-\\p{XDigit}{4}-\\p{XDigit}{12}\\b");
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{Nd}]++");
    /** What is left of dates, amounts, addresses and lists of numbers. */
    private static final Pattern NUMBERS = Pattern.compile("[-+]?#(?:[-+.,:;/ ]{1,2}#)*+");

    private static final Pattern SPACE = Pattern.compile("\\s+");
    private static final Pattern OF_OTHERS =
            Pattern.compile("(?:java|javax|jdk|sun|com\\.sun|dev\\.belay\\.internal)\\..*");

    private Fingerprint() {}

    static String of(String type, String message, String stack) {
        return hash(type + '\n' + normalised(message) + '\n' + method(stack));
    }

    static String normalised(String message) {
        String text = QUOTED.matcher(message).replaceAll("?");
        text = UUIDS.matcher(text).replaceAll("#");
        text = WORD.matcher(text)
                .replaceAll(word -> word.group().chars().anyMatch(Character::isDigit) ? "#" : word.group());
        text = NUMBERS.matcher(text).replaceAll("#");
        return SPACE.matcher(text).replaceAll(" ").strip();
    }

    /** The method that threw, as far as it is somebody's own; empty if there is none. */
    static String method(String stack) {
        return stack.lines()
                .map(String::strip)
                .filter(line -> line.startsWith("at ") && line.indexOf('(') > 0)
                .map(line -> line.substring(3, line.indexOf('(')))
                // A module or class loader may stand in front: "java.base/java.util.List.of", "app//com.acme.Ship.run".
                .map(frame -> frame.substring(frame.lastIndexOf('/') + 1))
                .filter(frame -> !OF_OTHERS.matcher(frame).matches())
                .findFirst()
                .map(frame -> frame.replaceAll("\\d+", "#"))
                .orElse("");
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JVM has SHA-256", e);
        }
    }
}
