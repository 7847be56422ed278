package dev.belay.testing;

import dev.belay.agent.Tokens;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An answer as OpenAI writes it: whole, or in pieces. All of it follows from question and answer, ids included. */
record Completion(String id, String model, ModelAnswer answer, Tokens tokens) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final long CREATED = 1_700_000_000;
    private static final int CHARACTERS_A_TOKEN = 4;
    private static final int CODE_POINTS_A_PIECE = 12;

    static Completion of(ModelQuestion question, ModelAnswer answer) {
        // Streamed or not, with other settings or not: the same conversation is given the same ids.
        var asked = question.body().path("messages").toString()
                + question.body().path("tools").toString();
        var hash = sha256((question.model() + "\n" + asked).getBytes(StandardCharsets.UTF_8));
        var calls = new ArrayList<ModelAnswer.Call>();
        for (var call : answer.calls()) {
            var callId = call.id().isEmpty() ? "call_" + hash.substring(0, 20) + calls.size() : call.id();
            calls.add(new ModelAnswer.Call(call.tool(), call.arguments(), callId));
        }
        var tokens = answer.tokens().orElseGet(() -> {
            var written = answer.text().length();
            for (var call : answer.calls()) {
                written += call.tool().length() + call.arguments().length();
            }
            return Tokens.of(tokens(asked.length()), tokens(written));
        });
        var whole = new ModelAnswer(answer.text(), calls, answer.finishReason(), answer.tokens());
        return new Completion("chatcmpl-" + hash.substring(0, 24), question.model(), whole, tokens);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }

    private static long tokens(int characters) {
        return Math.max(1, (characters + CHARACTERS_A_TOKEN - 1) / CHARACTERS_A_TOKEN);
    }

    String whole() {
        var root = root("chat.completion");
        var choice = root.putArray("choices").addObject().put("index", 0);
        var message = choice.putObject("message").put("role", "assistant");
        if (answer.text().isEmpty() && !answer.calls().isEmpty()) {
            message.putNull("content");
        } else {
            message.put("content", answer.text());
        }
        if (!answer.calls().isEmpty()) {
            var calls = message.putArray("tool_calls");
            for (var call : answer.calls()) {
                var one = calls.addObject().put("id", call.id()).put("type", "function");
                one.putObject("function").put("name", call.tool()).put("arguments", call.arguments());
            }
        }
        choice.put("finish_reason", answer.finishReason());
        usage(root);
        return root.toString();
    }

    /** The pieces of a stream, without the end's mark. */
    List<String> pieces(boolean withUsage) {
        var pieces = new ArrayList<String>();
        pieces.add(piece(JSON.createObjectNode().put("role", "assistant").put("content", ""), ""));
        for (var text : split(answer.text())) {
            pieces.add(piece(JSON.createObjectNode().put("content", text), ""));
        }
        for (var index = 0; index < answer.calls().size(); index++) {
            var call = answer.calls().get(index);
            var begun = JSON.createObjectNode();
            var one = begun.putArray("tool_calls").addObject();
            one.put("index", index).put("id", call.id()).put("type", "function");
            one.putObject("function").put("name", call.tool()).put("arguments", "");
            pieces.add(piece(begun, ""));
            for (var arguments : split(call.arguments())) {
                var more = JSON.createObjectNode();
                more.putArray("tool_calls")
                        .addObject()
                        .put("index", index)
                        .putObject("function")
                        .put("arguments", arguments);
                pieces.add(piece(more, ""));
            }
        }
        pieces.add(piece(JSON.createObjectNode(), answer.finishReason()));
        if (withUsage) {
            var last = root("chat.completion.chunk");
            last.putArray("choices");
            usage(last);
            pieces.add(last.toString());
        }
        return pieces;
    }

    private String piece(ObjectNode delta, String finishReason) {
        var root = root("chat.completion.chunk");
        var choice = root.putArray("choices").addObject().put("index", 0);
        choice.set("delta", delta);
        if (finishReason.isEmpty()) {
            choice.putNull("finish_reason");
        } else {
            choice.put("finish_reason", finishReason);
        }
        return root.toString();
    }

    private ObjectNode root(String object) {
        return JSON.createObjectNode()
                .put("id", id)
                .put("object", object)
                .put("created", CREATED)
                .put("model", model);
    }

    private void usage(ObjectNode root) {
        var usage = root.putObject("usage")
                .put("prompt_tokens", tokens.input())
                .put("completion_tokens", tokens.output())
                .put("total_tokens", tokens.total());
        usage.putObject("prompt_tokens_details").put("cached_tokens", tokens.cached());
    }

    private static List<String> split(String text) {
        var pieces = new ArrayList<String>();
        for (var from = 0; from < text.length(); ) {
            // By code points: half a pair of surrogates is no text.
            var left = text.codePointCount(from, text.length());
            var to = text.offsetByCodePoints(from, Math.min(CODE_POINTS_A_PIECE, left));
            pieces.add(text.substring(from, to));
            from = to;
        }
        return pieces;
    }
}
