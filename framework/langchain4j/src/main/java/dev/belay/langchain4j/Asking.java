package dev.belay.langchain4j;

import dev.belay.agent.Message;
import dev.belay.agent.ModelCall;
import dev.belay.agent.ModelReply;
import dev.belay.agent.ModelRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/** How a model's calls are recorded. */
record Asking(
        String provider, String name, String conversation, boolean passThrough, Consumer<? super ChatResponse> check) {

    static Asking of(String provider) {
        return new Asking(provider, "model", "main", false, response -> {});
    }

    Asking named(String name) {
        return new Asking(provider, name, conversation, passThrough, check);
    }

    Asking inConversation(String name) {
        return new Asking(provider, this.name, name, passThrough, check);
    }

    Asking passingThrough() {
        return new Asking(provider, name, conversation, true, check);
    }

    Asking accepting(Consumer<? super ChatResponse> asked) {
        return new Asking(provider, name, conversation, passThrough, asked);
    }

    /** The scope of this thread, or empty if the call is to be passed through. */
    Optional<Scope> scope() {
        Optional<Scope> scope = Scope.current();
        if (scope.isEmpty() && !passThrough) {
            throw new IllegalStateException("Model \"" + name + "\" of \"" + provider
                    + "\" is called outside of a step, or on a thread of the agent's own. Call the agent by"
                    + " Durable.in(ctx, () -> …), on another thread by Durable.in(ctx, key, () -> …), or build the model with"
                    + " passThrough() if its calls may go unrecorded there.");
        }
        return scope;
    }

    /** Returns what is recorded, or makes the call and records it. The same objects come back either way. */
    ChatResponse ask(Scope scope, ChatRequest request, ChatRequestParameters defaults, Callable<ChatResponse> call) {
        scope.checkStop();
        try {
            ModelCall recorded = scope.model(name, request(scope, request, defaults))
                    .accept(reply -> check.accept(Replies.response(reply, Messages.ai(reply.message()))));
            String key = recorded.idempotencyKey();
            ModelReply reply = recorded.run(() -> {
                ChatResponse response = HttpCall.with(key, call);
                return Replies.reply(response, scope.withOwnCallIds(response.aiMessage(), key));
            });
            AiMessage message = Messages.ai(reply.message());
            scope.asks(message);
            return Replies.response(reply, message);
        } catch (RuntimeException | Error e) {
            if (!Scope.isOwnFailure(e)) {
                scope.stopBy(e);
                scope.checkStop();
            }
            throw e;
        }
    }

    private ModelRequest request(Scope scope, ChatRequest request, ChatRequestParameters defaults) {
        ChatRequestParameters parameters = defaults.overrideWith(request.parameters());
        String model = parameters.modelName();
        List<Message> messages = request.messages().stream()
                .map(message -> Messages.of(message, scope::callId))
                .toList();
        return ModelRequest.of(provider, model == null || model.isBlank() ? provider : model, messages)
                .parameters(PlainJson.parameters(parameters))
                .conversation(conversation);
    }
}
