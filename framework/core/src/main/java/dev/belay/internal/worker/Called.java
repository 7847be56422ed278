package dev.belay.internal.worker;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.belay.agent.Tokens;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an activity called, as the column {@code called} holds it.
 *
 * @param kind "model" or "tool"
 * @param by the model that answered
 * @param finish why it stopped
 * @param log the conversation
 * @param at the place of the answer in it
 * @param ask the places of what was sent, as pairs of first and last
 * @param params the place of the parameters
 * @param hash of the answer
 * @param id the provider's id of a tool call
 * @param edited whether a person has put other arguments in place of those asked for
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
record Called(
        String kind,
        @Nullable String provider,
        @Nullable String model,
        @Nullable String by,
        @Nullable String finish,
        @Nullable Long in,
        @Nullable Long out,
        @Nullable Long cached,
        @Nullable String log,
        @Nullable Integer at,
        @Nullable List<int[]> ask,
        @Nullable Integer params,
        @Nullable String role,
        @Nullable String hash,
        @Nullable String tool,
        @Nullable String id,
        @Nullable JsonNode arguments,
        @Nullable Boolean edited) {
    private static final JsonMapper JSON = new JsonMapper();

    /** Who says a message. */
    record Said(String role) {
        static Said of(String json) {
            return JSON.readValue(json, Said.class);
        }

        String json() {
            return JSON.writeValueAsString(this);
        }
    }

    static Called of(String json) {
        return JSON.readValue(json, Called.class);
    }

    static Called tool(String name, String id, JsonNode arguments, boolean edited) {
        return new Called(
                "tool",
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                name,
                id,
                arguments,
                edited ? true : null);
    }

    /** The request of a model call, before it is answered. */
    static Called model(String provider, String model, String log, List<int[]> ask, @Nullable Integer params) {
        return new Called(
                "model", provider, model, null, null, null, null, null, log, null, ask, params, null, null, null, null,
                null, null);
    }

    /** The same, answered. */
    Called answered(String answeredBy, String finished, Tokens tokens, int place, String saidBy, String hashed) {
        return new Called(
                kind,
                provider,
                model,
                answeredBy,
                finished,
                tokens.input(),
                tokens.output(),
                tokens.cached(),
                log,
                place,
                ask,
                params,
                saidBy,
                hashed,
                tool,
                id,
                arguments,
                edited);
    }

    boolean isModel() {
        return kind.equals("model");
    }

    Tokens tokens() {
        return new Tokens(in == null ? 0 : in, out == null ? 0 : out, cached == null ? 0 : cached);
    }

    String json() {
        return JSON.writeValueAsString(this);
    }

    /** Places in a row, told by their first and last. */
    static List<int[]> ranges(List<Integer> places) {
        List<int[]> ranges = new ArrayList<>();
        for (int place : places) {
            int[] last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
            if (last != null && last[1] + 1 == place) {
                last[1] = place;
            } else {
                ranges.add(new int[] {place, place});
            }
        }
        return ranges;
    }
}
