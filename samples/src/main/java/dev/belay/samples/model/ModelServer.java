package dev.belay.samples.model;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Stands in for a model provider: OpenAI's chat completions over real HTTP, with answers computed from the text and a
 * ledger of every call and token it served.
 *
 * <p>Run {@link #main} in a process of its own, and believe its ledger rather than the caller's. It listens on the
 * loopback address only and serves many callers at once.
 *
 * <ul>
 *   <li>{@code POST /v1/chat/completions}: {@code model} and {@code messages}; other settings are ignored, except that
 *       {@code "stream": true} is refused. Headers {@code Idempotency-Key} and {@code X-Run-Label} go into the ledger. A
 *       repeated key is served again, and billed again.
 *   <li>{@code GET /ledger}: {@link LedgerTotals}; {@code ?label=L} for one label, {@code &calls=true} adds every
 *       {@link LedgerCall}.
 *   <li>{@code POST /hold {"label":"L","call":47}}: the 47th call of that label will not be answered until
 *       {@code POST /release {"label":"L"}}, which returns once the call is in the ledger as served.
 *   <li>{@code GET /held?label=L&wait-ms=5000}: the calls held now; waits until there is one.
 * </ul>
 *
 * <p>Errors are in OpenAI's form: {@code {"error":{"message","type","param","code"}}}.
 */
public final class ModelServer implements AutoCloseable {

    static final String COMPLETIONS = "/v1/chat/completions";
    static final String KEY_HEADER = "Idempotency-Key";
    static final String LABEL_HEADER = "X-Run-Label";
    static final String UNLABELLED = "unlabelled";
    static final String READY_LINE = "model server ready on port ";

    private static final int LARGEST_BODY = 1 << 20;
    private static final long LARGEST_DRAIN = 64L << 20;
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
    private static final Duration RELEASE_WAIT = Duration.ofSeconds(30);

    static {
        // An answer is written in several parts; without this each waits for the other side's acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        // Longer than a demo pauses: a client must not find its pooled connection closed just as it sends on it.
        System.setProperty("sun.net.httpserver.idleInterval", "600");
    }

    private final HttpServer http;
    private final ExecutorService threads;
    private final Ledger ledger;
    private final Holds holds = new Holds();
    private final Duration latency;

    private ModelServer(HttpServer http, ExecutorService threads, Ledger ledger, Duration latency) {
        this.http = http;
        this.threads = threads;
        this.ledger = ledger;
        this.latency = latency;
    }

    /**
     * Serves until it is killed. Prints exactly one line on standard output when it is up: {@code model server ready on
     * port NNNN}.
     *
     * @param args {@code --ledger FILE}, and if wanted {@code --port N} (0, the default, takes a free one),
     *     {@code --latency-ms N} (0) and {@code --until-stdin-closes}, which ends the server when the process that
     *     started it ends, however it ends
     */
    public static void main(String... args) throws IOException {
        ServerOptions options;
        try {
            options = ServerOptions.parse(args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        var server = start(options.port(), options.ledger(), options.latency());
        System.out.println(READY_LINE + server.uri().getPort());
        if (options.untilStdinCloses()) {
            System.in.transferTo(OutputStream.nullOutputStream());
            System.exit(0);
        }
    }

    /**
     * Serves from this process until {@link #close()}.
     *
     * @param port 0 for a free one
     * @param ledger the file to append to; an existing ledger is continued
     * @param latency how long each call takes at least
     * @throws UncheckedIOException when the port is taken or the ledger cannot be written
     */
    public static ModelServer start(int port, Path ledger, Duration latency) {
        var book = Ledger.open(ledger);
        try {
            var http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            var threads = Executors.newCachedThreadPool();
            var server = new ModelServer(http, threads, book, latency);
            http.setExecutor(threads);
            http.createContext("/", server::handle);
            http.start();
            return server;
        } catch (IOException e) {
            book.close();
            throw new UncheckedIOException(
                    "The model server cannot listen on port " + port + ". Choose another port, or 0 for a free one.",
                    e);
        }
    }

    /** Where it listens, for example {@code http://127.0.0.1:8080}. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
    }

    /** Stops listening. Calls in flight, held ones too, are finished in the ledger, but their callers get no answer. */
    @Override
    public void close() {
        http.stop(0);
        threads.shutdown();
        holds.close();
        try {
            if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
        ledger.close();
    }

    private void handle(HttpExchange exchange) {
        try (exchange) {
            try {
                route(exchange);
            } catch (Refusal e) {
                answer(exchange, e.status(), e.body());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                e.printStackTrace();
                answer(exchange, 500, new Refusal(500, "server_error", "internal_error", e.toString()).body());
            }
        } catch (IOException e) {
            // The caller has gone; what it is owed in the ledger was written where the call was served.
        }
    }

    private void route(HttpExchange exchange) throws IOException, InterruptedException, Refusal {
        var query = query(exchange);
        var route = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
        switch (route) {
            case "POST " + COMPLETIONS -> complete(exchange);
            case "GET /ledger" -> showLedger(exchange, query);
            case "POST /hold" -> hold(exchange);
            case "GET /held" -> showHeld(exchange, query);
            case "POST /release" -> release(exchange);
            default ->
                throw new Refusal(
                        404,
                        "invalid_request_error",
                        "unknown_url",
                        "Unknown request \"" + route + "\". Calls go to POST " + COMPLETIONS + ".");
        }
    }

    private void complete(HttpExchange exchange) throws IOException, InterruptedException, Refusal {
        var started = System.nanoTime();
        var label = header(exchange, LABEL_HEADER, UNLABELLED);
        var key = header(exchange, KEY_HEADER, "");
        ChatRequest request;
        try {
            request = ChatRequest.read(readJson(exchange));
        } catch (Refusal e) {
            ledger.refused(label, key, e.status(), e.code());
            throw e;
        }
        var call = ledger.received(label, key, request.model(), request.sha256(), request.tokens());
        var answered = holds.pass(call);
        try {
            Thread.sleep(latency.toMillis());
            var text = Reviewer.review(request.lastUserMessage());
            var completionTokens = Tokens.count(text);
            deliver(exchange, call, completion(call, text, completionTokens), completionTokens, started);
        } finally {
            answered.run();
        }
    }

    /**
     * Writes the answer around the ledger's line: all but its last byte before, the last byte after. So nobody holds an
     * answer that the ledger does not know, and a caller that has gone is noticed, because only a second write to a
     * closed connection fails.
     */
    private void deliver(HttpExchange exchange, LedgerCall call, byte[] body, int completionTokens, long started)
            throws IOException {
        try {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body, 0, body.length / 2);
            exchange.getResponseBody().flush();
            exchange.getResponseBody().write(body, body.length / 2, body.length - 1 - body.length / 2);
            exchange.getResponseBody().flush();
        } catch (IOException e) {
            ledger.served(call, completionTokens, millisSince(started), false);
            throw e;
        }
        ledger.served(call, completionTokens, millisSince(started), true);
        try {
            exchange.getResponseBody().write(body, body.length - 1, 1);
            exchange.getResponseBody().close();
        } catch (IOException e) {
            ledger.undelivered(call);
            throw e;
        }
    }

    private static byte[] completion(LedgerCall call, String text, int completionTokens) {
        var answer = Json.object()
                .put("id", "chatcmpl-" + call.seq())
                .put("object", "chat.completion")
                .put("created", Instant.now().getEpochSecond())
                .put("model", call.model());
        var choice = answer.putArray("choices").addObject().put("index", 0);
        choice.putObject("message").put("role", "assistant").put("content", text);
        choice.put("finish_reason", "stop");
        answer.putObject("usage")
                .put("prompt_tokens", call.promptTokens())
                .put("completion_tokens", completionTokens)
                .put("total_tokens", call.promptTokens() + completionTokens);
        return bytes(answer);
    }

    private void showLedger(HttpExchange exchange, Map<String, String> query) throws IOException {
        var label = Optional.ofNullable(query.get("label"));
        if (query.getOrDefault("calls", "").equals("true")) {
            answer(exchange, 200, bytes(new LedgerPage(ledger.totals(label), ledger.calls(label))));
        } else {
            answer(exchange, 200, bytes(ledger.totals(label)));
        }
    }

    private void hold(HttpExchange exchange) throws IOException, Refusal {
        var wish = readJson(exchange);
        var label = wish.path("label").asString("");
        var call = wish.path("call").asLong(0);
        if (label.isEmpty() || call < 1) {
            throw Refusal.invalid(
                    "call", "hold needs a label and a call from 1, for example {\"label\":\"durable\",\"call\":47}.");
        }
        // Asked for first and looked up second, so that a call arriving right now is either held or reported.
        holds.want(label, call);
        var arrived = ledger.callsOf(label);
        if (arrived >= call && !isHeld(label, call)) {
            holds.unwant(label, call);
            throw new Refusal(
                    409,
                    "invalid_request_error",
                    "call_has_passed",
                    "Call " + call + " of \"" + label + "\" cannot be held, " + arrived
                            + " have arrived. Ask before the call, or for a later one.");
        }
        answer(exchange, 200, bytes(wish));
    }

    private boolean isHeld(String label, long call) {
        try {
            return holds.held(Optional.of(label), Duration.ZERO).stream().anyMatch(held -> held.call() == call);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void showHeld(HttpExchange exchange, Map<String, String> query)
            throws IOException, InterruptedException, Refusal {
        var wanted = query.getOrDefault("wait-ms", "0");
        if (!wanted.matches("\\d{1,9}")) {
            throw Refusal.invalid("wait-ms", "wait-ms must be a number of milliseconds, got \"" + wanted + "\".");
        }
        var wait = Math.min(Long.parseLong(wanted), LONGEST_WAIT.toMillis());
        var held = holds.held(Optional.ofNullable(query.get("label")), Duration.ofMillis(wait));
        answer(exchange, 200, bytes(Map.of("held", held)));
    }

    private void release(HttpExchange exchange) throws IOException, InterruptedException, Refusal {
        var body = readBody(exchange);
        var label = body.isBlank() ? "" : parse(body).path("label").asString("");
        var released = holds.release(label.isEmpty() ? Optional.empty() : Optional.of(label), RELEASE_WAIT);
        answer(exchange, 200, bytes(Map.of("released", released.size())));
    }

    private static JsonNode readJson(HttpExchange exchange) throws IOException, Refusal {
        return parse(readBody(exchange));
    }

    private static JsonNode parse(String body) throws Refusal {
        try {
            var json = Json.read(body);
            if (json.isObject()) {
                return json;
            }
        } catch (JacksonException e) {
            throw new Refusal(
                    400,
                    "invalid_request_error",
                    "invalid_json",
                    "The body is not valid JSON: " + e.getOriginalMessage());
        }
        throw new Refusal(400, "invalid_request_error", "invalid_json", "The body must be a JSON object.");
    }

    private static String readBody(HttpExchange exchange) throws IOException, Refusal {
        try (var in = exchange.getRequestBody()) {
            var body = in.readNBytes(LARGEST_BODY + 1);
            if (body.length > LARGEST_BODY) {
                // A caller that is still sending would see its connection break instead of our answer.
                skip(in, LARGEST_DRAIN);
                throw new Refusal(
                        413,
                        "invalid_request_error",
                        "request_too_large",
                        "The body is larger than " + LARGEST_BODY + " bytes. Send a shorter prompt.");
            }
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private static void skip(InputStream in, long atMost) throws IOException {
        var buffer = new byte[8192];
        var left = atMost;
        while (left > 0) {
            var read = in.read(buffer);
            if (read < 0) {
                return;
            }
            left -= read;
        }
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.getResponseBody().close();
    }

    private static byte[] bytes(Object json) {
        return (Json.write(json) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String header(HttpExchange exchange, String name, String otherwise) {
        var value = exchange.getRequestHeaders().getFirst(name);
        return value == null || value.isBlank() ? otherwise : value.strip();
    }

    private static Map<String, String> query(HttpExchange exchange) {
        var parameters = new HashMap<String, String>();
        var raw = exchange.getRequestURI().getRawQuery();
        if (raw != null) {
            for (var pair : raw.split("&", -1)) {
                var parts = pair.split("=", 2);
                parameters.put(
                        URLDecoder.decode(parts[0], StandardCharsets.UTF_8),
                        parts.length == 2 ? URLDecoder.decode(parts[1], StandardCharsets.UTF_8) : "");
            }
        }
        return parameters;
    }

    private static long millisSince(long started) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
    }

    /** Totals and, beside them, every call. */
    record LedgerPage(LedgerTotals totals, List<LedgerCall> calls) {}
}
