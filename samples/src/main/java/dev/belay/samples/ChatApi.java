package dev.belay.samples;

import dev.belay.agent.Message;
import dev.belay.agent.ModelReply;
import dev.belay.agent.ModelRequest;
import dev.belay.agent.RetryLater;
import dev.belay.agent.Tokens;
import dev.belay.agent.ToolRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Calls a model that speaks OpenAI's chat completions: all that Belay needs of a provider, without an AI library. It never calls
 * again by itself, because retries and waits belong to the step.
 */
final class ChatApi {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI completions;

    ChatApi(String baseUrl) {
        completions = URI.create(baseUrl + "/chat/completions");
    }

    /** Makes the call. It is handed to {@link dev.belay.agent.ModelCall#run}, with that call's key. */
    ModelReply ask(ModelRequest asked, String key) throws IOException, InterruptedException, RetryLater {
        var response = http.send(
                HttpRequest.newBuilder(completions)
                        .timeout(TIMEOUT)
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", key)
                        .POST(BodyPublishers.ofString(body(asked)))
                        .build(),
                BodyHandlers.ofString());
        if (response.statusCode() == 429) {
            throw new RetryLater(retryAfter(response), "The model server has too much to do.", null);
        }
        if (response.statusCode() != 200) {
            throw new IOException("The model server answered " + response.statusCode() + ": " + response.body());
        }
        return reply(JSON.readTree(response.body()));
    }

    /** The tools that the model wants to be called. */
    static List<ToolRequest> toolCalls(Message message) {
        var calls = new ArrayList<ToolRequest>();
        JSON.readTree(message.json())
                .path("tool_calls")
                .forEach(call -> calls.add(new ToolRequest(
                        call.path("function").path("name").asString(),
                        call.path("id").asString(),
                        call.path("function").path("arguments").asString())));
        return calls;
    }

    private static String body(ModelRequest asked) {
        var body = (ObjectNode) JSON.readTree(asked.parameters());
        body.put("model", asked.model());
        var messages = body.putArray("messages");
        for (var message : asked.messages()) {
            // What is more than a text was kept as the provider had sent it.
            var content = JSON.readTree(message.json());
            var sent = messages.addObject();
            if (content.isObject()) {
                sent.setAll((ObjectNode) content);
            } else {
                sent.set("content", content);
            }
            sent.put("role", message.role());
            message.answers().ifPresent(id -> sent.put("tool_call_id", id));
        }
        return body.toString();
    }

    private static ModelReply reply(JsonNode body) {
        var choice = body.path("choices").path(0);
        var said = choice.path("message");
        var usage = body.path("usage");
        var message = said.has("tool_calls")
                ? Message.of(
                        "assistant",
                        ((ObjectNode) said.deepCopy()).without("role").toString())
                : Message.text("assistant", said.path("content").asString());
        return new ModelReply(
                message,
                body.path("model").asString(""),
                choice.path("finish_reason").asString(""),
                new Tokens(
                        usage.path("prompt_tokens").asLong(0),
                        usage.path("completion_tokens").asLong(0),
                        usage.path("prompt_tokens_details")
                                .path("cached_tokens")
                                .asLong(0)));
    }

    private static Duration retryAfter(HttpResponse<String> response) {
        return Optional.of(response.headers().firstValue("retry-after").orElse(""))
                .filter(header -> header.matches("\\d{1,9}"))
                .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)))
                .orElse(Duration.ofSeconds(1));
    }
}
