package dev.belay.dashboard.internal.web;

/** A request that is refused, with a status and words for whoever sent it. */
public final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final int retryAfter;

    /** A refusal. */
    public Refused(int status, String words) {
        this(status, words, 0);
    }

    private Refused(int status, String words, int retryAfter) {
        super(words, null, false, false);
        this.status = status;
        this.retryAfter = retryAfter;
    }

    /** Not now: again after so many seconds. */
    public static Refused later(int status, String words, int seconds) {
        return new Refused(status, words, seconds);
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

    /** After how many seconds to try again; 0 if that is not said. */
    public int retryAfter() {
        return retryAfter;
    }

    /** What to say. */
    public String words() {
        return String.valueOf(getMessage());
    }
}
