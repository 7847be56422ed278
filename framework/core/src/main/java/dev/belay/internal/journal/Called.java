package dev.belay.internal.journal;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.belay.JournalEntry.Kind;
import dev.belay.agent.ModelReply;
import dev.belay.agent.Tokens;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an activity called, as the column {@code called} holds it: what the row does not say already, and what goes without saying
 * is left out.
 *
 * @param kind "model" or "tool"
 * @param by the model that answered; null for the one that was asked
 * @param finish why it stopped
 * @param cached null for none
 * @param log the conversation; null for "main"
 * @param at the place of the answer in it
 * @param ask the places of what was sent, as pairs of first and last
 * @param params the place of the parameters
 * @param role who answered; null for "assistant"
 * @param edited whether a person has put other arguments in place of those asked for
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record Called(
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
        @Nullable JsonNode arguments,
        @Nullable Boolean edited) {
    private static final String MAIN = "main";
    private static final String ASSISTANT = "assistant";
    private static final JsonMapper JSON = new JsonMapper();

    /** Who says a message. */
    public record Said(String role) {
        /** The inverse of {@link #json}. */
        public static Said of(String json) {
            return JSON.readValue(json, Said.class);
        }

        /** As it is stored. */
        public String json() {
            return JSON.writeValueAsString(this);
        }
    }

    /** The inverse of {@link #json}. */
    public static Called of(String json) {
        return JSON.readValue(json, Called.class);
    }

    /** A call of a tool, which its row names. */
    public static Called tool(JsonNode arguments, boolean edited) {
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
                arguments,
                edited ? true : null);
    }

    /** The request of a model call, before it is answered. */
    public static Called model(String provider, String model, String log, List<int[]> ask, @Nullable Integer params) {
        return new Called(
                "model",
                provider,
                model,
                null,
                null,
                null,
                null,
                null,
                unless(MAIN, log),
                null,
                ask,
                params,
                null,
                null,
                null);
    }

    /** The same, answered. */
    public Called answered(ModelReply reply, int place) {
        Tokens tokens = reply.tokens();
        return new Called(
                kind,
                provider,
                model,
                unless(String.valueOf(model), reply.model()),
                reply.finishReason(),
                tokens.input(),
                tokens.output(),
                tokens.cached() == 0 ? null : (Long) tokens.cached(),
                log,
                place,
                ask,
                params,
                unless(ASSISTANT, reply.message().role()),
                null,
                null);
    }

    private static @Nullable String unless(String usual, String told) {
        return usual.equals(told) ? null : told;
    }

    /** The conversation. */
    public String conversation() {
        return log == null ? MAIN : log;
    }

    /** Who answered. */
    public String answerer() {
        return role == null ? ASSISTANT : role;
    }

    /** The model that answered. */
    public String answeredBy() {
        return by == null ? String.valueOf(model) : by;
    }

    /** Whether it called a model, and not a tool. */
    public boolean callsModel() {
        return kind.equals("model");
    }

    /** What the model read and wrote. */
    public Tokens tokens() {
        return new Tokens(in == null ? 0 : in, out == null ? 0 : out, cached == null ? 0 : cached);
    }

    /** As it is stored. */
    public String json() {
        return JSON.writeValueAsString(this);
    }

    /** All of it, for whoever reads it without its row; null if the row calls nothing. */
    public static @Nullable String told(JournalRow row) {
        if (row.called() == null || row.kind() != Kind.ACTIVITY) {
            return row.called();
        }
        ObjectNode all = (ObjectNode) JSON.readTree(row.called());
        Called called = of(row.called());
        String key = String.valueOf(row.key());
        if (called.callsModel()) {
            all.put("by", called.answeredBy()).put("cached", called.tokens().cached());
            all.put("log", called.conversation()).put("role", called.answerer());
        } else {
            all.put("tool", row.name()).put("id", key.substring(key.indexOf(':') + 1));
        }
        return JSON.writeValueAsString(all);
    }

    /** Places in a row, told by their first and last. */
    public static List<int[]> ranges(List<Integer> places) {
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
