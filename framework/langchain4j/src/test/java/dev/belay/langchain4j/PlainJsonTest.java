package dev.belay.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A request's parameters are recorded alike in every process, those of the provider included. */
class PlainJsonTest {
    private static final ToolSpecification BOOK = ToolSpecification.builder()
            .name("book")
            .description("Books a seat")
            .parameters(JsonObjectSchema.builder()
                    .addStringProperty("flight")
                    .addIntegerProperty("seat")
                    .required("flight")
                    .build())
            .build();
    private static final ToolSpecification FIND =
            ToolSpecification.builder().name("find").build();

    @Test
    void parametersOfProviderAreRecordedByTheirNames() {
        var parameters = OpenAiChatRequestParameters.builder()
                .modelName("gpt-test")
                .temperature(0.5)
                .seed(7)
                .metadata(Map.of("b", "2", "a", "1"))
                .customParameters(Map.of("top", Map.of("deep", List.of(1, true))))
                .build();

        assertThat(PlainJson.parameters(parameters))
                .isEqualTo("{\"customParameters\":{\"top\":{\"deep\":[1,true]}},\"metadata\":{\"a\":\"1\",\"b\":\"2\"},"
                        + "\"seed\":7,\"temperature\":0.5}");
    }

    @Test
    void orderOfToolsDoesNotMatterAndWhatTheyTakeDoes() {
        String one = PlainJson.parameters(
                ChatRequestParameters.builder().toolSpecifications(BOOK, FIND).build());
        String other = PlainJson.parameters(
                ChatRequestParameters.builder().toolSpecifications(FIND, BOOK).build());
        String changed = PlainJson.parameters(ChatRequestParameters.builder()
                .toolSpecifications(
                        FIND,
                        BOOK.toBuilder()
                                .parameters(JsonObjectSchema.builder()
                                        .addStringProperty("flight")
                                        .addStringProperty("seat")
                                        .required("flight")
                                        .build())
                                .build())
                .build());

        assertThat(one).isEqualTo(other).contains("\"Books a seat\"").isNotEqualTo(changed);
    }

    @Test
    void responseFormatIsRecordedWithItsSchema() {
        assertThat(PlainJson.parameters(ChatRequestParameters.builder()
                        .toolChoice(ToolChoice.REQUIRED)
                        .responseFormat(ResponseFormat.builder()
                                .type(ResponseFormatType.JSON)
                                .jsonSchema(JsonSchema.builder()
                                        .name("Age")
                                        .rootElement(JsonObjectSchema.builder()
                                                .addProperty("years", new JsonIntegerSchema())
                                                .build())
                                        .build())
                                .build())
                        .build()))
                .isEqualTo(
                        "{\"responseFormat\":{\"jsonSchema\":{\"name\":\"Age\",\"rootElement\":{\"is\":\"JsonObjectSchema\","
                                + "\"properties\":{\"years\":{\"is\":\"JsonIntegerSchema\"}}}},\"type\":\"JSON\"},"
                                + "\"toolChoice\":\"REQUIRED\"}");
    }
}
