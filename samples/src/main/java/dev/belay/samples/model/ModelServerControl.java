package dev.belay.samples.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Reads the ledger of a {@link ModelServer} and holds its calls: the demo's hand on the other side of the wire.
 *
 * <p>Immutable and safe for many threads. To kill a process in the middle of call 47: {@code hold("run", 47)}, start the
 * process, {@code awaitHeld("run", …)}, kill, {@code release("run")}.
 */
public final class ModelServerControl {

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI server;

    private ModelServerControl(URI server) {
        this.server = server;
    }

    /** Controls the server at, say, {@code http://127.0.0.1:8080}. */
    public static ModelServerControl at(URI server) {
        return new ModelServerControl(server);
    }

    /** What was served, over all labels. */
    public LedgerTotals totals() {
        return Json.read(get("/ledger"), LedgerTotals.class);
    }

    /** What was served under one label. */
    public LedgerTotals totals(String label) {
        return Json.read(get("/ledger?label=" + encoded(label)), LedgerTotals.class);
    }

    /** Every call of one label, in the order of arrival. */
    public List<LedgerCall> calls(String label) {
        return Json.read(get("/ledger?calls=true&label=" + encoded(label)), ModelServer.LedgerPage.class)
                .calls();
    }

    /**
     * From now on the {@code call}-th call of this label, counted from 1, is not answered until {@link #release}.
     *
     * @throws IllegalStateException when that call has already come
     */
    public void hold(String label, long call) {
        post("/hold", Json.write(Json.object().put("label", label).put("call", call)));
    }

    /** Waits until a call of this label is held; empty when none was within {@code atMost} (a minute at the most). */
    public Optional<LedgerCall> awaitHeld(String label, Duration atMost) {
        var page = get("/held?label=" + encoded(label) + "&wait-ms=" + atMost.toMillis());
        var held = Json.read(page).path("held");
        return held.isEmpty() ? Optional.empty() : Optional.of(Json.convert(held.get(0), LedgerCall.class));
    }

    /**
     * Answers the held calls of this label and takes back the holds still to come. Returns how many calls were held, once
     * they are in the ledger as served.
     */
    public int release(String label) {
        var body = Json.write(Json.object().put("label", label));
        return Json.read(post("/release", body)).path("released").asInt();
    }

    private String get(String path) {
        return send(HttpRequest.newBuilder(server.resolve(path)).build());
    }

    private String post(String path, String body) {
        return send(HttpRequest.newBuilder(server.resolve(path))
                .POST(BodyPublishers.ofString(body))
                .build());
    }

    private String send(HttpRequest request) {
        try {
            var response = http.send(request, BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalStateException(
                        Json.read(response.body()).path("error").path("message").asString(response.body()));
            }
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException("No model server answers at " + server + ". Is it running?", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("The request to the model server at " + server + " was interrupted.", e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
