package dev.belay.samples.model;

import java.time.Duration;

/**
 * A model call that brought no answer. The subclass says what a caller should do next.
 *
 * <p>{@link RateLimited}: wait, then call again. {@link ServerFailed} and {@link Unreachable}: call again.
 * {@link RequestRefused}: do not call again, the request is wrong. {@link TimedOut}: the model may have worked and may
 * bill the call; call again with the same idempotency key.
 */
public abstract sealed class ModelException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private ModelException(String message) {
        super(message);
    }

    private ModelException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Too many calls or tokens (HTTP 429). */
    public static final class RateLimited extends ModelException {

        private static final long serialVersionUID = 1L;
        private final Duration retryAfter;

        RateLimited(String message, Duration retryAfter) {
            super(message);
            this.retryAfter = retryAfter;
        }

        /** How long the server asks to wait; one second when it did not say. */
        public Duration retryAfter() {
            return retryAfter;
        }
    }

    /** The server broke down (HTTP 5xx) or sent what is not a chat completion. */
    public static final class ServerFailed extends ModelException {

        private static final long serialVersionUID = 1L;
        private final int status;

        ServerFailed(String message, int status) {
            super(message);
            this.status = status;
        }

        /** The HTTP status; 200 for an answer that could not be read. */
        public int status() {
            return status;
        }
    }

    /** The server will not take this request, now or later (HTTP 4xx other than 429). */
    public static final class RequestRefused extends ModelException {

        private static final long serialVersionUID = 1L;
        private final int status;

        RequestRefused(String message, int status) {
            super(message);
            this.status = status;
        }

        /** The HTTP status. */
        public int status() {
            return status;
        }
    }

    /** No answer in time. Whether the call was served is not known. */
    public static final class TimedOut extends ModelException {

        private static final long serialVersionUID = 1L;
        private final Duration timeout;

        TimedOut(String message, Duration timeout, Throwable cause) {
            super(message, cause);
            this.timeout = timeout;
        }

        /** How long the client waited. */
        public Duration timeout() {
            return timeout;
        }
    }

    /**
     * The connection could not be made, broke, or the calling thread was interrupted (its interrupt flag is set again).
     * After a broken connection it is not known whether the call was served.
     */
    public static final class Unreachable extends ModelException {

        private static final long serialVersionUID = 1L;

        Unreachable(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
