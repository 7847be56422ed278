package dev.belay.samples.model;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Calls a model that speaks OpenAI's chat completions over HTTP.
 *
 * <p>Immutable and safe for many threads. It never calls again by itself: retries belong to the step, where they are
 * journaled. Give the step's or activity's idempotency key to every call, so that a call repeated after a crash can be
 * known as the same one.
 */
public final class ModelClient {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration DEFAULT_RETRY_AFTER = Duration.ofSeconds(1);

    private final HttpClient http;
    private final URI server;
    private final Duration timeout;
    private final String label;

    private ModelClient(HttpClient http, URI server, Duration timeout, String label) {
        this.http = http;
        this.server = server;
        this.timeout = timeout;
        this.label = label;
    }

    /** A client of the server at, say, {@code http://127.0.0.1:8080}; the path of the endpoint is added. */
    public static ModelClient at(URI server) {
        var http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .build();
        return new ModelClient(http, server, DEFAULT_TIMEOUT, "");
    }

    /** The same client, which waits this long for a whole answer instead of 60 seconds. */
    public ModelClient withTimeout(Duration longest) {
        if (longest.isZero() || longest.isNegative()) {
            throw new IllegalArgumentException("timeout must be positive, got " + longest);
        }
        return new ModelClient(http, server, longest, label);
    }

    /** The same client, whose calls are counted under this label in the ledger of {@link ModelServer}. */
    public ModelClient withLabel(String runLabel) {
        return new ModelClient(http, server, timeout, runLabel);
    }

    /**
     * Asks the model once and waits for the answer.
     *
     * @param idempotencyKey sent as {@code Idempotency-Key}; empty sends none
     * @throws ModelException when no answer came; its subclass says what to do next
     */
    public Reply chat(String model, List<Message> messages, String idempotencyKey) {
        var body = Json.write(new Question(model, messages));
        var request = HttpRequest.newBuilder(server.resolve(ModelServer.COMPLETIONS))
                .timeout(timeout)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body));
        if (!idempotencyKey.isEmpty()) {
            request.header(ModelServer.KEY_HEADER, idempotencyKey);
        }
        if (!label.isEmpty()) {
            request.header(ModelServer.LABEL_HEADER, label);
        }
        return read(send(request.build()));
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (HttpConnectTimeoutException | ConnectException e) {
            throw new ModelException.Unreachable(
                    "No model server answers at " + server + ". Is it running, and on this port?", e);
        } catch (HttpTimeoutException e) {
            throw new ModelException.TimedOut(
                    "The model server at " + server + " gave no answer within " + timeout.toMillis()
                            + " ms. It may still serve the call; repeat it with the same idempotency key.",
                    timeout,
                    e);
        } catch (IOException e) {
            throw new ModelException.Unreachable(
                    "The connection to the model server at " + server + " broke before the whole answer came ("
                            + e.getMessage() + "). Repeat the call with the same idempotency key.",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelException.Unreachable("The call to the model server at " + server + " was interrupted.", e);
        }
    }

    private Reply read(HttpResponse<String> response) {
        var status = response.statusCode();
        if (status == 200) {
            return completion(response.body());
        }
        var said = "The model server at " + server + " answered " + status + ": " + errorMessage(response.body());
        if (status == 429) {
            throw new ModelException.RateLimited(said, retryAfter(response));
        }
        if (status >= 400 && status < 500) {
            throw new ModelException.RequestRefused(said, status);
        }
        throw new ModelException.ServerFailed(said, status);
    }

    private Reply completion(String body) {
        try {
            var answer = Json.read(body);
            var text = answer.path("choices").path(0).path("message").path("content");
            var usage = answer.path("usage");
            if (text.isString()) {
                return new Reply(
                        text.stringValue(),
                        new Usage(
                                usage.path("prompt_tokens").asInt(0),
                                usage.path("completion_tokens").asInt(0)));
            }
        } catch (JacksonException e) {
            throw unreadable(body, e);
        }
        throw unreadable(body, null);
    }

    private ModelException unreadable(String body, @Nullable Throwable cause) {
        var failure = new ModelException.ServerFailed(
                "The model server at " + server + " sent no chat completion but \"" + shortened(body) + "\".", 200);
        if (cause != null) {
            failure.initCause(cause);
        }
        return failure;
    }

    private static String errorMessage(String body) {
        try {
            JsonNode message = Json.read(body).path("error").path("message");
            return message.isString() ? message.stringValue() : shortened(body);
        } catch (JacksonException e) {
            // A proxy between us and the model answers in its own words, not in JSON.
            return shortened(body);
        }
    }

    private static String shortened(String body) {
        return body.length() <= 200 ? body : body.substring(0, 200) + "…";
    }

    /** {@code Retry-After} is a number of seconds or a date. */
    private static Duration retryAfter(HttpResponse<String> response) {
        var header = response.headers().firstValue("Retry-After").orElse("").strip();
        if (header.matches("\\d{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(header));
        }
        try {
            var until = ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME);
            var wait = Duration.between(Instant.now(), until);
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeException e) {
            return DEFAULT_RETRY_AFTER;
        }
    }

    private record Question(String model, List<Message> messages) {}
}
