package dev.belay.samples.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ModelClientTest {

    private final AtomicInteger requests = new AtomicInteger();
    private final CountDownLatch end = new CountDownLatch(1);
    private HttpServer http;

    /** The JDK reads this once; tests of our server in the same JVM would wait for acknowledgements without it. */
    @BeforeAll
    static void sendAtOnce() {
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    @BeforeEach
    void start() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.setExecutor(Executors.newCachedThreadPool());
        http.start();
    }

    @AfterEach
    void stop() {
        end.countDown();
        http.stop(0);
    }

    @Test
    void rateLimitTellsHowLongToWait() {
        answer(429, "7", "{\"error\":{\"message\":\"slow down\"}}");

        var limited = catchThrowableOfType(ModelException.RateLimited.class, this::ask);

        assertThat(limited.retryAfter()).isEqualTo(Duration.ofSeconds(7));
        assertThat(limited).hasMessageContaining("slow down");
    }

    @Test
    void rateLimitWithoutAUsableTimeWaitsASecond() {
        answer(429, "soon", "{}");

        var limited = catchThrowableOfType(ModelException.RateLimited.class, this::ask);

        assertThat(limited.retryAfter()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void rateLimitUntilADateThatHasPassedNeedsNoWait() {
        answer(429, "Wed, 21 Oct 2015 07:28:00 GMT", "{}");

        var limited = catchThrowableOfType(ModelException.RateLimited.class, this::ask);

        assertThat(limited.retryAfter()).isZero();
    }

    @Test
    void brokenServerIsCalledOnceAndNamed() {
        answer(503, "", "<html>overloaded</html>");

        var failed = catchThrowableOfType(ModelException.ServerFailed.class, this::ask);

        assertThat(failed.status()).isEqualTo(503);
        assertThat(failed).hasMessageContaining("<html>overloaded</html>");
        assertThat(requests).hasValue(1);
    }

    @Test
    void answerThatIsNoCompletionIsAServerFailure() {
        answer(200, "", "hello");

        var failed = catchThrowableOfType(ModelException.ServerFailed.class, this::ask);

        assertThat(failed.status()).isEqualTo(200);
        assertThat(failed).hasMessageContaining("hello").hasCauseInstanceOf(RuntimeException.class);
    }

    @Test
    void refusedRequestIsNotWorthRepeating() {
        answer(400, "", "{\"error\":{\"message\":\"no such model\"}}");

        assertThatThrownBy(this::ask)
                .isInstanceOf(ModelException.RequestRefused.class)
                .hasMessageContaining("400: no such model");
    }

    @Test
    void slowServerTimesOut() {
        http.createContext("/", exchange -> {
            try (exchange) {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });

        var timedOut = catchThrowableOfType(
                ModelException.TimedOut.class, () -> ask(ModelClient.at(uri()).withTimeout(Duration.ofMillis(200))));

        assertThat(timedOut.timeout()).isEqualTo(Duration.ofMillis(200));
        assertThat(timedOut).hasMessageContaining("same idempotency key");
    }

    @Test
    void missingServerIsUnreachable() {
        var uri = uri();
        http.stop(0);

        assertThatThrownBy(() -> ask(ModelClient.at(uri)))
                .isInstanceOf(ModelException.Unreachable.class)
                .hasMessageContaining("Is it running");
    }

    @Test
    void connectionThatBreaksBeforeTheAnswerIsUnreachable() {
        http.createContext("/", exchange -> exchange.close());

        assertThatThrownBy(this::ask).isInstanceOf(ModelException.Unreachable.class);
    }

    @Test
    void interruptedCallKeepsTheInterruptFlag() {
        answer(200, "", "{}");

        Thread.currentThread().interrupt();
        assertThatThrownBy(this::ask).isInstanceOf(ModelException.Unreachable.class);

        assertThat(Thread.interrupted()).isTrue();
    }

    private Reply ask() {
        return ask(ModelClient.at(uri()));
    }

    private static Reply ask(ModelClient client) {
        return client.chat("reviewer-1", List.of(Message.user("text")), "key");
    }

    private URI uri() {
        return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
    }

    private void answer(int status, String retryAfter, String body) {
        http.createContext("/", exchange -> {
            try (exchange) {
                requests.incrementAndGet();
                exchange.getRequestBody().readAllBytes();
                if (!retryAfter.isEmpty()) {
                    exchange.getResponseHeaders().set("Retry-After", retryAfter);
                }
                var bytes = body.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(status, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
    }
}
