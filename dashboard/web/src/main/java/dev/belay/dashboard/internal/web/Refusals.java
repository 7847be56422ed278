package dev.belay.dashboard.internal.web;

import dev.belay.OperationRefused;
import dev.belay.PayloadException;
import dev.belay.SagaException;
import dev.belay.UnknownSaga;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is said of what went wrong: words, never a stack trace. */
public final class Refusals {
    private static final Logger log = LoggerFactory.getLogger(Refusals.class);

    /** Classes of states in which a database is out of reach or out of means; and the one of a statement that was cut off. */
    private static final Set<String> BUSY = Set.of("08", "53", "57", "57014");

    private static final int BUSY_SECONDS = 5;
    private static final Pattern CODE = Pattern.compile(
            "\\b(?:dev|java|javax|jakarta|org|com|tools|gg)\\.[a-z]+\\.[A-Za-z]|(?i:\\b(?:select|update|insert into|delete from)\\b.*\\bbelay\\.)");

    private Refusals() {}

    /**
     * A failure for whoever sent the request.
     *
     * @param status the answer's status
     * @param kind a word that programs can act on
     * @param retryAfter after how many seconds to try again; 0 if that is not said
     */
    public record Told(int status, String kind, String words, int retryAfter) {
        Told(int status, String kind, String words) {
            this(status, kind, words, 0);
        }
    }

    /** What is said of a failure. */
    public static Told of(Throwable error) {
        if (error instanceof Refused refused) {
            return new Told(refused.status(), kind(refused.status()), refused.words(), refused.retryAfter());
        } else if (error instanceof OperationRefused refused) {
            return new Told(409, refused.reason().name(), words(refused));
        } else if (error instanceof UnknownSaga) {
            return new Told(404, "not-found", "There is no such saga. It may have been purged.");
        } else if (error instanceof PayloadException
                || (error instanceof IllegalArgumentException && isForPeople(error))) {
            return new Told(422, kind(422), words(error));
        } else if (error instanceof SagaException && isForPeople(error)) {
            log.warn("The dashboard could not answer", error);
            return new Told(503, kind(503), words(error), BUSY_SECONDS);
        } else if (isBusy(error)) {
            log.warn("The database did not answer the dashboard in time", error);
            return new Told(
                    503,
                    kind(503),
                    "The database did not answer in time. Nothing is lost: try again, or ask for less.",
                    BUSY_SECONDS);
        }
        String incident = UUID.randomUUID().toString().substring(0, 8);
        log.error("The dashboard failed, incident {}", incident, error);
        return new Told(
                500,
                kind(500),
                "Something went wrong here, and nothing more is known to you or was changed by this page. The log of this"
                        + " process has it under incident " + incident + ".");
    }

    /** Whether what an error says was written for people: what names classes or statements was not. */
    private static boolean isForPeople(Throwable error) {
        return error.getMessage() != null && !CODE.matcher(error.getMessage()).find();
    }

    /** Whether the database is out of reach, out of connections, or was too slow. */
    private static boolean isBusy(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql
                    && (sql instanceof SQLTransientException || BUSY.contains(state(sql)))) {
                return true;
            }
        }
        return false;
    }

    private static String state(SQLException error) {
        String state = error.getSQLState();
        return state == null ? "" : state.length() == 5 && !state.equals("57014") ? state.substring(0, 2) : state;
    }

    private static String words(Throwable error) {
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
