package dev.belay.internal.coordinator;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where a page ended, as a text that says nothing to whoever hands it back. It holds a place and no rights, so it need not be kept
 * from forgery, only be readable: what somebody makes up leads to another place of the same list.
 */
final class Cursor {
    private static final int LONGEST = 400;

    private Cursor() {}

    /** The text for a place in a list of a given kind. */
    static String of(String list, Object... place) {
        StringBuilder text = new StringBuilder(list);
        for (Object part : place) {
            text.append('|').append(part);
        }
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** The place that a text names in a list of that kind, read by {@code read} from its {@code n} parts. */
    static <T> @Nullable T read(Optional<String> text, String list, int n, Function<List<String>, T> read) {
        if (text.isEmpty()) {
            return null;
        }
        String cursor = text.get();
        try {
            if (cursor.length() <= LONGEST) {
                String decoded = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
                List<String> parts = List.of(decoded.split("\\|", -1));
                if (parts.size() == n + 1 && parts.get(0).equals(list)) {
                    return read.apply(parts.subList(1, n + 1));
                }
            }
        } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException(refused(cursor), e);
        }
        throw new IllegalArgumentException(refused(cursor));
    }

    private static String refused(String cursor) {
        return "\"" + cursor.substring(0, Math.min(cursor.length(), 100))
                + "\" is no place in this list. Hand back what the page before said is next, with the same question.";
    }

    static UUID id(String text) {
        UUID id = UUID.fromString(text);
        if (!id.toString().equals(text)) {
            throw new IllegalArgumentException(text);
        }
        return id;
    }

    static Instant time(String micros) {
        long at = Long.parseLong(micros);
        if (at < 0 || at > 253_402_300_799_000_000L) {
            throw new IllegalArgumentException(micros);
        }
        return Instant.ofEpochSecond(at / 1_000_000, at % 1_000_000 * 1_000);
    }

    static long micros(Instant at) {
        return at.getEpochSecond() * 1_000_000 + at.getNano() / 1_000;
    }
}
