package dev.belay.langchain4j;

import dev.belay.agent.ModelReply;
import dev.belay.agent.Tokens;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns responses into what is recorded, and back. */
final class Replies {
    private Replies() {}

    static ModelReply reply(ChatResponse response, AiMessage message) {
        String model = response.modelName();
        FinishReason reason = response.finishReason();
        return new ModelReply(
                Messages.of(message),
                model == null ? "" : model,
                reason == null ? "" : reason.name(),
                tokens(response.tokenUsage()));
    }

    static ChatResponse response(ModelReply reply, AiMessage message) {
        ChatResponse.Builder response = ChatResponse.builder()
                .aiMessage(message)
                .tokenUsage(new TokenUsage(
                        Math.toIntExact(reply.tokens().input()),
                        Math.toIntExact(reply.tokens().output())));
        if (!reply.model().isEmpty()) {
            response.modelName(reply.model());
        }
        Arrays.stream(FinishReason.values())
                .filter(reason -> reason.name().equals(reply.finishReason()))
                .findAny()
                .ifPresent(response::finishReason);
        return response.build();
    }

    /** Providers tell what came from their cache in classes of their own. */
    private static Tokens tokens(@Nullable TokenUsage usage) {
        if (usage == null) {
            return Tokens.NONE;
        }
        long input = orZero(usage.inputTokenCount());
        long output = orZero(usage.outputTokenCount());
        Optional<Long> readByAnthropic = number(usage, "cacheReadInputTokens");
        if (readByAnthropic.isPresent()) {
            // Anthropic counts them beside the input, not in it.
            long written = number(usage, "cacheCreationInputTokens").orElse(0L);
            return new Tokens(input + readByAnthropic.get() + written, output, readByAnthropic.get());
        }
        long cached = value(usage, "inputTokensDetails")
                .flatMap(details -> number(details, "cachedTokens"))
                .or(() -> number(usage, "cachedContentTokenCount"))
                .orElse(0L);
        return new Tokens(input, output, Math.min(input, cached));
    }

    private static long orZero(@Nullable Integer count) {
        return count == null ? 0 : Math.max(0, count);
    }

    private static Optional<Long> number(Object of, String accessor) {
        return value(of, accessor).filter(Number.class::isInstance).map(number -> ((Number) number).longValue());
    }

    private static Optional<Object> value(Object of, String accessor) {
        try {
            return Optional.ofNullable(of.getClass().getMethod(accessor).invoke(of));
        } catch (ReflectiveOperationException e) {
            return Optional.empty();
        }
    }
}
