package dev.belay.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.PartialToolCallContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Hands the parts of a response on as they come, and keeps the whole back until it is recorded. Complete tool calls are kept back too:
 * a tool must not run for a call that nobody would remember.
 */
final class StreamedResponse implements StreamingChatResponseHandler {
    private final StreamingChatResponseHandler handler;
    private final CompletableFuture<ChatResponse> whole = new CompletableFuture<>();

    StreamedResponse(StreamingChatResponseHandler handler) {
        this.handler = handler;
    }

    /** Waits on the caller's thread, which is the step's. */
    ChatResponse await() throws Exception {
        ChatResponse response;
        try {
            response = whole.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
        if (response.finishReason() == null) {
            // Clients take a stream that the server just closed for a short answer.
            throw new IOException("The stream ended before the model said that its answer is complete.");
        }
        return response;
    }

    @Override
    public void onPartialResponse(String part) {
        handler.onPartialResponse(part);
    }

    @Override
    public void onPartialResponse(PartialResponse part, PartialResponseContext context) {
        handler.onPartialResponse(part, new PartialResponseContext(cancelling(context.streamingHandle())));
    }

    @Override
    public void onPartialThinking(PartialThinking part) {
        handler.onPartialThinking(part);
    }

    @Override
    public void onPartialThinking(PartialThinking part, PartialThinkingContext context) {
        handler.onPartialThinking(part, new PartialThinkingContext(cancelling(context.streamingHandle())));
    }

    @Override
    public void onPartialToolCall(PartialToolCall part) {
        handler.onPartialToolCall(part);
    }

    @Override
    public void onPartialToolCall(PartialToolCall part, PartialToolCallContext context) {
        handler.onPartialToolCall(part, new PartialToolCallContext(cancelling(context.streamingHandle())));
    }

    @Override
    public void onUnmappedRawEvent(Object event) {
        handler.onUnmappedRawEvent(event);
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
        whole.complete(response);
    }

    @Override
    public void onError(Throwable error) {
        whole.completeExceptionally(error);
    }

    /** A stream that is cancelled says nothing any more, so the waiting thread has to be told. */
    private StreamingHandle cancelling(StreamingHandle handle) {
        return new StreamingHandle() {
            @Override
            public void cancel() {
                handle.cancel();
                whole.completeExceptionally(new CancellationException("The handler cancelled the stream."));
            }

            @Override
            public boolean isCancelled() {
                return handle.isCancelled();
            }
        };
    }
}
