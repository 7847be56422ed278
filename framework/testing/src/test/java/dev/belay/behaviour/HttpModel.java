package dev.belay.behaviour;

import dev.belay.agent.Message;
import dev.belay.agent.ModelReply;
import dev.belay.agent.ModelRequest;
import dev.belay.agent.Tokens;
import dev.belay.testing.ModelServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Asks a model over HTTP, as a client without any library does. */
final class HttpModel {
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private final URI uri;

    HttpModel(ModelServer server) {
        this.uri = URI.create(server.baseUrl() + "/chat/completions");
    }

    ModelReply ask(ModelRequest request, String key) throws Exception {
        ObjectNode body = JSON.createObjectNode().put("model", request.model());
        var messages = body.putArray("messages");
        for (Message message : request.messages()) {
            messages.addObject().put("role", message.role()).put("content", message.text());
        }
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(uri)
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", key)
                        .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IllegalStateException("status " + response.statusCode());
        }
        JsonNode answer = JSON.readTree(response.body());
        JsonNode choice = answer.path("choices").path(0);
        JsonNode usage = answer.path("usage");
        return new ModelReply(
                Message.text("assistant", choice.path("message").path("content").asString("")),
                answer.path("model").asString(""),
                choice.path("finish_reason").asString(""),
                Tokens.of(
                        usage.path("prompt_tokens").asLong(0),
                        usage.path("completion_tokens").asLong(0)));
    }
}
