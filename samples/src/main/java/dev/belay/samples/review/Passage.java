package dev.belay.samples.review;

/**
 * A piece of a text file, small enough for one model call.
 *
 * @param number from 1, in the order of files and lines
 * @param file path below the folder, with {@code /} between its parts
 * @param fromLine first line, counted from 1
 * @param toLine last line, included; the same as {@code fromLine} for a part of one long line
 */
public record Passage(int number, String file, int fromLine, int toLine, String text) {

    public Passage {
        if (number < 1 || fromLine < 1 || toLine < fromLine) {
            throw new IllegalArgumentException("Passage " + number + " of \"" + file + "\" cannot span lines "
                    + fromLine + " to " + toLine + ". Numbers and lines count from 1.");
        }
        if (text.isBlank()) {
            throw new IllegalArgumentException("Passage " + number + " of \"" + file + "\" has no text.");
        }
    }
}
