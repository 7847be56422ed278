package dev.belay.agent;

import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One message of a conversation with a model.
 *
 * @param role who says it, such as "system", "user", "assistant" or "tool"
 * @param json what is said, as JSON of any shape
 * @param answers the id of the tool call whose result this is. If that call is recorded in the saga with the same result, the message
 *     refers to it and is not stored again
 */
public record Message(String role, String json, Optional<String> answers) {
    private static final JsonMapper JSON = new JsonMapper();

    /**
     * Checks the content.
     *
     * @throws IllegalArgumentException if {@code json} is no JSON
     */
    public Message {
        try {
            JSON.readTree(json);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "The content of a message of \"" + role + "\" must be JSON, but is not: " + e.getOriginalMessage()
                            + ". For a plain text use Message.text.",
                    e);
        }
    }

    /** A message of any shape. */
    public static Message of(String role, String json) {
        return new Message(role, json, Optional.empty());
    }

    /** A plain text. */
    public static Message text(String role, String text) {
        return of(role, JSON.writeValueAsString(text));
    }

    /** The result of a tool call. */
    public static Message toolResult(String callId, String text) {
        return new Message("tool", JSON.writeValueAsString(text), Optional.of(callId));
    }

    /** The content if it is a plain text, else its JSON. */
    public String text() {
        JsonNode content = JSON.readTree(json);
        return content.isString() ? content.stringValue() : json;
    }
}
