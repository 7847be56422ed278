package dev.belay.dashboard.internal.web;

/** A request that is refused, with a status and words for whoever sent it. */
public final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    /** A refusal. */
    public Refused(int status, String words) {
        super(words, null, false, false);
        this.status = status;
    }

    /** A request that makes no sense. */
    public static Refused badRequest(String words) {
        return new Refused(400, words);
    }

    /** Something that is not there, or not for this person: which of the two is not told. */
    public static Refused notFound(String words) {
        return new Refused(404, words);
    }

    /** What was sent cannot be taken. */
    public static Refused unprocessable(String words) {
        return new Refused(422, words);
    }

    /** The status of the answer. */
    public int status() {
        return status;
    }

    /** What to say. */
    public String words() {
        return String.valueOf(getMessage());
    }
}
