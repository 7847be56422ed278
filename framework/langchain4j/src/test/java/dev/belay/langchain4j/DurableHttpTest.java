package dev.belay.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.sun.net.httpserver.HttpServer;
import dev.belay.agent.RetryLater;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What goes over the wire with a model's call, and what a refusal says in its headers. */
class DurableHttpTest {
    private final List<List<String>> keys = new CopyOnWriteArrayList<>();
    private volatile int status = 200;
    private volatile Map<String, String> headers = Map.of();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            keys.add(exchange.getRequestHeaders().getOrDefault("Idempotency-Key", List.of()));
            headers.forEach(exchange.getResponseHeaders()::set);
            byte[] body =
                    "{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}"
                            .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private ChatModel model() {
        return OpenAiChatModel.builder()
                .baseUrl("http://127.0.0.1:" + server.getAddress().getPort() + "/v1")
                .apiKey("none")
                .modelName("gpt-test")
                .httpClientBuilder(DurableHttp.builder())
                .maxRetries(0)
                .build();
    }

    @Test
    void requestsOfRecordedCallCarryItsKeyAndOthersNone() throws Exception {
        String answer = HttpCall.with("key-1", () -> model().chat("Hello"));
        model().chat("Hello");

        assertThat(answer).isEqualTo("Hi");
        assertThat(keys).containsExactly(List.of("key-1"), List.of());
    }

    @ParameterizedTest
    @CsvSource({
        "429, retry-after, 7, PT7S",
        "503, retry-after, 7, PT7S",
        "429, retry-after, 0.5, PT0.5S",
        "429, retry-after-ms, 250, PT0.25S"
    })
    void refusalSaysWhenToComeBack(int refusal, String header, String value, Duration after) {
        status = refusal;
        headers = Map.of(header, value);

        assertThatThrownBy(() -> HttpCall.with("key", () -> model().chat("Hello")))
                .asInstanceOf(type(RetryLater.class))
                .extracting(RetryLater::after)
                .isEqualTo(after);
    }

    @Test
    void dateIsReadByTheServersOwnClock() {
        status = 429;
        headers = Map.of(
                "retry-after",
                ZonedDateTime.now(ZoneOffset.UTC).plusDays(1).format(DateTimeFormatter.RFC_1123_DATE_TIME));

        assertThatThrownBy(() -> HttpCall.with("key", () -> model().chat("Hello")))
                .asInstanceOf(type(RetryLater.class))
                .extracting(RetryLater::after)
                .satisfies(after -> assertThat(after).isBetween(Duration.ofHours(23), Duration.ofHours(25)));
    }

    @Test
    void refusalWithoutTimeIsAnOrdinaryFailure() {
        status = 429;
        assertThatThrownBy(() -> HttpCall.with("key", () -> model().chat("Hello")))
                .isInstanceOf(RateLimitException.class)
                .cause()
                .isInstanceOf(HttpException.class);

        headers = Map.of("retry-after", "soon");
        assertThatThrownBy(() -> HttpCall.with("key", () -> model().chat("Hello")))
                .isInstanceOf(RateLimitException.class);
    }

    @Test
    void errorThatIsNoRefusalIsNotWaitedFor() {
        status = 500;
        headers = Map.of("retry-after", "7");

        assertThatThrownBy(() -> HttpCall.with("key", () -> model().chat("Hello")))
                .isNotInstanceOf(RetryLater.class);
    }
}
