package dev.belay.dashboard.internal.web;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes a request's raw path apart, decoding each part once and only after the split: so a slash that was sent encoded cannot make a
 * part of its own, and nothing that means another place is let through.
 */
final class Paths {
    private Paths() {}

    /** The decoded parts of {@code raw}. Throws {@link Refused} for a path that no page of ours has. */
    static List<String> parts(String raw) {
        List<String> parts = new ArrayList<>();
        for (String part : raw.split("/", -1)) {
            if (part.isEmpty()) {
                continue;
            }
            String decoded = decode(part);
            if (decoded.equals(".")
                    || decoded.equals("..")
                    || decoded.indexOf('/') >= 0
                    || decoded.indexOf('\\') >= 0
                    || decoded.chars().anyMatch(c -> c < ' ')) {
                throw Refused.badRequest("The path of this address has a part that no page has.");
            }
            parts.add(decoded);
        }
        return parts;
    }

    private static String decode(String part) {
        byte[] bytes = new byte[part.length() * 4];
        int n = 0;
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (c == '%') {
                int high = i + 2 <= part.length() - 1 ? Character.digit(part.charAt(i + 1), 16) : -1;
                int low = i + 2 <= part.length() - 1 ? Character.digit(part.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw Refused.badRequest("The path of this address is not encoded as addresses are.");
                }
                bytes[n++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                byte[] one = String.valueOf(c).getBytes(StandardCharsets.UTF_8);
                System.arraycopy(one, 0, bytes, n, one.length);
                n += one.length;
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, n))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Refused.badRequest("The path of this address is not UTF-8.");
        }
    }
}
