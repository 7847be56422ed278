package dev.belay.dashboard.internal.pages;

import dev.belay.agent.Message;
import dev.belay.dashboard.internal.web.Json;
import dev.belay.dashboard.internal.web.Refused;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Messages of a conversation with a model as people read them: what is said, which tools are wanted, what they gave. Messages have any
 * shape; those of the usual libraries are understood, and each can be looked at as it was recorded.
 */
public final class Transcript {
    private static final Set<String> WORDS = Set.of("text", "content", "contents", "parts");
    private static final Set<String> WANTED = Set.of("toolExecutionRequests", "tool_calls", "toolCalls");

    private final Redaction redaction;
    private final Map<String, String> tools = new HashMap<>();

    private Transcript(Redaction redaction) {
        this.redaction = redaction;
    }

    /**
     * A message.
     *
     * @param number its place, from 1 on
     * @param text what is said
     * @param wants the tools that a model wants to be called
     * @param resultOf the tool whose result it is
     * @param recorded all of it, if that is more than a text
     */
    public record Said(
            int number,
            String role,
            Optional<Redaction.Shown> text,
            List<Wanted> wants,
            Optional<String> resultOf,
            Optional<Redaction.Shown> recorded) {
        /** Keeps its own list. */
        public Said {
            wants = List.copyOf(wants);
        }
    }

    /** A tool that a model wants to be called. */
    public record Wanted(String tool, String callId, Redaction.Shown arguments) {}

    /** All messages, as they may be shown. */
    public static List<Said> of(List<Message> messages, Redaction redaction) {
        Transcript transcript = new Transcript(redaction);
        List<Said> said = new ArrayList<>();
        for (Message message : messages) {
            said.add(transcript.said(said.size() + 1, message));
        }
        return said;
    }

    private Said said(int number, Message message) {
        Redaction.Shown recorded = redaction.shown(message.json());
        JsonNode content;
        try {
            content = Json.read(redaction.whole(message.json()), "A message");
        } catch (Refused e) {
            return new Said(
                    number, message.role(), Optional.of(recorded), List.of(), Optional.empty(), Optional.empty());
        }
        List<Wanted> wants = new ArrayList<>();
        collectWants(content, wants);
        wants.forEach(want -> tools.put(want.callId(), want.tool()));
        List<String> words = new ArrayList<>();
        collectWords(content, words);
        boolean plain = content.isString();
        Optional<Redaction.Shown> text = words.isEmpty()
                ? wants.isEmpty() ? Optional.of(recorded) : Optional.empty()
                : Optional.of(shown(String.join("\n\n", words), plain ? recorded.hidden() : 0));
        return new Said(
                number,
                message.role(),
                text,
                wants,
                message.answers().map(id -> tools.getOrDefault(id, id)),
                plain || text.equals(Optional.of(recorded)) ? Optional.empty() : Optional.of(recorded));
    }

    private static void collectWords(JsonNode content, List<String> words) {
        if (content.isString()) {
            if (!content.stringValue().isBlank()) {
                words.add(content.stringValue());
            }
        } else if (content.isArray()) {
            content.forEach(part -> collectWords(part, words));
        } else if (content.isObject()) {
            content.properties().stream()
                    .filter(field -> WORDS.contains(field.getKey()))
                    .forEach(field -> collectWords(field.getValue(), words));
        }
    }

    private void collectWants(JsonNode content, List<Wanted> wants) {
        if (content.isArray()) {
            content.forEach(part -> collectWants(part, wants));
        } else if (content.isObject()) {
            if (content.path("type").asString("").equals("tool_use")) {
                wants.add(wanted(content));
            }
            content.properties().forEach(field -> {
                if (WANTED.contains(field.getKey()) && field.getValue().isArray()) {
                    field.getValue().forEach(one -> wants.add(wanted(one)));
                } else if (WORDS.contains(field.getKey())) {
                    collectWants(field.getValue(), wants);
                }
            });
        }
    }

    private Wanted wanted(JsonNode one) {
        JsonNode call = one.path("function").isObject() ? one.path("function") : one;
        JsonNode arguments = call.has("arguments") ? call.path("arguments") : call.path("input");
        String text = arguments.isString() ? arguments.stringValue() : arguments.toString();
        return new Wanted(call.path("name").asString("?"), one.path("id").asString(""), arguments(text));
    }

    private Redaction.Shown arguments(String text) {
        try {
            Json.read(text, "The arguments");
            return redaction.shown(text);
        } catch (Refused e) {
            // A model may write what is no JSON, in which nothing can be hidden by its place.
            return redaction.isEmpty()
                    ? shown(text, 0)
                    : shown("(no JSON, and so not shown where some values are hidden)", 1);
        }
    }

    private static Redaction.Shown shown(String text, int hidden) {
        String cut = Words.cut(text, Redaction.LONGEST_SHOWN);
        return new Redaction.Shown(cut, hidden, text.length() > Redaction.LONGEST_SHOWN, text.length());
    }
}
