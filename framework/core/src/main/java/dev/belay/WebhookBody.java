package dev.belay;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An event as a webhook's body. Receivers pass over fields they do not know, for there may be more one day. */
final class WebhookBody {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private WebhookBody() {}

    static byte[] of(SagaEvent event) {
        ObjectNode body = JSON.createObjectNode()
                .put("id", event.id())
                .put("type", event.type().name())
                .put("saga", event.saga().toString())
                .put("definition", event.definition())
                .put("level", event.level())
                .put("at", event.at().toString());
        event.step().ifPresent(step -> body.put("step", step));
        event.details().ifPresent(details -> body.set("details", JSON.readTree(details)));
        return JSON.writeValueAsBytes(body);
    }

    static SagaEvent parse(byte[] body) {
        try {
            JsonNode event = JSON.readTree(body);
            return new SagaEvent(
                    event.required("id").asLong(),
                    SagaEvent.Type.valueOf(event.required("type").asString()),
                    UUID.fromString(event.required("saga").asString()),
                    event.required("definition").asString(),
                    Optional.ofNullable(event.get("step")).map(JsonNode::asString),
                    event.path("level").asInt(0),
                    Instant.parse(event.required("at").asString()),
                    Optional.ofNullable(event.get("details")).map(JsonNode::toString));
        } catch (JacksonException | IllegalArgumentException | DateTimeParseException e) {
            throw new WebhookRefused(
                    "The body of the webhook's request is rightly signed, but is no event that this version"
                            + " of Belay knows: " + e.getMessage());
        }
    }
}
