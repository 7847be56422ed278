package dev.belay.dashboard.internal.picture;

/**
 * How wide a text is at most. Nobody measures fonts here: each character is taken for as wide as it is in wide sans-serif fonts, so
 * that a text that is found to fit does fit.
 */
final class TextWidth {
    private TextWidth() {}

    static double of(String text, double size) {
        return text.codePoints().mapToDouble(TextWidth::em).sum() * size;
    }

    /** The text, cut with an ellipsis so that it is no wider than {@code width}. */
    static String cut(String text, double size, double width) {
        if (of(text, size) <= width) {
            return text;
        }
        double left = width - em('…') * size;
        StringBuilder kept = new StringBuilder();
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            left -= em(c) * size;
            if (left < 0) {
                break;
            }
            kept.appendCodePoint(c);
            i += Character.charCount(c);
        }
        return kept.append('…').toString();
    }

    private static double em(int c) {
        if (c > 0x24F) {
            return c == '…' ? 1.0 : c < 0x1100 ? 0.85 : 1.15;
        }
        if (c > 0x7E) {
            return 0.8;
        }
        if ("ijl.,:;'|!I".indexOf(c) >= 0) {
            return 0.34;
        }
        if (" -()[]{}frt/\\\"".indexOf(c) >= 0) {
            return 0.45;
        }
        if ("mwMW@%".indexOf(c) >= 0) {
            return 1.0;
        }
        return c >= 'A' && c <= 'Z' ? 0.78 : 0.63;
    }
}
