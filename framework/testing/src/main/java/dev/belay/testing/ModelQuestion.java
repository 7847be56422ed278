package dev.belay.testing;

import dev.belay.agent.ToolRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * What a {@link ModelServer} is asked.
 *
 * @param model the model's name
 * @param messages all messages, in order
 * @param tools the names of the tools that the model may call
 * @param headers by their names in lower case, the first value of each
 * @param number the how manieth call since the server's start this is, from 1; a script that looks at it answers by counting, and
 *     no longer the same to the same question
 * @param body the whole request
 */
public record ModelQuestion(
        String model, List<Said> messages, List<String> tools, Map<String, String> headers, int number, JsonNode body) {

    /**
     * One message.
     *
     * @param role "system", "user", "assistant" or "tool"
     * @param text what is said; the texts one after another if there are several, "" if there are none
     * @param calls the tools that the model called with it
     * @param answers the id of the call whose result this is
     */
    public record Said(String role, String text, List<ToolRequest> calls, Optional<String> answers) {}

    /** The last message. */
    public Said last() {
        return messages.get(messages.size() - 1);
    }

    /** The text of the first message of this role, "" if there is none. */
    public String first(String role) {
        return said(role).stream().findFirst().map(Said::text).orElse("");
    }

    /** All messages of this role, in order. */
    public List<Said> said(String role) {
        return messages.stream().filter(message -> message.role().equals(role)).toList();
    }

    /** The results of the tool, in order: an agent that asks again has called it so many times. */
    public List<String> results(String tool) {
        var calls = messages.stream()
                .flatMap(message -> message.calls().stream())
                .filter(call -> call.tool().equals(tool))
                .map(ToolRequest::callId)
                .toList();
        return said("tool").stream()
                .filter(message -> message.answers().filter(calls::contains).isPresent())
                .map(Said::text)
                .toList();
    }

    /** A header, whatever the case of its name. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    /** Whether the answer is wanted in pieces. */
    public boolean streamed() {
        return body.path("stream").asBoolean(false);
    }

    /** @throws IllegalArgumentException if it is no request for a chat completion, in words */
    static ModelQuestion read(JsonNode body, Map<String, String> headers, int number) {
        var model = body.path("model").asString("");
        if (model.isBlank()) {
            throw new IllegalArgumentException("\"model\" is missing.");
        }
        var messages = body.path("messages");
        if (!messages.isArray() || messages.isEmpty()) {
            throw new IllegalArgumentException("\"messages\" must be an array that is not empty.");
        }
        var said = new ArrayList<Said>();
        messages.forEach(message -> said.add(said(message)));
        var tools = new ArrayList<String>();
        body.path("tools")
                .forEach(tool -> tools.add(tool.path("function").path("name").asString("")));
        return new ModelQuestion(model, List.copyOf(said), List.copyOf(tools), Map.copyOf(headers), number, body);
    }

    private static Said said(JsonNode message) {
        var role = message.path("role").asString("");
        if (role.isBlank()) {
            throw new IllegalArgumentException("A message has no \"role\".");
        }
        var calls = new ArrayList<ToolRequest>();
        message.path("tool_calls").forEach(call -> {
            var function = call.path("function");
            calls.add(new ToolRequest(
                    function.path("name").asString(""),
                    call.path("id").asString(""),
                    function.path("arguments").asString("")));
        });
        var answers = message.path("tool_call_id").asString("");
        return new Said(
                role,
                text(message.path("content")),
                List.copyOf(calls),
                answers.isEmpty() ? Optional.empty() : Optional.of(answers));
    }

    private static String text(JsonNode content) {
        if (content.isString()) {
            return content.stringValue();
        }
        var text = new StringBuilder();
        content.forEach(part -> text.append(part.path("text").asString("")));
        return text.toString();
    }
}
