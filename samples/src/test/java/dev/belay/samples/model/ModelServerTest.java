package dev.belay.samples.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class ModelServerTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private Path ledger = Path.of("");
    private ModelServer server;
    private ModelClient client;
    private ModelServerControl control;

    @BeforeEach
    void start() {
        ledger = folder.resolve("ledger.jsonl");
        startServer();
    }

    private void startServer() {
        server = ModelServer.start(0, ledger, Duration.ZERO);
        client = ModelClient.at(server.uri());
        control = ModelServerControl.at(server.uri());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void answersTheSameTextWithTheSameReview() {
        var first = ask(client, "int count; // TODO name it\n", "a");
        var second = ask(client, "int count; // TODO name it\n", "b");

        assertThat(first).isEqualTo(second);
        assertThat(first.text()).startsWith("Score: 9/10\n").contains("Markers: 1 (TODO line 1)");
        assertThat(first.usage().completionTokens()).isEqualTo(Tokens.count(first.text()));
    }

    @Test
    void speaksOpenAisChatCompletions() throws Exception {
        var response = post(ModelServer.COMPLETIONS, """
                {"model":"m","temperature":0,"messages":[{"role":"user","content":[{"type":"text","text":"one two"}]}]}""");

        var body = json(response);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(body.path("object").asString()).isEqualTo("chat.completion");
        assertThat(body.path("id").asString()).isEqualTo("chatcmpl-1");
        assertThat(body.path("model").asString()).isEqualTo("m");
        var choice = body.path("choices").path(0);
        assertThat(choice.path("finish_reason").asString()).isEqualTo("stop");
        assertThat(choice.path("message").path("role").asString()).isEqualTo("assistant");
        assertThat(choice.path("message").path("content").asString()).contains("Score: 10/10");
        var usage = body.path("usage");
        assertThat(usage.path("prompt_tokens").asInt()).isEqualTo(2);
        assertThat(usage.path("total_tokens").asInt())
                .isEqualTo(2 + usage.path("completion_tokens").asInt());
    }

    @Test
    void refusesWhatIsNoChatInOpenAisErrorForm() throws Exception {
        assertThat(refusal("{not json")).isEqualTo("400 invalid_json");
        assertThat(refusal("[]")).isEqualTo("400 invalid_json");
        assertThat(refusal("{\"model\":\"m\"}")).isEqualTo("400 invalid_messages");
        assertThat(refusal("{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"x\"}]}"))
                .isEqualTo("400 invalid_messages");
        assertThat(refusal("{\"messages\":[]}")).isEqualTo("400 invalid_model");
        assertThat(refusal("x".repeat(3_000_000))).isEqualTo("413 request_too_large");
        assertThat(json(get("/nowhere")).path("error").path("code").asString()).isEqualTo("unknown_url");

        assertThat(control.totals().callsRefused()).isEqualTo(6);
        assertThat(control.totals().callsReceived()).isZero();
    }

    @Test
    void countsCallsTokensAndRepeatedKeysByLabel() {
        var durable = client.withLabel("durable");
        var replies = List.of(ask(durable, "one", "k1"), ask(durable, "two words", "k2"), ask(durable, "one", "k1"));
        ask(client.withLabel("other run"), "one", "k1");

        var totals = control.totals("durable");
        assertThat(totals.callsServed()).isEqualTo(3);
        assertThat(totals.tokensServed())
                .isEqualTo(replies.stream()
                        .mapToLong(reply -> reply.usage().totalTokens())
                        .sum());
        assertThat(totals.distinctKeys()).isEqualTo(2);
        assertThat(totals.repeatedKeys()).containsExactly("k1");
        assertThat(control.totals("other run").repeatedKeys()).isEmpty();
        assertThat(control.totals().callsServed()).isEqualTo(4);
        assertThat(control.calls("durable")).extracting(LedgerCall::key).containsExactly("k1", "k2", "k1");
        assertThat(control.calls("durable")).extracting(LedgerCall::call).containsExactly(1L, 2L, 3L);
        assertThat(control.calls("durable")).allMatch(LedgerCall::delivered);
    }

    @Test
    void writesALineWhenACallArrivesAndOneWhenItIsServed() throws Exception {
        control.hold("run", 1);
        var call = inBackground(client.withLabel("run"), "text", "saga/1");
        assertThat(control.awaitHeld("run", LONG)).isPresent();

        assertThat(events()).containsExactly("received 1");
        assertThat(control.totals("run").callsInFlight()).isEqualTo(1);

        control.release("run");
        call.join();

        assertThat(events()).containsExactly("received 1", "served 1");
        assertThat(lines().get(0).path("key").asString()).isEqualTo("saga/1");
        assertThat(lines().get(1).path("delivered").asBoolean()).isTrue();
    }

    @Test
    void holdsTheCallThatWasNamedAndNoOther() {
        var run = client.withLabel("run");
        control.hold("run", 3);

        ask(run, "one", "k1");
        ask(client.withLabel("another"), "one", "k1");
        ask(run, "two", "k2");
        assertThat(control.awaitHeld("run", Duration.ofMillis(1))).isEmpty();
        var third = inBackground(run, "three", "k3");
        var held = control.awaitHeld("run", LONG).orElseThrow();
        ask(run, "four", "k4");

        assertThat(held.call()).isEqualTo(3);
        assertThat(held.key()).isEqualTo("k3");
        assertThat(third).isNotDone();
        assertThat(control.release("run")).isEqualTo(1);
        assertThat(third.join().text()).startsWith("Score:");
        assertThat(control.awaitHeld("run", Duration.ofMillis(1))).isEmpty();
    }

    @Test
    void refusesToHoldACallThatHasPassed() {
        ask(client.withLabel("run"), "one", "k1");

        assertThatThrownBy(() -> control.hold("run", 1)).hasMessageContaining("Call 1 of \"run\" cannot be held");
    }

    @Test
    void countsACallAsServedThoughItsCallerVanished() throws Exception {
        control.hold("run", 1);
        var body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"text\"}]}";
        try (var socket =
                new Socket(InetAddress.getLoopbackAddress(), server.uri().getPort())) {
            var request = "POST " + ModelServer.COMPLETIONS + " HTTP/1.1\r\nHost: localhost\r\nX-Run-Label: run\r\n"
                    + "Idempotency-Key: k\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            assertThat(control.awaitHeld("run", LONG)).isPresent();
        }

        assertThat(control.release("run")).isEqualTo(1);

        var totals = control.totals("run");
        assertThat(totals.callsServed()).isEqualTo(1);
        assertThat(totals.callsUndelivered()).isEqualTo(1);
        assertThat(totals.tokensServed()).isPositive();
        assertThat(events()).containsExactly("received 1", "served 1");
        assertThat(lines().get(1).path("delivered").asBoolean(true)).isFalse();
    }

    @Test
    void goesOnWithTheLedgerOfAnEarlierProcess() throws Exception {
        ask(client, "one", "k1");
        control.hold("run", 1);
        assertThat(inBackground(client.withLabel("run"), "lost", "k2")).isNotDone();
        assertThat(control.awaitHeld("run", LONG)).isPresent();
        // What a kill in the middle of a write leaves behind: calls 1 and 2, of which 2 was never served, and half a
        // line.
        var killed = folder.resolve("killed.jsonl");
        Files.copy(ledger, killed);
        Files.writeString(killed, "{\"event\":\"rec", StandardOpenOption.APPEND);
        server.close();

        ledger = killed;
        startServer();
        ask(client.withLabel("run"), "again", "k2");

        assertThat(control.totals().callsServed()).isEqualTo(2);
        assertThat(control.totals("run").callsLost()).isEqualTo(1);
        assertThat(control.totals("run").repeatedKeys()).containsExactly("k2");
        assertThat(control.calls("run")).extracting(LedgerCall::call).containsExactly(1L, 2L);
        assertThat(control.calls("run")).extracting(LedgerCall::seq).containsExactly(2L, 3L);
    }

    @Test
    void servesManyCallersAtOnceAndLosesNoCall() {
        var run = client.withLabel("run");

        var calls = IntStream.rangeClosed(1, 200)
                .mapToObj(number -> inBackground(run, "passage " + number, "k" + number))
                .toList();
        calls.forEach(CompletableFuture::join);

        var totals = control.totals("run");
        assertThat(totals.callsServed()).isEqualTo(200);
        assertThat(totals.distinctKeys()).isEqualTo(200);
        assertThat(totals.callsUndelivered()).isZero();
    }

    private static Reply ask(ModelClient client, String text, String key) {
        return client.chat("reviewer-1", List.of(Message.user(text)), key);
    }

    private static CompletableFuture<Reply> inBackground(ModelClient client, String text, String key) {
        return CompletableFuture.supplyAsync(() -> ask(client, text, key), runnable -> new Thread(runnable).start());
    }

    private String refusal(String body) throws Exception {
        var response = post(ModelServer.COMPLETIONS, body);
        var error = json(response).path("error");
        assertThat(error.path("message").asString()).isNotBlank();
        assertThat(error.path("type").asString()).isEqualTo("invalid_request_error");
        return response.statusCode() + " " + error.path("code").asString();
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)));
    }

    private URI uri(String path) {
        return server.uri().resolve(path);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> response) {
        return Json.read(response.body());
    }

    private List<JsonNode> lines() throws IOException {
        return Files.readAllLines(ledger).stream().map(Json::read).toList();
    }

    private List<String> events() throws IOException {
        return lines().stream()
                .map(line ->
                        line.path("event").asString() + " " + line.path("seq").asInt())
                .toList();
    }
}
