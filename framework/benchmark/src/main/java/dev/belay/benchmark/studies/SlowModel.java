package dev.belay.benchmark.studies;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An HTTP server that answers each call after a time, in a process of its own. Says its port, and when asked how many calls it has at once, and had. */
final class SlowModel {
    private static final int LONGEST_LINE = 20_000;
    private static final byte[] ANSWER = "Take a coat.".getBytes(StandardCharsets.UTF_8);

    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final long millis;

    private SlowModel(long millis) {
        this.millis = millis;
    }

    public static void main(String... words) throws Exception {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), LONGEST_LINE);
        SlowModel model = new SlowModel(Long.parseLong(words[0]));
        http.createContext("/", model::handle);
        http.start();
        System.out.println(http.getAddress().getPort());
        try (BufferedReader ears = Child.ears()) {
            while (ears.readLine() != null) {
                System.out.println(model.inside + " " + model.most + " " + model.answered);
            }
        }
        model.clock.shutdownNow();
        http.stop(0);
    }

    private void handle(HttpExchange call) throws IOException {
        call.getRequestBody().readAllBytes();
        int now = inside.incrementAndGet();
        most.accumulateAndGet(now, Math::max);
        clock.schedule(() -> answer(call), millis, TimeUnit.MILLISECONDS);
    }

    private void answer(HttpExchange call) {
        inside.decrementAndGet();
        try (call) {
            call.getResponseHeaders().set("Connection", "close");
            call.sendResponseHeaders(200, ANSWER.length);
            call.getResponseBody().write(ANSWER);
            answered.incrementAndGet();
        } catch (IOException e) {
            System.err.println("The model could not answer: " + e);
        }
    }
}
