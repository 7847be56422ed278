package dev.belay.dashboard.internal.picture;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/**
 * Writes elements and escapes everything in them: names of steps, messages of exceptions and worse are whatever somebody made them.
 * Takes presentation attributes and classes only, so that no Content-Security-Policy has anything against what it writes.
 */
final class Markup {
    private final StringBuilder out = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();
    private boolean inTag;

    /** Begins an element. */
    Markup open(String element) {
        endTag();
        out.append('<').append(element);
        open.push(element);
        inTag = true;
        return this;
    }

    /** Gives the element just begun an attribute. */
    Markup with(String attribute, String value) {
        out.append(' ').append(attribute).append("=\"");
        escape(value);
        out.append('"');
        return this;
    }

    Markup with(String attribute, double value) {
        return with(attribute, number(value));
    }

    /** A share of the width of the picture, given in thousandths. */
    Markup share(String attribute, double thousandths) {
        return with(attribute, number(thousandths / 10) + "%");
    }

    Markup text(String text) {
        endTag();
        escape(text);
        return this;
    }

    /** Ends the element begun last. */
    Markup close() {
        endTag();
        out.append("</").append(open.pop()).append('>');
        return this;
    }

    /** An element with nothing but text in it. */
    Markup element(String element, String text) {
        return open(element).text(text).close();
    }

    /** What was written. */
    String done() {
        while (!open.isEmpty()) {
            close();
        }
        return out.toString();
    }

    private void endTag() {
        if (inTag) {
            out.append('>');
            inTag = false;
        }
    }

    private void escape(String text) {
        text.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.appendCodePoint(isHarmless(c) ? c : 0xFFFD);
            }
        });
    }

    /** Neither forbidden in XML nor able to turn around the text that follows. */
    private static boolean isHarmless(int c) {
        if (c == '\n' || c == '\t') {
            return true;
        }
        boolean turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F;
        boolean control = c < 0x20 || (c >= 0x7F && c < 0xA0);
        boolean half = c >= 0xD800 && c <= 0xDFFF;
        return !turns && !control && !half && (c & 0xFFFE) != 0xFFFE;
    }

    /** At most two digits behind the point: less is not seen. */
    static String number(double value) {
        double rounded = Math.rint(value * 100) / 100;
        if (rounded == Math.rint(rounded)) {
            return Long.toString((long) rounded);
        }
        String text = String.format(Locale.ROOT, "%.2f", rounded);
        return text.endsWith("0") ? text.substring(0, text.length() - 1) : text;
    }
}
