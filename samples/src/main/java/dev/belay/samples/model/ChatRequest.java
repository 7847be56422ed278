package dev.belay.samples.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What a caller asks of the model, checked. */
record ChatRequest(String model, List<Message> messages) {

    static ChatRequest read(JsonNode json) throws Refusal {
        var model = json.path("model");
        if (!model.isString() || model.stringValue().isBlank()) {
            throw Refusal.invalid("model", "model is missing. Name any model, for example \"reviewer-1\".");
        }
        if (json.path("stream").asBoolean(false)) {
            throw Refusal.invalid("stream", "This server does not stream. Leave out \"stream\".");
        }
        var messages = new ArrayList<Message>();
        for (var message : json.path("messages")) {
            var role = message.path("role");
            if (!role.isString() || role.stringValue().isBlank()) {
                throw Refusal.invalid("messages", "messages[" + messages.size() + "].role is missing.");
            }
            messages.add(new Message(role.stringValue(), content(message.path("content"), messages.size())));
        }
        if (messages.stream().noneMatch(message -> message.role().equals("user"))) {
            throw Refusal.invalid("messages", "messages must be a list with at least one message of role \"user\".");
        }
        return new ChatRequest(model.stringValue(), messages);
    }

    /** Content is a string or a list of parts, of which the text parts count. */
    private static String content(JsonNode content, int position) throws Refusal {
        if (content.isString()) {
            return content.stringValue();
        }
        if (!content.isArray()) {
            throw Refusal.invalid("messages", "messages[" + position + "].content must be a text.");
        }
        var text = new StringBuilder();
        for (var part : content) {
            text.append(part.path("text").asString(""));
        }
        return text.toString();
    }

    String lastUserMessage() {
        var last = "";
        for (var message : messages) {
            if (message.role().equals("user")) {
                last = message.content();
            }
        }
        return last;
    }

    int tokens() {
        return messages.stream()
                .mapToInt(message -> Tokens.count(message.content()))
                .sum();
    }

    String sha256() {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (var message : messages) {
                digest.update((message.role() + "\n" + message.content() + "\0").getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
