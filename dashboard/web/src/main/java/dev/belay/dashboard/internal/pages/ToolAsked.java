package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.web.Json;
import dev.belay.dashboard.internal.web.Refused;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * A call of a tool that a person is asked about, as it was stored; not yet as it may be shown.
 *
 * @param question what they are asked, in words
 * @param callId the provider's id of the call
 * @param arguments as JSON
 */
public record ToolAsked(String question, String tool, String callId, String arguments) {
    private static final Set<String> FIELDS = Set.of("question", "tool", "callId", "arguments", "hash");

    /** The call that a question is about, if it is about one. */
    public static Optional<ToolAsked> of(String question) {
        try {
            JsonNode asked = Json.read(question, "A question");
            boolean call = asked.isObject()
                    && asked.size() == FIELDS.size() + 1
                    && asked.has("within")
                    && FIELDS.stream().allMatch(name -> asked.path(name).isString());
            return call
                    ? Optional.of(new ToolAsked(
                            asked.get("question").stringValue(),
                            asked.get("tool").stringValue(),
                            asked.get("callId").stringValue(),
                            asked.get("arguments").stringValue()))
                    : Optional.empty();
        } catch (Refused e) {
            return Optional.empty();
        }
    }

    /**
     * The call for a page.
     *
     * @param arguments without what is hidden
     */
    public record Shown(String question, String tool, String callId, Redaction.Shown arguments) {}

    /** It as it may be shown to somebody who may see payloads. */
    public Shown shown(Redaction redaction) {
        return new Shown(
                text(redaction, "question", question),
                text(redaction, "tool", tool),
                text(redaction, "callId", callId),
                redaction.shown(arguments));
    }

    /** The arguments to begin an edit with. */
    public String editable(Redaction redaction) {
        return Json.pretty(redaction.whole(arguments));
    }

    /** The other parts are texts: hidden by their place, like any other. */
    private static String text(Redaction redaction, String name, String value) {
        return redaction.hides(Stream.of(name).toList()) ? Redaction.MASK : value;
    }

    /**
     * Arguments to be put in place of these, what was hidden from whoever edited them put back.
     *
     * @throws Refused if they are no JSON, of another shape, or the same
     */
    public String edited(String text, Redaction redaction) {
        JsonNode after = Json.read(text, "The edited arguments");
        JsonNode before = Json.read(arguments, "The arguments as they were");
        JsonNode whole = redaction.restored(after, Optional.of(before));
        if (before.isObject() && !whole.isObject()) {
            throw Refused.unprocessable(
                    "The edited arguments must be an object with the parts that the tool takes, like the one asked for.");
        } else if (whole.equals(before)) {
            throw Refused.unprocessable(
                    "These are the arguments that were asked for. Change them, or approve the call as it was asked.");
        }
        return whole.equals(after) ? text : whole.toString();
    }
}
