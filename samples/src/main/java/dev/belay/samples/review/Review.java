package dev.belay.samples.review;

/** A model's answer about one passage; plain data, fit to be a step's output. It leaves out the passage's text. */
public record Review(int number, String file, int fromLine, int toLine, String answer) {

    /** The answer, with the place it is about. */
    public static Review of(Passage passage, String answer) {
        return new Review(passage.number(), passage.file(), passage.fromLine(), passage.toLine(), answer);
    }
}
