package dev.belay.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.agent.Message;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What LangChain4j says is recorded so that it comes back as it was. */
class MessagesTest {
    private static final UnaryOperator<String> SAME = id -> id;

    @Test
    void plainTextsAreRecordedAsSuch() {
        assertThat(Messages.of(SystemMessage.from("Be brief."), SAME)).isEqualTo(Message.text("system", "Be brief."));
        assertThat(Messages.of(UserMessage.from("Hello"), SAME)).isEqualTo(Message.text("user", "Hello"));
        assertThat(Messages.of(AiMessage.from("Hi \"you\""))).isEqualTo(Message.text("assistant", "Hi \"you\""));
    }

    @Test
    void whatModelSaysComesBackAsItWas() {
        Map<String, Object> attributes = new LinkedHashMap<>();
        attributes.put("signature", "abc");
        attributes.put("another", List.of(1, 2));
        var call = ToolExecutionRequest.builder()
                .id("call_1")
                .name("weather")
                .arguments("{\"city\":\"Oslo\"}")
                .build();

        assertThat(List.of(
                        AiMessage.from("text"),
                        AiMessage.from(""),
                        AiMessage.from(call),
                        AiMessage.from(
                                "I look",
                                List.of(call, call.toBuilder().id("call_2").build())),
                        AiMessage.builder()
                                .text("so")
                                .thinking("hm")
                                .attributes(attributes)
                                .build()))
                .allSatisfy(said -> {
                    Message recorded = Messages.of(said);
                    assertThat(Messages.ai(recorded)).isEqualTo(said);
                    assertThat(Messages.of(Messages.ai(recorded))).isEqualTo(recorded);
                });
    }

    @Test
    void orderOfAttributesDoesNotMatter() {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("a", 1);
        one.put("b", 2);
        Map<String, Object> other = new LinkedHashMap<>();
        other.put("b", 2);
        other.put("a", 1);

        assertThat(Messages.of(AiMessage.builder().text("x").attributes(one).build()))
                .isEqualTo(Messages.of(
                        AiMessage.builder().text("x").attributes(other).build()));
    }

    @Test
    void resultOfToolAnswersItsCallByWhatTheToolReturned() {
        var request = ToolExecutionRequest.builder()
                .id("call_1")
                .name("weather")
                .arguments("{}")
                .build();

        assertThat(Messages.of(ToolExecutionResultMessage.from(request, "sunny"), id -> "planner/" + id))
                .isEqualTo(Message.toolResult("planner/call_1", "sunny"));

        var image = ImageContent.from("https://example.org/map.png");
        var mixed = ToolExecutionResultMessage.builder()
                .id("call_1")
                .toolName("weather")
                .contents(List.of(TextContent.from("a map"), image))
                .build();
        assertThat(Messages.of(mixed, SAME))
                .isEqualTo(Message.toolResult("call_1", Messages.result(mixed.contents(), false, Map.of())));
    }

    @Test
    void resultsOfToolsComeBackAsTheyWere() {
        var image = ImageContent.from("https://example.org/map.png");
        String likeOurs = Messages.result(List.of(TextContent.from("failed")), true, Map.of());

        assertThat(Messages.result(List.of(TextContent.from("sunny")), false, Map.of()))
                .isEqualTo("sunny");
        for (List<Content> contents : List.<List<Content>>of(
                List.of(TextContent.from("sunny")),
                List.of(TextContent.from(likeOurs)),
                List.of(TextContent.from("{\"error\":true}")),
                List.of(TextContent.from("a map"), image))) {
            for (boolean failed : List.of(true, false)) {
                var back = Messages.result(Messages.result(contents, failed, Map.of("k", "v")));
                assertThat(back.contents()).isEqualTo(contents);
                assertThat(back.isError()).isEqualTo(failed);
                assertThat(back.attributes()).containsExactly(Map.entry("k", "v"));

                var plain = Messages.result(Messages.result(contents, failed, Map.of()));
                assertThat(plain.contents()).isEqualTo(contents);
                assertThat(Boolean.TRUE.equals(plain.isError())).isEqualTo(failed);
            }
        }
    }
}
