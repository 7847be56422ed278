package dev.belay.testing;

import java.time.Duration;

/** How a {@link ModelServer} misbehaves. */
public sealed interface ModelFault {

    /** Refuses with 429. The script is not asked. */
    record TooManyRequests(Duration retryAfter) implements ModelFault {}

    /** Refuses with this status, such as 500. The script is not asked. */
    record Refused(int status) implements ModelFault {
        /** Refuses what is no refusal. */
        public Refused {
            if (status < 400 || status > 599) {
                throw new IllegalArgumentException(
                        "A call is refused with a status from 400 to 599, got " + status + ".");
            }
        }
    }

    /** Works out the answer, and sends nothing until the server is closed. */
    record Silent() implements ModelFault {}

    /** Works out the answer, and closes the connection in the middle of it: after so many pieces of a stream, halfway without one. */
    record Cut(int pieces) implements ModelFault {}

    /** Works out the answer, and sends it as JSON that is broken off, with status 200. */
    record Malformed() implements ModelFault {}

    /** Answers as it should, but later. */
    record Late(Duration by) implements ModelFault {}

    /** 429 with {@code retry-after}. */
    static ModelFault tooManyRequests(Duration retryAfter) {
        return new TooManyRequests(retryAfter);
    }

    /** 500. */
    static ModelFault serverError() {
        return new Refused(500);
    }

    /** Any other refusal. */
    static ModelFault refused(int status) {
        return new Refused(status);
    }

    /** No answer until the client gives up. */
    static ModelFault noAnswer() {
        return new Silent();
    }

    /** A connection that is closed in the middle of the answer, after two pieces of a stream. */
    static ModelFault cut() {
        return new Cut(2);
    }

    /** A stream that ends after so many pieces. */
    static ModelFault cutAfter(int pieces) {
        return new Cut(pieces);
    }

    /** JSON that is broken off. */
    static ModelFault malformed() {
        return new Malformed();
    }

    /** The right answer, later. */
    static ModelFault late(Duration by) {
        return new Late(by);
    }
}
