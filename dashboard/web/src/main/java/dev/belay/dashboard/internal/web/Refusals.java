package dev.belay.dashboard.internal.web;

import dev.belay.OperationRefused;
import dev.belay.PayloadException;
import dev.belay.SagaException;
import dev.belay.UnknownSaga;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is said of what went wrong: words, never a stack trace. */
public final class Refusals {
    private static final Logger log = LoggerFactory.getLogger(Refusals.class);

    private Refusals() {}

    /**
     * A failure for whoever sent the request.
     *
     * @param status the answer's status
     * @param kind a word that programs can act on
     */
    public record Told(int status, String kind, String words) {}

    /** What is said of a failure. */
    public static Told of(RuntimeException error) {
        if (error instanceof Refused refused) {
            return new Told(refused.status(), kind(refused.status()), refused.words());
        } else if (error instanceof OperationRefused refused) {
            return new Told(409, refused.reason().name(), words(refused));
        } else if (error instanceof UnknownSaga) {
            return new Told(404, "not-found", "There is no such saga. It may have been purged.");
        } else if (error instanceof PayloadException || error instanceof IllegalArgumentException) {
            return new Told(422, kind(422), words(error));
        } else if (error instanceof SagaException) {
            log.warn("The dashboard could not answer", error);
            return new Told(503, kind(503), words(error));
        }
        String incident = UUID.randomUUID().toString().substring(0, 8);
        log.error("The dashboard failed, incident {}", incident, error);
        return new Told(
                500,
                kind(500),
                "Something went wrong here, and nothing more is known to you or was changed by this page. The log of this"
                        + " process has it under incident " + incident + ".");
    }

    private static String words(RuntimeException error) {
        return error.getMessage() == null ? "It was refused." : error.getMessage();
    }

    private static String kind(int status) {
        return switch (status) {
            case 400 -> "bad-request";
            case 401 -> "sign-in";
            case 403 -> "forbidden";
            case 404 -> "not-found";
            case 405 -> "method";
            case 409 -> "conflict";
            case 413 -> "too-large";
            case 415 -> "media-type";
            case 422 -> "unprocessable";
            case 429 -> "too-many";
            case 503 -> "unavailable";
            default -> "failed";
        };
    }
}
