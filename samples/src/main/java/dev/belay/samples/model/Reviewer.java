package dev.belay.samples.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the stand-in model "thinks": a small review computed from the text alone, so that the same text always gets the
 * same answer.
 *
 * <p>The score starts at 10 and loses one point each for: a line over 120 characters; more than one line in five over
 * 100 characters; open markers such as TODO (one point for each, at most three); a line nested more than six levels of
 * four columns deep; a line of at least 20 characters that stands three times or more; spaces and tabs both used to
 * indent; and blanks at the end of lines.
 */
final class Reviewer {

    private static final int LONG_LINE = 100;
    private static final int TOO_LONG_LINE = 120;
    private static final int DEEPEST_COLUMN = 24;
    private static final int REPEATED_LINE_LENGTH = 20;
    private static final int MOST_MARKER_POINTS = 3;
    private static final Pattern MARKER = Pattern.compile("\\b(TODO|FIXME|XXX|HACK)\\b");
    private static final Pattern NAME = Pattern.compile("\\b[\\p{L}_][\\p{L}\\p{N}_]{2,}\\b");
    private static final Set<String> COMMON = Set.of(
            "abstract",
            "and",
            "are",
            "as",
            "boolean",
            "but",
            "byte",
            "case",
            "catch",
            "char",
            "class",
            "const",
            "continue",
            "def",
            "default",
            "double",
            "else",
            "enum",
            "extends",
            "false",
            "final",
            "finally",
            "float",
            "for",
            "from",
            "function",
            "has",
            "if",
            "implements",
            "import",
            "int",
            "interface",
            "its",
            "let",
            "long",
            "new",
            "not",
            "null",
            "one",
            "package",
            "private",
            "protected",
            "public",
            "record",
            "return",
            "self",
            "short",
            "static",
            "super",
            "switch",
            "than",
            "that",
            "the",
            "then",
            "this",
            "throw",
            "throws",
            "true",
            "try",
            "use",
            "var",
            "void",
            "was",
            "when",
            "which",
            "while",
            "with");

    private final List<String> lines;
    private final List<String> findings = new ArrayList<>();
    private int lostPoints;

    private Reviewer(String text) {
        this.lines = text.lines().toList();
    }

    static String review(String text) {
        return new Reviewer(text).write(text.length());
    }

    private String write(int characters) {
        var markers = markers();
        judge(markers.size());
        var score = Math.max(0, 10 - lostPoints);
        var filled = lines.stream().filter(line -> !line.isBlank()).count();
        var longest = longestLine();
        return String.format(
                Locale.ROOT,
                """
                Score: %d/10
                Size: %s, %d with text, %s
                Longest line: %s
                Most used names: %s
                Markers: %d%s
                Findings: %s""",
                score,
                count(lines.size(), "line"),
                filled,
                count(characters, "character"),
                longest == 0
                        ? "none"
                        : count(lines.get(longest - 1).length(), "character") + ", line " + longest + " of the passage",
                mostUsedNames(),
                markers.size(),
                markers.isEmpty() ? "" : " (" + String.join(", ", markers) + ")",
                findings.isEmpty() ? "nothing to change" : String.join("; ", findings));
    }

    private void judge(int markers) {
        var tooLong =
                lines.stream().filter(line -> line.length() > TOO_LONG_LINE).count();
        if (tooLong > 0) {
            lose(1, "break " + count(tooLong, "line") + " of more than " + TOO_LONG_LINE + " characters");
        }
        var isLong = lines.stream().filter(line -> line.length() > LONG_LINE).count();
        if (isLong * 5 > lines.size()) {
            lose(
                    1,
                    "shorten lines: " + isLong + " of " + count(lines.size(), "line") + " over " + LONG_LINE
                            + " characters");
        }
        if (markers > 0) {
            lose(Math.min(markers, MOST_MARKER_POINTS), "settle " + count(markers, "open marker"));
        }
        var deepest = lines.stream().mapToInt(Reviewer::indent).max().orElse(0);
        if (deepest > DEEPEST_COLUMN) {
            lose(1, "flatten the nesting that starts at column " + deepest);
        }
        repeatedLine().ifPresent(repeated -> lose(1, repeated));
        var tabs = lines.stream().anyMatch(line -> line.startsWith("\t"));
        var spaces = lines.stream().anyMatch(line -> line.startsWith("  "));
        if (tabs && spaces) {
            lose(1, "indent with spaces or with tabs, not with both");
        }
        var trailing = lines.stream()
                .filter(line -> !line.isBlank() && !line.equals(line.stripTrailing()))
                .count();
        if (trailing > 0) {
            lose(1, "remove the blanks at the end of " + count(trailing, "line"));
        }
    }

    private void lose(int points, String finding) {
        lostPoints += points;
        findings.add(finding);
    }

    private List<String> markers() {
        var found = new ArrayList<String>();
        for (var i = 0; i < lines.size(); i++) {
            var marker = MARKER.matcher(lines.get(i));
            while (marker.find()) {
                found.add(marker.group() + " line " + (i + 1));
            }
        }
        return found;
    }

    /** The first of the longest lines, from 1; 0 when there is no line. */
    private int longestLine() {
        var longest = 0;
        for (var i = 1; i <= lines.size(); i++) {
            if (longest == 0
                    || lines.get(i - 1).length() > lines.get(longest - 1).length()) {
                longest = i;
            }
        }
        return longest;
    }

    private Optional<String> repeatedLine() {
        return lines.stream()
                .map(String::strip)
                .filter(line -> line.length() >= REPEATED_LINE_LENGTH)
                .collect(Collectors.groupingBy(line -> line, TreeMap::new, Collectors.counting()))
                .entrySet()
                .stream()
                .filter(entry -> entry.getValue() >= 3)
                .max(Map.Entry.<String, Long>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                .map(entry -> "one line stands " + entry.getValue() + " times, give it a name");
    }

    private String mostUsedNames() {
        var times = lines.stream()
                .flatMap(line -> NAME.matcher(line).results())
                .map(result -> result.group())
                .filter(name -> !COMMON.contains(name.toLowerCase(Locale.ROOT)))
                .collect(Collectors.groupingBy(name -> name, TreeMap::new, Collectors.counting()));
        var most = times.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(5)
                .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
                .collect(Collectors.joining(", "));
        return most.isEmpty() ? "none" : most;
    }

    private static int indent(String line) {
        if (line.isBlank()) {
            return 0;
        }
        var column = 0;
        for (var i = 0; Character.isWhitespace(line.charAt(i)); i++) {
            column += line.charAt(i) == '\t' ? 4 : 1;
        }
        return column;
    }

    private static String count(long number, String noun) {
        return String.format(Locale.ROOT, "%,d %s%s", number, noun, number == 1 ? "" : "s");
    }
}
