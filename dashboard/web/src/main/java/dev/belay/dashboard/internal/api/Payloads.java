package dev.belay.dashboard.internal.api;

import dev.belay.dashboard.internal.pages.Redaction;
import dev.belay.dashboard.internal.web.Json;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.inspect.StoredValue;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Payloads for somebody: as JSON, with what is hidden left out; none if they may not see them. */
record Payloads(boolean shown, Redaction redaction) {

    Optional<JsonNode> of(Optional<String> json) {
        return shown ? json.map(this::of) : Optional.empty();
    }

    private JsonNode of(String json) {
        String text = redaction.whole(json);
        try {
            return Json.read(text, "A value");
        } catch (Refused e) {
            // Too long or too deep to be read here: as it is, in one text.
            return JsonNodeFactory.instance.stringNode(text);
        }
    }

    Optional<Value> value(Optional<StoredValue> stored) {
        return shown ? stored.map(value -> new Value(value.type(), of(value.json()))) : Optional.empty();
    }

    /** A value with the name of its type. */
    record Value(String type, JsonNode value) {}
}
