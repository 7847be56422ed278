package dev.belay.dashboard.internal.pages;

import dev.belay.JournalEntry;
import dev.belay.dashboard.internal.web.Json;
import dev.belay.dashboard.internal.web.Refused;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a row of the journal says of the model or tool that was called; empty texts and 0 for what it does not say. */
public final class CalledWords {
    private final JsonNode called;

    private CalledWords(JsonNode called) {
        this.called = called;
    }

    /** What a row says of it, if it is about such a call or about a message to a model. */
    public static Optional<CalledWords> of(JournalEntry row) {
        return row.called().flatMap(CalledWords::read).map(CalledWords::new);
    }

    private static Optional<JsonNode> read(String json) {
        try {
            return Optional.of(Json.read(json, "A call")).filter(JsonNode::isObject);
        } catch (Refused e) {
            return Optional.empty();
        }
    }

    /** All of it as JSON; the arguments only for somebody who may see payloads, and of those what is not hidden. */
    public static Optional<JsonNode> shown(JournalEntry row, boolean payloads, Redaction redaction) {
        return of(row).map(words -> {
            ObjectNode copy = ((ObjectNode) words.called).deepCopy();
            JsonNode arguments = copy.remove("arguments");
            if (payloads && arguments != null) {
                copy.set("arguments", Json.read(redaction.whole(arguments.toString()), "The arguments"));
            }
            return copy;
        });
    }

    /** Whether a model was called. */
    public boolean isModel() {
        return text("kind").equals("model");
    }

    /** Whether a tool was. */
    public boolean isTool() {
        return text("kind").equals("tool");
    }

    /** The model that was asked, with its provider. */
    public String model() {
        return text("provider") + "/" + text("model");
    }

    /** The model that answered, if it was named, and otherwise than it was asked for. */
    public Optional<String> answeredBy() {
        return Optional.of(text("by")).filter(by -> !by.isEmpty() && !by.equals(text("model")));
    }

    /** Why it stopped. */
    public String finish() {
        return text("finish");
    }

    /** The tokens it read. */
    public long input() {
        return called.path("in").asLong(0);
    }

    /** The tokens it wrote. */
    public long output() {
        return called.path("out").asLong(0);
    }

    /** Those of the tokens it read that came from a cache. */
    public long cached() {
        return called.path("cached").asLong(0);
    }

    /** The tokens in words. */
    public String tokens() {
        return Words.count(input() + output(), "token");
    }

    /** The tool. */
    public String tool() {
        return text("tool");
    }

    /** The provider's id of the call. */
    public String id() {
        return text("id");
    }

    /** The conversation. */
    public String conversation() {
        return text("log");
    }

    /** Whether a person has put other arguments in place of those asked for. */
    public boolean edited() {
        return called.path("edited").asBoolean(false);
    }

    /** Who says a message. */
    public String role() {
        return text("role");
    }

    /** The arguments of a tool. */
    public Optional<String> arguments() {
        return Optional.ofNullable(called.get("arguments")).map(JsonNode::toString);
    }

    private String text(String name) {
        JsonNode value = called.get(name);
        return value != null && value.isString() ? value.stringValue() : "";
    }
}
