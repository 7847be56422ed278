package dev.belay.agent;

import java.util.List;

/**
 * What a model is asked. Its messages are kept in a conversation of the saga's, each once; the call refers to them.
 *
 * @param provider who serves the model, such as "openai"; limits and prices are found by it
 * @param model the model's name
 * @param messages all that is sent, in order
 * @param parameters the rest of the request as a JSON object: temperature, tools, format. Kept once per conversation, too
 * @param conversation the name of the conversation within the saga; several agents of one saga keep apart by it
 * @param estimatedTokens about how many tokens the call will take, for limits by tokens; 0 to have it estimated from the length
 */
public record ModelRequest(
        String provider,
        String model,
        List<Message> messages,
        String parameters,
        String conversation,
        long estimatedTokens) {

    /** Keeps its own copy of the messages. */
    public ModelRequest {
        if (provider.isBlank() || model.isBlank()) {
            throw new IllegalArgumentException("A model call needs the names of its provider and its model, got \""
                    + provider + "\" and \"" + model + "\".");
        }
        if (conversation.isBlank() || conversation.indexOf('@') >= 0) {
            throw new IllegalArgumentException(
                    "A conversation's name must not be blank nor hold '@', got \"" + conversation + "\".");
        }
        messages = List.copyOf(messages);
    }

    /** A request in the conversation "main", without parameters. */
    public static ModelRequest of(String provider, String model, List<Message> messages) {
        return new ModelRequest(provider, model, messages, "{}", "main", 0);
    }

    /** The same with other parameters. */
    public ModelRequest parameters(String json) {
        return new ModelRequest(provider, model, messages, json, conversation, estimatedTokens);
    }

    /** The same in another conversation. */
    public ModelRequest conversation(String name) {
        return new ModelRequest(provider, model, messages, parameters, name, estimatedTokens);
    }

    /** The same with an estimate of its tokens. */
    public ModelRequest estimatedTokens(long tokens) {
        return new ModelRequest(provider, model, messages, parameters, conversation, tokens);
    }
}
