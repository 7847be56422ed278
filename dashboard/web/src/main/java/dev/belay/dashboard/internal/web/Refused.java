package dev.belay.dashboard.internal.web;

import java.util.Optional;

/** A request that is refused, with a status and words for whoever sent it. */
public final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final int retryAfter;
    private final String instead;

    /** A refusal. */
    public Refused(int status, String words) {
        this(status, words, 0, "");
    }

    private Refused(int status, String words, int retryAfter, String instead) {
        super(words, null, false, false);
        this.status = status;
        this.retryAfter = retryAfter;
        this.instead = instead;
    }

    /** Not now: again after so many seconds. */
    public static Refused later(int status, String words, int seconds) {
        return new Refused(status, words, seconds, "");
    }

    /** Not before something else is done, on the page at {@code path}, to which whoever asks for a page is sent. */
    public static Refused before(String path, String words) {
        return new Refused(403, words, 0, path);
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

    /** The path of the page to go to first. */
    public Optional<String> instead() {
        return Optional.of(instead).filter(path -> !path.isEmpty());
    }

    /** What to say. */
    public String words() {
        return String.valueOf(getMessage());
    }
}
