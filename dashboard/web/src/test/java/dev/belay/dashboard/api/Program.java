package dev.belay.dashboard.api;

import dev.belay.dashboard.Principal;
import dev.belay.dashboard.Role;
import dev.belay.dashboard.internal.web.Json;
import dev.belay.inspect.Scope;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/** A program that uses the API, in somebody's name. */
final class Program {
    private static final String WHO = "X-Test-Who";
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final String base;
    private final String who;

    /**
     * A program of {@code who}: a role's word, with a definition after a colon for somebody who sees only that.
     */
    Program(String base, String who) {
        this.base = base;
        this.who = who;
    }

    /** Believes the header about who asks. */
    static Optional<Principal> who(HttpServletRequest request) {
        return Optional.ofNullable(request.getHeader(WHO)).map(who -> {
            String[] parts = who.split(":", 2);
            Principal principal = Principal.of("a-" + parts[0], Role.valueOf(parts[0].toUpperCase(Locale.ROOT)));
            return parts.length == 1
                    ? principal
                    : principal.within(new Scope(Optional.empty(), Optional.of(Set.of(parts[1]))));
        });
    }

    /** An answer. */
    record Answer(int status, String text) {
        JsonNode json() {
            return Json.read(text, "The answer");
        }

        String error() {
            return json().path("error").asString("");
        }

        String words() {
            return json().path("words").asString("");
        }
    }

    Answer get(String path) {
        return send(request(path).GET());
    }

    Answer post(String path, String json) {
        return post(path, json, UUID.randomUUID());
    }

    Answer post(String path, String json, UUID request) {
        return send(withBody(path, json).header("X-Belay-Request", request.toString()));
    }

    Answer postWithoutId(String path, String json) {
        return send(withBody(path, json));
    }

    Answer postWithId(String path, String json, String id) {
        return send(withBody(path, json).header("X-Belay-Request", id));
    }

    private HttpRequest.Builder withBody(String path, String json) {
        return request(path).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(json));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path)).header(WHO, who);
    }

    private static Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
