package dev.belay.dashboard.internal.query;

import java.util.List;
import java.util.stream.Collectors;

/** How words are written so that they are read again as what they are. */
final class Spelling {
    private static final int LONGEST_SHOWN = 60;

    private Spelling() {}

    static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c);
    }

    /** A value behind a key: bare if it can be. */
    static String value(String text) {
        boolean bare = !text.isEmpty() && "<>=".indexOf(text.charAt(0)) < 0 && isPlain(text, "\",");
        return bare ? text : quoted(text);
    }

    /** A text without a key: bare if nothing in it could be taken for anything else. */
    static String text(String text) {
        boolean bare = !text.isEmpty() && text.charAt(0) != '-' && isPlain(text, "\",:<>=") && !Ids.isId(text);
        return bare ? text : quoted(text);
    }

    /** A key, with the path behind it. */
    static String name(String key, List<String> path) {
        return key + path.stream().map(part -> "." + part(part)).collect(Collectors.joining());
    }

    static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    static String cut(String text, int longest) {
        if (text.length() <= longest) {
            return text;
        }
        boolean splits = Character.isHighSurrogate(text.charAt(longest - 1));
        return text.substring(0, splits ? longest - 1 : longest) + "…";
    }

    /** As messages quote it. */
    static String shown(String text) {
        return '"' + cut(text, LONGEST_SHOWN) + '"';
    }

    /** Whether a database can keep it: no NUL, and no half of a character. */
    static boolean isText(String text) {
        return text.codePoints().noneMatch(c -> c == 0 || Character.getType(c) == Character.SURROGATE);
    }

    private static String part(String part) {
        boolean bare =
                !part.isEmpty() && part.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '_' || c == '-');
        return bare ? part : quoted(part);
    }

    private static boolean isPlain(String text, String signs) {
        return text.chars().noneMatch(c -> isSpace((char) c) || Character.isISOControl(c) || signs.indexOf(c) >= 0);
    }
}
