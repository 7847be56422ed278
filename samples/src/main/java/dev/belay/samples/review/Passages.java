package dev.belay.samples.review;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts the text files of a folder into a fixed number of passages, one for each step of the review.
 *
 * <p>The same files give the same passages in the same order. A passage has at most {@value #LONGEST} characters, ends
 * with a line (only a line longer than that is divided) and where it can at a blank one. A small folder is covered
 * wholly, by shorter passages; of a large one every stretch gives its share.
 */
public final class Passages {

    /** The most characters (UTF-16 units) a passage has. */
    public static final int LONGEST = 2_000;

    /** Below this a line is no longer divided to make more passages. */
    private static final int SHORTEST_DIVIDED_LINE = 80;

    private static final int MOST_FILES = 2_000;
    private static final long MOST_BYTES = 64L << 20;

    private Passages() {}

    /**
     * Cuts the folder into exactly {@code count} passages, numbered from 1.
     *
     * @throws IllegalArgumentException when this is no folder, or has too little text; the message says what was found
     * @throws java.io.UncheckedIOException when a file cannot be read
     */
    public static List<Passage> cut(Path folder, int count) {
        if (count < 1) {
            throw new IllegalArgumentException("count must be at least 1, got " + count);
        }
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException("\"" + folder + "\" is "
                    + (Files.exists(folder) ? "a file" : "not there")
                    + ". Name a folder with text files, for example the sources of a project.");
        }
        var found = TextFiles.below(folder);
        var texts = affordable(found.files(), count).stream()
                .map(file -> new Text(file.name(), TextFiles.read(file)))
                .toList();
        var pieces = pieces(texts, count);
        if (pieces.size() < count) {
            throw tooLittle(folder, found, pieces.size(), count);
        }
        join(pieces, count);
        return numbered(evenly(pieces, count));
    }

    /** At most so many files and bytes that they fit in memory, taken evenly from the whole folder. */
    private static List<TextFiles.TextFile> affordable(List<TextFiles.TextFile> files, int count) {
        var chosen = evenly(files, MOST_FILES);
        while (chosen.size() > count
                && chosen.stream().mapToLong(TextFiles.TextFile::size).sum() > MOST_BYTES) {
            chosen = evenly(chosen, Math.max(count, chosen.size() / 2));
        }
        return chosen;
    }

    /** The coarsest pieces that are enough; all lines one by one when nothing is. */
    private static List<Piece> pieces(List<Text> texts, int count) {
        var longest = LONGEST;
        while (true) {
            var pieces = new ArrayList<Piece>();
            for (var text : texts) {
                text.cutInto(pieces, longest);
            }
            if (pieces.size() >= count || longest == 1) {
                return pieces;
            }
            longest = Math.max(1, longest * 9 / 10);
        }
    }

    /** Joins the shortest neighbours while there are too many pieces, so that no text of a small folder is left out. */
    private static void join(List<Piece> pieces, int count) {
        // Far too many pieces mean a large folder, of which a part is taken anyway.
        if (pieces.size() > 4 * count) {
            return;
        }
        while (pieces.size() > count) {
            var best = -1;
            var shortest = LONGEST + 1;
            for (var i = 0; i + 1 < pieces.size(); i++) {
                var length = pieces.get(i + 1).end() - pieces.get(i).start();
                if (pieces.get(i).file().equals(pieces.get(i + 1).file()) && length < shortest) {
                    best = i;
                    shortest = length;
                }
            }
            if (best < 0) {
                return;
            }
            var second = pieces.remove(best + 1);
            var first = pieces.get(best);
            pieces.set(best, new Piece(first.text(), first.start(), second.end()));
        }
    }

    private static <T> List<T> evenly(List<T> all, int count) {
        if (all.size() <= count) {
            return all;
        }
        var chosen = new ArrayList<T>(count);
        for (var i = 0L; i < count; i++) {
            chosen.add(all.get((int) ((2 * i + 1) * all.size() / (2L * count))));
        }
        return chosen;
    }

    private static List<Passage> numbered(List<Piece> pieces) {
        var passages = new ArrayList<Passage>();
        for (var piece : pieces) {
            passages.add(piece.asPassage(passages.size() + 1));
        }
        return List.copyOf(passages);
    }

    private static IllegalArgumentException tooLittle(Path folder, TextFiles found, int pieces, int count) {
        return new IllegalArgumentException("Folder \"" + folder + "\" has too little text for " + count
                + " passages: " + found.files().size() + " text files with " + pieces + " lines of text (left out: "
                + found.binary() + " binary, " + found.tooBig() + " over 4 MB, " + found.generated() + " generated, "
                + found.unreadable() + " unreadable). Name a folder with at least " + count
                + " lines of text, for example the sources of a project.");
    }

    /** A stretch of a file, without blank lines at its ends. */
    private record Piece(Text text, int start, int end) {

        String file() {
            return text.file();
        }

        Passage asPassage(int number) {
            return new Passage(
                    number,
                    text.file(),
                    text.lineAt(start),
                    text.lineAt(end - 1),
                    text.content().substring(start, end));
        }
    }

    private record Text(String file, String content) {

        int lineAt(int offset) {
            return 1
                    + (int) content.substring(0, offset)
                            .chars()
                            .filter(c -> c == '\n')
                            .count();
        }

        void cutInto(List<Piece> pieces, int longest) {
            var start = 0;
            while (start < content.length()) {
                var end = endOf(start, longest);
                add(pieces, start, end);
                start = end;
            }
        }

        /** As many whole lines as fit, shortened to the last blank line if that keeps more than half. */
        private int endOf(int start, int longest) {
            var end = lineEnd(start);
            if (end - start > Math.max(longest, SHORTEST_DIVIDED_LINE)) {
                return partOfLine(start, Math.max(longest, SHORTEST_DIVIDED_LINE));
            }
            var blank = -1;
            while (end < content.length()) {
                var next = lineEnd(end);
                if (next - start > longest) {
                    return blank - start > longest / 2 ? blank : end;
                }
                if (content.substring(end, next).isBlank()) {
                    blank = next;
                }
                end = next;
            }
            return end;
        }

        private int partOfLine(int start, int longest) {
            var end = start + longest;
            var space = content.lastIndexOf(' ', end - 1);
            if (space > start + longest / 2) {
                return space + 1;
            }
            return Character.isLowSurrogate(content.charAt(end)) ? end - 1 : end;
        }

        private int lineEnd(int start) {
            var newline = content.indexOf('\n', start);
            return newline < 0 ? content.length() : newline + 1;
        }

        private void add(List<Piece> pieces, int from, int to) {
            var end = to;
            while (end > from && Character.isWhitespace(content.charAt(end - 1))) {
                end--;
            }
            var start = from;
            for (var i = from; i < end && Character.isWhitespace(content.charAt(i)); i++) {
                if (content.charAt(i) == '\n') {
                    start = i + 1;
                }
            }
            if (end > start) {
                pieces.add(new Piece(this, start, end));
            }
        }
    }
}
