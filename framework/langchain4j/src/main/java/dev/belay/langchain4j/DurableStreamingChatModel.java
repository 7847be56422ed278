package dev.belay.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatRequestOptions;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A streaming model whose calls inside {@link Durable#in} are recorded in the step. Immutable; thread-safe if the model is.
 *
 * <p>The first run delivers the parts as they come, on the model's threads; the complete message is recorded, and then delivered with the
 * tool calls in it on the caller's own thread, which waits for it: {@code chat} returns when all is over, and so does
 * {@code TokenStream.start()}. A replay delivers the recorded text as one part. So parts may be seen again by whoever watches: those of
 * a call that was cut off before it was recorded come from the new call.
 *
 * <p>A failure is told to the handler and then thrown, so that the step fails whatever the handler does. The model is built with
 * {@link DurableHttp} as that of a {@link DurableChatModel} is.
 */
public final class DurableStreamingChatModel implements StreamingChatModel {
    private final Asking asking;
    private final StreamingChatModel model;

    private DurableStreamingChatModel(Asking asking, StreamingChatModel model) {
        this.asking = asking;
        this.model = model;
    }

    /** As of {@link DurableChatModel#of}. */
    public static DurableStreamingChatModel of(String provider, StreamingChatModel model) {
        return new DurableStreamingChatModel(Asking.of(provider), model);
    }

    /** As of {@link DurableChatModel#named}. */
    public DurableStreamingChatModel named(String name) {
        return new DurableStreamingChatModel(asking.named(name), model);
    }

    /** As of {@link DurableChatModel#inConversation}. */
    public DurableStreamingChatModel inConversation(String name) {
        return new DurableStreamingChatModel(asking.inConversation(name), model);
    }

    /** As of {@link DurableChatModel#passThrough}. */
    public DurableStreamingChatModel passThrough() {
        return new DurableStreamingChatModel(asking.passingThrough(), model);
    }

    @Override
    public void chat(ChatRequest request, ChatRequestOptions options, StreamingChatResponseHandler handler) {
        Optional<Scope> scope = asking.scope();
        if (scope.isEmpty()) {
            model.chat(request, options, handler);
            return;
        }
        AtomicBoolean live = new AtomicBoolean();
        ChatResponse response;
        try {
            response = asking.ask(scope.get(), request, model.defaultRequestParameters(), () -> {
                live.set(true);
                StreamedResponse streamed = new StreamedResponse(handler);
                model.chat(request, options, streamed);
                return streamed.await();
            });
        } catch (RuntimeException e) {
            if (Scope.isOwnFailure(e)) {
                handler.onError(e);
            }
            throw e;
        }
        AiMessage message = response.aiMessage();
        if (!live.get()) {
            deliverText(message, handler);
        }
        List<ToolExecutionRequest> calls = message.toolExecutionRequests();
        for (int i = 0; i < calls.size(); i++) {
            handler.onCompleteToolCall(new CompleteToolCall(i, calls.get(i)));
        }
        handler.onCompleteResponse(response);
    }

    private static void deliverText(AiMessage message, StreamingChatResponseHandler handler) {
        StreamingHandle over = new Over();
        String thinking = message.thinking();
        if (thinking != null && !thinking.isEmpty()) {
            handler.onPartialThinking(new PartialThinking(thinking), new PartialThinkingContext(over));
        }
        String text = message.text();
        if (text != null && !text.isEmpty()) {
            handler.onPartialResponse(new PartialResponse(text), new PartialResponseContext(over));
        }
    }

    /** Nothing is left to be cancelled of what comes from the journal. */
    private static final class Over implements StreamingHandle {
        @Override
        public void cancel() {}

        @Override
        public boolean isCancelled() {
            return false;
        }
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return model.defaultRequestParameters();
    }

    @Override
    public ModelProvider provider() {
        return model.provider();
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return model.supportedCapabilities();
    }
}
