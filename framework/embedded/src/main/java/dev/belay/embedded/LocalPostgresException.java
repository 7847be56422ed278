package dev.belay.embedded;

import org.jspecify.annotations.Nullable;

/** Thrown when a local server cannot be started, joined, stopped or asked; the message says what to do about it. */
public final class LocalPostgresException extends RuntimeException {

    LocalPostgresException(String message) {
        this(message, null);
    }

    LocalPostgresException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
