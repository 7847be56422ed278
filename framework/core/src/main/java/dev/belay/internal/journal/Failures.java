package dev.belay.internal.journal;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.belay.Failure;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;

/** Turns exceptions into what the journal keeps of them, and back. */
public final class Failures {
    private static final int LONGEST_STACK = 16_000;
    private static final int LONGEST_MESSAGE = 4_000;
    private static final String FINGERPRINT = "{\"fingerprint\":\"";

    private Failures() {}

    /** What is kept of {@code error}, thrown by {@code step}. */
    public static Failure of(String step, Throwable error) {
        StringWriter stack = new StringWriter();
        try (PrintWriter writer = new PrintWriter(stack)) {
            error.printStackTrace(writer);
        } catch (RuntimeException e) {
            stack.append(" (the rest of the stack trace could not be printed: ")
                    .append(e.toString())
                    .append(')');
        }
        return new Failure(
                step,
                error.getClass().getName(),
                storable(messageOf(error), LONGEST_MESSAGE),
                storable(stack.toString(), LONGEST_STACK));
    }

    private static String messageOf(Throwable error) {
        try {
            return error.getMessage() == null ? "" : error.getMessage();
        } catch (RuntimeException e) {
            return "(its message could not be read: " + e + ")";
        }
    }

    /** A jsonb column takes neither NUL nor half a surrogate pair; an error text loses nothing by a replacement character. */
    private static String storable(String text, int longest) {
        String cut = text.length() <= longest ? text : text.substring(0, longest) + "…";
        StringBuilder clean = new StringBuilder(cut.length());
        for (int i = 0; i < cut.length(); i++) {
            char c = cut.charAt(i);
            boolean pair =
                    Character.isHighSurrogate(c) && i + 1 < cut.length() && Character.isLowSurrogate(cut.charAt(i + 1));
            if (pair) {
                clean.append(c).append(cut.charAt(++i));
            } else {
                clean.append(c == 0 || Character.isSurrogate(c) ? '\uFFFD' : c);
            }
        }
        return clean.toString();
    }

    /** The failure as JSON, with its fingerprint, by which statements can group it. */
    public static @Nullable String json(Payloads payloads, @Nullable Failure failure) {
        return failure == null
                ? null
                : payloads.json(new Kept(
                        failure.fingerprint(), failure.step(), failure.type(), failure.message(), failure.stack()));
    }

    /** The failure a JSON text holds. */
    public static @Nullable Failure parse(Payloads payloads, @Nullable String json) {
        if (json == null) {
            return null;
        }
        Kept kept = payloads.fromJson(json, Kept.class);
        return new Failure(kept.step(), kept.type(), kept.message(), kept.stack());
    }

    /** The fingerprint in a text that {@link #json} has just made; read without parsing the stack trace behind it. */
    static @Nullable String fingerprint(@Nullable String json) {
        if (json == null || !json.startsWith(FINGERPRINT)) {
            return null;
        }
        return json.substring(FINGERPRINT.length(), json.indexOf('"', FINGERPRINT.length()));
    }

    /** A failure as it stands in the journal; without a fingerprint if an earlier version wrote it. */
    @JsonPropertyOrder("fingerprint")
    record Kept(@Nullable String fingerprint, String step, String type, String message, String stack) {}
}
