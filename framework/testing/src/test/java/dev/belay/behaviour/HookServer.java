package dev.belay.behaviour;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.belay.SagaEvent;
import dev.belay.Webhook;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A receiver of webhooks on a socket: keeps what it gets, and answers 204 unless told otherwise. */
final class HookServer implements AutoCloseable {
    static final String SECRET = "a secret of the tests";

    /** Instead of a status: no answer while the server is up. */
    static final int NO_ANSWER = 0;

    record Request(Map<String, List<String>> headers, byte[] body) {
        SagaEvent verified() {
            return Webhook.verify(SECRET, headers, body, Duration.ofMinutes(5));
        }

        String header(String name) {
            return headers.get(name).get(0);
        }
    }

    final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Queue<Integer> answers = new ConcurrentLinkedQueue<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;

    private HookServer(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(threads);
        server.createContext("/hook", this::answer);
        server.start();
    }

    static HookServer start() throws IOException {
        return new HookServer(0);
    }

    static HookServer startAt(int port) throws IOException {
        return new HookServer(port);
    }

    int port() {
        return server.getAddress().getPort();
    }

    URI uri() {
        return URI.create("http://" + InetAddress.getLoopbackAddress().getHostAddress() + ":" + port() + "/hook");
    }

    Webhook webhook() {
        return Webhook.to(uri()).secret(SECRET);
    }

    /** Answers the next requests with these statuses, one after the other. */
    HookServer answering(Integer... statuses) {
        answers.addAll(List.of(statuses));
        return this;
    }

    List<SagaEvent> events() {
        return requests.stream().map(Request::verified).toList();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            requests.add(new Request(Map.copyOf(exchange.getRequestHeaders()), body));
            Integer status = answers.poll();
            if (status != null && status == NO_ANSWER) {
                closed.await();
                return;
            }
            exchange.getResponseHeaders().add("Location", uri().toString());
            exchange.sendResponseHeaders(status == null ? 204 : status, -1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
