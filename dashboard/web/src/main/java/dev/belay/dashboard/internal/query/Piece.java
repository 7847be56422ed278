package dev.belay.dashboard.internal.query;

import java.util.ArrayList;
import java.util.List;

/** A stretch of a query between spaces; spaces within quotes are part of it. */
record Piece(int start, int end) {

    /** The pieces of {@code text}, at most so many. */
    static List<Piece> of(String text, int most) {
        List<Piece> pieces = new ArrayList<>();
        int at = 0;
        while (pieces.size() < most) {
            while (at < text.length() && Spelling.isSpace(text.charAt(at))) {
                at++;
            }
            if (at == text.length()) {
                break;
            }
            int end = end(text, at);
            pieces.add(new Piece(at, end));
            at = end;
        }
        return pieces;
    }

    private static int end(String text, int start) {
        boolean quoted = false;
        for (int at = start; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                quoted = !quoted;
            } else if (quoted && isEscape(text, at)) {
                at++;
            } else if (!quoted && Spelling.isSpace(c)) {
                return at;
            }
        }
        return text.length();
    }

    /** Whether a backslash there, within quotes, makes a quote or a backslash of what follows; before anything else it is itself. */
    static boolean isEscape(String text, int at) {
        return text.charAt(at) == '\\'
                && at + 1 < text.length()
                && (text.charAt(at + 1) == '"' || text.charAt(at + 1) == '\\');
    }
}
