package dev.belay.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.belay.agent.Tokens;
import dev.belay.testing.ModelServerCall.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A stand-in for a provider of models: OpenAI's chat completions over real HTTP on the loopback address, plain and streamed, with
 * tools. It says what a script says, misbehaves when it is told to, and keeps a ledger of every call, which a test believes rather
 * than the caller.
 *
 * <pre>{@code
 * try (var server = ModelServer.start(question -> question.results("weather").isEmpty()
 *         ? ModelAnswer.call("weather", "{\"city\":\"Oslo\"}")
 *         : ModelAnswer.text("Take a coat."))) {
 *     server.next(ModelFault.tooManyRequests(Duration.ofSeconds(1)));
 *     …                                                    // a client of server.baseUrl()
 *     assertThat(server.ledger()).extracting(ModelServerCall::status).containsExactly(429, 200, 200);
 * }
 * }</pre>
 *
 * <p>{@code GET /ledger} is the ledger as JSON, for tests in other processes; Jackson reads it as {@code ModelServerCall[]}.
 *
 * <p>Thread-safe. Serves many calls at once.
 */
public final class ModelServer implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String COMPLETIONS = "/v1/chat/completions";
    private static final String KEY_HEADER = "Idempotency-Key";
    private static final int OK = 200;

    static {
        // An answer is written in several parts; without this each waits for the other side's acknowledgement.
        if (System.getProperty("sun.net.httpserver.nodelay") == null) {
            System.setProperty("sun.net.httpserver.nodelay", "true");
        }
    }

    private record Rule(Predicate<? super ModelQuestion> when, ModelFault fault) {}

    private record Kept(String bodyHash, Completion completion) {}

    private final HttpServer http;
    private final ModelScript script;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        var thread = new Thread(task, "model-server");
        thread.setDaemon(true);
        return thread;
    });
    private final CountDownLatch closed = new CountDownLatch(1);

    // Guarded by this.
    private final List<ModelServerCall> ledger = new ArrayList<>();
    private final Deque<ModelFault> next = new ArrayDeque<>();
    private final List<Rule> rules = new ArrayList<>();
    private final Map<String, Kept> keptByKey = new HashMap<>();
    private boolean recognisesKeys;

    private ModelServer(HttpServer http, ModelScript script) {
        this.http = http;
        this.script = script;
    }

    /** A server on a free port. */
    public static ModelServer start(ModelScript script) {
        return start(0, script);
    }

    /** A server on this port. */
    public static ModelServer start(int port, ModelScript script) {
        try {
            var http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            var server = new ModelServer(http, script);
            http.setExecutor(server.threads);
            http.createContext("/", server::handle);
            http.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "The model server cannot listen on port " + port + ". Choose another port, or 0 for a free one.",
                    e);
        }
    }

    /** From now on a call with the key of an earlier one is given that call's answer; with another body it is refused by 422. */
    public synchronized ModelServer recognisingKeys() {
        recognisesKeys = true;
        return this;
    }

    /** Misbehaves at the next call. What is said several times is done one after another, call by call. */
    public synchronized ModelServer next(ModelFault fault) {
        next.add(fault);
        return this;
    }

    /** Misbehaves at every call with such a question, until {@link #behave}. The first that fits counts. */
    public synchronized ModelServer when(Predicate<? super ModelQuestion> question, ModelFault fault) {
        rules.add(new Rule(question, fault));
        return this;
    }

    /** Forgets all faults that are still to come. */
    public synchronized ModelServer behave() {
        next.clear();
        rules.clear();
        return this;
    }

    /** Where it listens, such as {@code http://127.0.0.1:8080}. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
    }

    /** What clients of OpenAI want to be told: {@link #uri} and {@code /v1}. */
    public String baseUrl() {
        return uri() + "/v1";
    }

    /** Every call since the start, those under way included, in the order they came. */
    public synchronized List<ModelServerCall> ledger() {
        return List.copyOf(ledger);
    }

    /** Stops listening, and closes the connections of those who still wait. */
    @Override
    public void close() {
        closed.countDown();
        http.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        // An exception out of here, an error included, closes the connection without an end: that is how a call is cut.
        var asked = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
        if (asked.equals("POST " + COMPLETIONS)) {
            complete(exchange);
        } else if (asked.equals("GET /ledger")) {
            send(exchange, OK, "application/json", JSON.writeValueAsString(ledger()));
        } else {
            refuse(exchange, 404, "not_found", "There is no " + asked + " here.");
        }
        exchange.close();
    }

    private void complete(HttpExchange exchange) throws IOException {
        var body = exchange.getRequestBody().readAllBytes();
        var headers = new HashMap<String, String>();
        exchange.getRequestHeaders()
                .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.get(0)));
        var arrived = arrived(headers.getOrDefault(KEY_HEADER.toLowerCase(Locale.ROOT), ""), body);
        ModelQuestion question;
        try {
            question = ModelQuestion.read(JSON.readTree(body), headers, arrived.number());
        } catch (JacksonException | IllegalArgumentException e) {
            refuse(exchange, arrived, 400, "invalid_request_error", "This is no chat completion: " + e.getMessage());
            return;
        }
        var call = understood(arrived, question);
        var fault = fault(question);
        if (fault.orElse(null) instanceof ModelFault.TooManyRequests tooMany) {
            retryAfter(exchange, tooMany.retryAfter());
            refuse(exchange, call, 429, "rate_limit_exceeded", "Too many requests, as the test had asked.");
            return;
        }
        if (fault.orElse(null) instanceof ModelFault.Refused refused) {
            refuse(exchange, call, refused.status(), "server_error", "The server fails, as the test had asked.");
            return;
        }
        var kept = kept(call);
        if (kept.isPresent() && !kept.get().bodyHash().equals(call.bodyHash())) {
            refuse(
                    exchange,
                    call,
                    422,
                    "idempotency_error",
                    "The key \"" + call.key() + "\" was used for another request.");
            return;
        }
        if (kept.isPresent()) {
            answer(exchange, call, question, kept.get().completion(), true, fault);
            return;
        }
        Completion completion;
        try {
            completion = Completion.of(question, script.answer(question));
        } catch (RuntimeException e) {
            refuse(exchange, call, 500, "server_error", "The script of the test failed: " + e);
            return;
        }
        // Another call with the same key may have been answered meanwhile.
        var first = keep(call, completion);
        answer(exchange, call, question, first.orElse(completion), first.isPresent(), fault);
    }

    private void answer(
            HttpExchange exchange,
            ModelServerCall call,
            ModelQuestion question,
            Completion completion,
            boolean repeated,
            Optional<ModelFault> fault)
            throws IOException {
        var billed = repeated ? Tokens.NONE : completion.tokens();
        var how = fault.orElse(null);
        if (how instanceof ModelFault.Silent) {
            note(call.answered(Outcome.UNANSWERED, 0, billed));
            waitUntilClosed(Optional.empty());
            throw new IOException("The server was closed.");
        }
        if (how instanceof ModelFault.Late late) {
            note(call.answered(Outcome.UNANSWERED, 0, billed));
            waitUntilClosed(Optional.of(late.by()));
        }
        // Noted before it is sent: who has the answer finds it in the ledger.
        if (how instanceof ModelFault.Cut cut) {
            note(call.answered(Outcome.CUT, OK, billed));
            sendHalf(exchange, question, completion, cut.pieces());
            throw new IOException("The answer is cut, as the test had asked.");
        }
        var malformed = how instanceof ModelFault.Malformed;
        var outcome = repeated ? Outcome.REPEATED : Outcome.ANSWERED;
        note(call.answered(malformed ? Outcome.MALFORMED : outcome, OK, billed));
        try {
            if (question.streamed()) {
                stream(exchange, question, completion, malformed);
            } else {
                var json = completion.whole();
                send(exchange, OK, "application/json", malformed ? json.substring(0, json.length() / 2) : json);
            }
        } catch (IOException e) {
            note(call.answered(Outcome.UNDELIVERED, OK, billed));
            throw e;
        }
    }

    private void waitUntilClosed(Optional<Duration> atMost) throws IOException {
        try {
            if (atMost.isEmpty()) {
                closed.await();
            } else if (closed.await(atMost.get().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new IOException("The server was closed.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("The server was closed.", e);
        }
    }

    private static void stream(HttpExchange exchange, ModelQuestion question, Completion completion, boolean malformed)
            throws IOException {
        beginStream(exchange);
        for (var piece : pieces(question, completion)) {
            write(exchange, malformed ? piece.substring(0, piece.length() / 2) : piece);
        }
        write(exchange, "[DONE]");
    }

    private static void sendHalf(HttpExchange exchange, ModelQuestion question, Completion completion, int pieces)
            throws IOException {
        if (question.streamed()) {
            beginStream(exchange);
            var all = pieces(question, completion);
            for (var piece : all.subList(0, Math.min(pieces, all.size()))) {
                write(exchange, piece);
            }
        } else {
            var body = completion.whole().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(OK, body.length);
            exchange.getResponseBody().write(body, 0, body.length / 2);
            exchange.getResponseBody().flush();
        }
    }

    private static List<String> pieces(ModelQuestion question, Completion completion) {
        var withUsage =
                question.body().path("stream_options").path("include_usage").asBoolean(false);
        return completion.pieces(withUsage);
    }

    private static void beginStream(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(OK, 0);
    }

    private static void write(HttpExchange exchange, String piece) throws IOException {
        var out = exchange.getResponseBody();
        out.write(("data: " + piece + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static void retryAfter(HttpExchange exchange, Duration wait) {
        var headers = exchange.getResponseHeaders();
        headers.set("retry-after", Long.toString((wait.toMillis() + 999) / 1000));
        if (wait.toMillis() % 1000 != 0) {
            headers.set("retry-after-ms", Long.toString(wait.toMillis()));
        }
    }

    private void refuse(HttpExchange exchange, ModelServerCall call, int status, String type, String message)
            throws IOException {
        note(call.answered(Outcome.REFUSED, status, Tokens.NONE));
        refuse(exchange, status, type, message);
    }

    private static void refuse(HttpExchange exchange, int status, String type, String message) throws IOException {
        var root = JSON.createObjectNode();
        root.putObject("error")
                .put("message", message)
                .put("type", type)
                .putNull("param")
                .put("code", type);
        send(exchange, status, "application/json", root.toString());
    }

    private static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private synchronized ModelServerCall arrived(String key, byte[] body) {
        var call = new ModelServerCall(
                ledger.size() + 1,
                Instant.now(),
                key,
                Completion.sha256(body),
                "",
                0,
                false,
                Outcome.UNANSWERED,
                0,
                Tokens.NONE);
        ledger.add(call);
        return call;
    }

    private ModelServerCall understood(ModelServerCall arrived, ModelQuestion question) {
        var call = new ModelServerCall(
                arrived.number(),
                arrived.at(),
                arrived.key(),
                arrived.bodyHash(),
                question.model(),
                question.messages().size(),
                question.streamed(),
                Outcome.UNANSWERED,
                0,
                Tokens.NONE);
        note(call);
        return call;
    }

    private synchronized void note(ModelServerCall call) {
        ledger.set(call.number() - 1, call);
    }

    private Optional<ModelFault> fault(ModelQuestion question) {
        List<Rule> lasting;
        synchronized (this) {
            var one = next.poll();
            if (one != null) {
                return Optional.of(one);
            }
            lasting = List.copyOf(rules);
        }
        // Asked without the lock: what a test asks of a question may take its time.
        return lasting.stream()
                .filter(rule -> rule.when().test(question))
                .map(Rule::fault)
                .findFirst();
    }

    private synchronized Optional<Kept> kept(ModelServerCall call) {
        return recognisesKeys && !call.key().isEmpty()
                ? Optional.ofNullable(keptByKey.get(call.key()))
                : Optional.empty();
    }

    /** The answer that was kept before, if this one is not the first. */
    private synchronized Optional<Completion> keep(ModelServerCall call, Completion completion) {
        return recognisesKeys && !call.key().isEmpty()
                ? Optional.ofNullable(keptByKey.putIfAbsent(call.key(), new Kept(call.bodyHash(), completion)))
                        .map(Kept::completion)
                : Optional.empty();
    }
}
