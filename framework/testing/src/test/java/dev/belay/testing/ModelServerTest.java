package dev.belay.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.agent.Tokens;
import dev.belay.testing.ModelServerCall.Outcome;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class ModelServerTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String WEATHER = """
            {"model":"tiny","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Oslo?"}],\
            "tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object"}}}]}""";

    private final HttpClient client = HttpClient.newHttpClient();
    private final ModelServer server = ModelServer.start(ModelServerTest::weather);

    private static ModelAnswer weather(ModelQuestion question) {
        var results = question.results("weather");
        if (question.tools().contains("weather") && results.isEmpty()) {
            return ModelAnswer.call("weather", "{\"city\":\"" + question.last().text() + "\"}")
                    .andCall("weather", "{\"city\":\"Bergen 🌧\"}");
        }
        return ModelAnswer.text("You said " + question.first("user") + " and heard " + results);
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void answersAsOpenAiDoes() throws Exception {
        var response = post(chat("Good morning"));

        var body = JSON.readTree(response.body());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(body.path("object").stringValue()).isEqualTo("chat.completion");
        assertThat(body.path("model").stringValue()).isEqualTo("tiny");
        var choice = body.path("choices").path(0);
        assertThat(choice.path("finish_reason").stringValue()).isEqualTo("stop");
        assertThat(choice.path("message").path("role").stringValue()).isEqualTo("assistant");
        assertThat(choice.path("message").path("content").stringValue())
                .isEqualTo("You said Good morning and heard []");
        var usage = body.path("usage");
        assertThat(usage.path("total_tokens").longValue())
                .isEqualTo(usage.path("prompt_tokens").longValue()
                        + usage.path("completion_tokens").longValue())
                .isGreaterThan(2);
    }

    @Test
    void asksForToolsAndIsToldTheirResults() throws Exception {
        var asked = JSON.readTree(post(WEATHER).body()).path("choices").path(0);
        var calls = asked.path("message").path("tool_calls");
        var again = JSON.readTree(WEATHER);
        again.withArray("messages").add(asked.path("message"));
        for (var call : calls) {
            again.withArray("messages")
                    .addObject()
                    .put("role", "tool")
                    .put("tool_call_id", call.path("id").stringValue())
                    .put("content", "rain");
        }

        var answered =
                JSON.readTree(post(again.toString()).body()).path("choices").path(0);

        assertThat(asked.path("finish_reason").stringValue()).isEqualTo("tool_calls");
        assertThat(asked.path("message").path("content").isNull()).isTrue();
        assertThat(calls).hasSize(2);
        assertThat(calls.path(0).path("id").stringValue())
                .isNotEqualTo(calls.path(1).path("id").stringValue());
        assertThat(JSON.readTree(
                                calls.path(1).path("function").path("arguments").stringValue())
                        .path("city")
                        .stringValue())
                .isEqualTo("Bergen 🌧");
        assertThat(answered.path("message").path("content").stringValue())
                .isEqualTo("You said Oslo? and heard [rain, rain]");
    }

    @Test
    void saysTheSameToTheSameQuestionWhenAndHoweverOftenItIsAsked() throws Exception {
        var first = post(WEATHER).body();
        post(chat("something else"));

        var second = post(WEATHER).body();

        assertThat(second).isEqualTo(first);
    }

    @Test
    void streamsTheAnswerThatItGivesInOnePiece() throws Exception {
        var whole = JSON.readTree(post(WEATHER).body());
        var text = JSON.readTree(post(chat("one two three four five")).body());

        var calls = stream(WEATHER);
        var words = stream(chat("one two three four five"));

        assertThat(words).hasSizeGreaterThan(5);
        assertThat(words.stream()
                        .map(piece -> piece.path("choices")
                                .path(0)
                                .path("delta")
                                .path("content")
                                .asString(""))
                        .collect(Collectors.joining()))
                .isEqualTo(text.path("choices")
                        .path(0)
                        .path("message")
                        .path("content")
                        .stringValue());
        var wanted = whole.path("choices").path(0).path("message").path("tool_calls");
        for (var index = 0; index < 2; index++) {
            var at = index;
            var pieces = calls.stream()
                    .map(piece -> piece.path("choices")
                            .path(0)
                            .path("delta")
                            .path("tool_calls")
                            .path(0))
                    .filter(call -> call.path("index").asInt(-1) == at)
                    .toList();
            assertThat(pieces.get(0).path("id")).isEqualTo(wanted.path(at).path("id"));
            assertThat(pieces.stream()
                            .map(call -> call.path("function").path("arguments").asString(""))
                            .collect(Collectors.joining()))
                    .isEqualTo(
                            wanted.path(at).path("function").path("arguments").stringValue());
        }
        assertThat(calls.get(calls.size() - 2)
                        .path("choices")
                        .path(0)
                        .path("finish_reason")
                        .stringValue())
                .isEqualTo("tool_calls");
        assertThat(calls.get(calls.size() - 1).path("usage")).isEqualTo(whole.path("usage"));
    }

    @Test
    void saysWhatTheScriptSaysOfTokensAndReasonsAndIds() throws Exception {
        try (var other = ModelServer.start(question -> ModelAnswer.text("half a")
                .andCall("save", "{}", "call-7")
                .finishedBy("length")
                .tokens(new Tokens(100, 20, 60)))) {
            var body = JSON.readTree(
                    post(other, WEATHER, "", Duration.ofSeconds(20)).body());

            var choice = body.path("choices").path(0);
            assertThat(choice.path("finish_reason").stringValue()).isEqualTo("length");
            assertThat(choice.path("message").path("content").stringValue()).isEqualTo("half a");
            assertThat(choice.path("message")
                            .path("tool_calls")
                            .path(0)
                            .path("id")
                            .stringValue())
                    .isEqualTo("call-7");
            assertThat(body.path("usage")
                            .path("prompt_tokens_details")
                            .path("cached_tokens")
                            .intValue())
                    .isEqualTo(60);
            assertThat(other.ledger().get(0).tokens()).isEqualTo(new Tokens(100, 20, 60));
        }
    }

    @Test
    void refusesTheNextCallsAsItWasToldAndThenAnswers() throws Exception {
        server.next(ModelFault.tooManyRequests(Duration.ofMillis(1500))).next(ModelFault.serverError());

        var tooMany = post(chat("a"));
        var failed = post(chat("a"));
        var answered = post(chat("a"));

        assertThat(tooMany.statusCode()).isEqualTo(429);
        assertThat(tooMany.headers().firstValue("Retry-After")).contains("2");
        assertThat(tooMany.headers().firstValue("Retry-After-Ms")).contains("1500");
        assertThat(JSON.readTree(tooMany.body()).path("error").path("code").stringValue())
                .isEqualTo("rate_limit_exceeded");
        assertThat(failed.statusCode()).isEqualTo(500);
        assertThat(answered.statusCode()).isEqualTo(200);
        assertThat(server.ledger())
                .extracting(ModelServerCall::outcome)
                .containsExactly(Outcome.REFUSED, Outcome.REFUSED, Outcome.ANSWERED);
        assertThat(server.ledger().get(0).tokens()).isEqualTo(Tokens.NONE);
    }

    @Test
    void misbehavesAtCallsThatFitUntilItIsToBehave() throws Exception {
        server.when(question -> question.last().text().equals("b"), ModelFault.refused(503));

        assertThat(post(chat("a")).statusCode()).isEqualTo(200);
        assertThat(post(chat("b")).statusCode()).isEqualTo(503);
        assertThat(post(chat("b")).statusCode()).isEqualTo(503);
        server.behave();
        assertThat(post(chat("b")).statusCode()).isEqualTo(200);
    }

    @Test
    void givesNoAnswerAndTheClientGivesUp() throws Exception {
        server.next(ModelFault.noAnswer());

        assertThatThrownBy(() -> post(server, chat("a"), "key-1", Duration.ofMillis(300)))
                .isInstanceOf(HttpTimeoutException.class);

        var call = server.ledger().get(0);
        assertThat(call.outcome()).isEqualTo(Outcome.UNANSWERED);
        assertThat(call.key()).isEqualTo("key-1");
        assertThat(call.tokens().total()).isPositive();
        assertThat(post(chat("a")).statusCode()).isEqualTo(200);
    }

    @Test
    void closingItEndsTheCallsThatWait() {
        server.next(ModelFault.noAnswer());
        var waiting = client.sendAsync(request(server, chat("a"), "", Duration.ofSeconds(50)), BodyHandlers.ofString());
        await().until(() -> server.ledger().size() == 1);

        server.close();

        assertThatThrownBy(waiting::join).hasRootCauseInstanceOf(IOException.class);
    }

    @Test
    void cutsAStreamInTheMiddle() throws Exception {
        server.next(ModelFault.cutAfter(3)).next(ModelFault.cutAfter(3));
        var body = streamed(chat("one two three four five"));

        assertThatThrownBy(() -> post(body)).isInstanceOf(IOException.class);

        // A client may drop what came before the cut, so the wire itself is read.
        try (var socket = new Socket(server.uri().getHost(), server.uri().getPort())) {
            var head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length();
            socket.getOutputStream().write((head + "\r\n\r\n" + body).getBytes(StandardCharsets.UTF_8));
            var read = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(read.split("data: ")).hasSize(4);
            assertThat(read).doesNotContain("[DONE]").doesNotContain("\r\n0\r\n");
        }
        assertThat(server.ledger()).extracting(ModelServerCall::outcome).containsOnly(Outcome.CUT);
    }

    @Test
    void cutsAPlainAnswerInTheMiddle() {
        server.next(ModelFault.cut());

        assertThatThrownBy(() -> post(chat("a"))).isInstanceOf(IOException.class);

        assertThat(server.ledger().get(0).outcome()).isEqualTo(Outcome.CUT);
    }

    @Test
    void sendsJsonThatIsBrokenOff() throws Exception {
        server.next(ModelFault.malformed()).next(ModelFault.malformed());

        var plain = post(chat("a"));
        var pieces = post(streamed(chat("a")));

        assertThat(plain.statusCode()).isEqualTo(200);
        assertThatThrownBy(() -> JSON.readTree(plain.body())).isInstanceOf(JacksonException.class);
        var first = pieces.body().lines().findFirst().orElseThrow().substring("data: ".length());
        assertThatThrownBy(() -> JSON.readTree(first)).isInstanceOf(JacksonException.class);
        assertThat(server.ledger()).extracting(ModelServerCall::outcome).containsOnly(Outcome.MALFORMED);
    }

    @Test
    void answersLaterAndStandsUnansweredMeanwhile() {
        server.next(ModelFault.late(Duration.ofMillis(700)));
        var waiting = client.sendAsync(request(server, chat("a"), "", Duration.ofSeconds(50)), BodyHandlers.ofString());

        await().until(() ->
                server.ledger().size() == 1 && server.ledger().get(0).tokens().total() > 0);
        var asked = server.ledger().get(0).at();
        var answer = waiting.join();

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(Duration.between(asked, Instant.now())).isGreaterThan(Duration.ofMillis(699));
        assertThat(server.ledger().get(0).outcome()).isEqualTo(Outcome.ANSWERED);
    }

    @Test
    void theLedgerTellsRepeatedCallsByKeyAndBodyAlsoOverHttp() throws Exception {
        post(server, chat("a"), "key-1", Duration.ofSeconds(20));
        post(server, chat("a"), "key-1", Duration.ofSeconds(20));
        post(server, streamed(chat("b")), "key-2", Duration.ofSeconds(20));

        var read = client.send(
                HttpRequest.newBuilder(server.uri().resolve("/ledger")).build(), BodyHandlers.ofString());

        var ledger = server.ledger();
        assertThat(JSON.readValue(read.body(), ModelServerCall[].class)).containsExactlyElementsOf(ledger);
        assertThat(ledger).extracting(ModelServerCall::number).containsExactly(1, 2, 3);
        assertThat(ledger).extracting(ModelServerCall::key).containsExactly("key-1", "key-1", "key-2");
        assertThat(ledger.get(0).bodyHash())
                .hasSize(64)
                .isEqualTo(ledger.get(1).bodyHash())
                .isNotEqualTo(ledger.get(2).bodyHash());
        assertThat(ledger).extracting(ModelServerCall::streamed).containsExactly(false, false, true);
        assertThat(ledger).extracting(ModelServerCall::outcome).containsOnly(Outcome.ANSWERED);
    }

    @Test
    void aRecognisedKeyIsGivenItsFirstAnswerAndBilledOnce() throws Exception {
        try (var counting = ModelServer.start(question -> ModelAnswer.text("call " + question.number()))
                .recognisingKeys()) {
            counting.next(ModelFault.noAnswer());
            assertThatThrownBy(() -> post(counting, chat("a"), "key-1", Duration.ofMillis(300)))
                    .isInstanceOf(HttpTimeoutException.class);

            var again = post(counting, chat("a"), "key-1", Duration.ofSeconds(20));
            var other = post(counting, chat("b"), "key-1", Duration.ofSeconds(20));
            var without = post(counting, chat("a"), "", Duration.ofSeconds(20));

            assertThat(again.body()).contains("call 1");
            assertThat(other.statusCode()).isEqualTo(422);
            assertThat(without.body()).contains("call 4");
            assertThat(counting.ledger())
                    .extracting(ModelServerCall::outcome)
                    .containsExactly(Outcome.UNANSWERED, Outcome.REPEATED, Outcome.REFUSED, Outcome.ANSWERED);
            assertThat(counting.ledger().stream()
                            .filter(call -> call.tokens().total() > 0)
                            .map(ModelServerCall::number))
                    .containsExactly(1, 4);
        }
    }

    @Test
    void aRefusedKeyIsAnsweredWhenItComesAgain() throws Exception {
        server.recognisingKeys().next(ModelFault.serverError());

        var refused = post(server, chat("a"), "key-1", Duration.ofSeconds(20));
        var again = post(server, chat("a"), "key-1", Duration.ofSeconds(20));

        assertThat(refused.statusCode()).isEqualTo(500);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(server.ledger().get(1).outcome()).isEqualTo(Outcome.ANSWERED);
    }

    @Test
    void whatIsNoChatIsRefusedInWords() throws Exception {
        assertThat(post("{nothing").statusCode()).isEqualTo(400);
        assertThat(post("{\"model\":\"m\",\"messages\":[]}").body()).contains("must be an array that is not empty");
        assertThat(post("{\"messages\":[{\"role\":\"user\"}]}").body()).contains("\\\"model\\\" is missing");
        var elsewhere = client.send(
                HttpRequest.newBuilder(URI.create(server.baseUrl() + "/models")).build(), BodyHandlers.ofString());
        assertThat(elsewhere.statusCode()).isEqualTo(404);
        assertThat(server.ledger()).extracting(ModelServerCall::status).containsExactly(400, 400, 400);
    }

    @Test
    void servesManyCallsAtOnce() {
        var answers = IntStream.range(0, 50)
                .mapToObj(n -> client.sendAsync(
                        request(server, chat("question " + n), "key-" + n, Duration.ofSeconds(30)),
                        BodyHandlers.ofString()))
                .toList();

        for (var n = 0; n < answers.size(); n++) {
            assertThat(answers.get(n).join().body()).contains("You said question " + n + " and");
        }
        assertThat(server.ledger())
                .extracting(ModelServerCall::key)
                .doesNotHaveDuplicates()
                .hasSize(50);
    }

    private static String chat(String text) {
        var root = JSON.createObjectNode().put("model", "tiny");
        root.putArray("messages").addObject().put("role", "user").put("content", text);
        return root.toString();
    }

    private static String streamed(String body) {
        var root = (ObjectNode) JSON.readTree(body);
        root.put("stream", true).putObject("stream_options").put("include_usage", true);
        return root.toString();
    }

    private List<JsonNode> stream(String body) throws Exception {
        var response = post(streamed(body));
        assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream");
        var events = response.body()
                .lines()
                .filter(line -> !line.isEmpty())
                .map(line -> line.substring("data: ".length()))
                .toList();
        assertThat(events.get(events.size() - 1)).isEqualTo("[DONE]");
        return events.subList(0, events.size() - 1).stream().map(JSON::readTree).toList();
    }

    private HttpResponse<String> post(String body) throws Exception {
        return post(server, body, "", Duration.ofSeconds(20));
    }

    private HttpResponse<String> post(ModelServer at, String body, String key, Duration timeout) throws Exception {
        return client.send(request(at, body, key, timeout), BodyHandlers.ofString());
    }

    private static HttpRequest request(ModelServer at, String body, String key, Duration timeout) {
        var request = HttpRequest.newBuilder(URI.create(at.baseUrl() + "/chat/completions"))
                .timeout(timeout)
                .POST(BodyPublishers.ofString(body));
        return key.isEmpty()
                ? request.build()
                : request.header("Idempotency-Key", key).build();
    }
}
