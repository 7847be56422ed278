package dev.belay.langchain4j;

import dev.belay.agent.Message;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ChatMessageDeserializer;
import dev.langchain4j.data.message.ChatMessageSerializer;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Turns LangChain4j's messages into those that are recorded: plain texts as such, all else by LangChain4j's own JSON. */
final class Messages {
    private static final String WRAPPED = "{\"attributes\":";

    private Messages() {}

    /** A message of a request. The result of a tool is said to answer the call of the id that {@code callIds} makes of its own. */
    static Message of(ChatMessage message, UnaryOperator<String> callIds) {
        if (message instanceof SystemMessage system) {
            return Message.text("system", system.text());
        }
        if (message instanceof UserMessage user) {
            return user.hasSingleText()
                            && user.name() == null
                            && user.attributes().isEmpty()
                    ? Message.text("user", user.singleText())
                    : other("user", user);
        }
        if (message instanceof AiMessage ai) {
            return of(ai);
        }
        if (message instanceof ToolExecutionResultMessage result) {
            String id = result.id();
            String said = result(result.contents(), Boolean.TRUE.equals(result.isError()), result.attributes());
            return id == null || id.isBlank()
                    ? Message.text("tool", said)
                    : Message.toolResult(callIds.apply(id), said);
        }
        return other("custom", message);
    }

    /** What a model said. */
    static Message of(AiMessage ai) {
        String text = ai.text();
        return text != null
                        && !ai.hasToolExecutionRequests()
                        && ai.thinking() == null
                        && ai.attributes().isEmpty()
                ? Message.text("assistant", text)
                : other("assistant", ai);
    }

    private static Message other(String role, ChatMessage message) {
        return Message.of(role, PlainJson.sorted(ChatMessageSerializer.messageToJson(message)));
    }

    /** The opposite of {@link #of(AiMessage)}. */
    static AiMessage ai(Message message) {
        return message.json().startsWith("\"")
                ? AiMessage.from(message.text())
                : (AiMessage) ChatMessageDeserializer.messageFromJson(message.json());
    }

    /** What a tool returned as one text: itself if it is one, else JSON. */
    static String result(List<Content> contents, boolean failed, Map<String, Object> attributes) {
        if (!failed
                && attributes.isEmpty()
                && contents.size() == 1
                && contents.get(0) instanceof TextContent text
                && !text.text().startsWith(WRAPPED)) {
            return text.text();
        }
        // Its call's id and tool are known elsewhere; they are left empty here.
        return PlainJson.sorted(ChatMessageSerializer.messageToJson(ToolExecutionResultMessage.builder()
                .id("")
                .toolName("")
                .contents(contents)
                .isError(failed)
                .attributes(attributes)
                .build()));
    }

    /** The opposite of {@link #result}. */
    static ToolExecutionResultMessage result(String recorded) {
        return recorded.startsWith(WRAPPED)
                ? (ToolExecutionResultMessage) ChatMessageDeserializer.messageFromJson(recorded)
                : ToolExecutionResultMessage.builder()
                        .id("")
                        .toolName("")
                        .contents(List.of(TextContent.from(recorded)))
                        .build();
    }
}
