package dev.belay.langchain4j;

import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** The JDK's client, which adds the key of the model's call on this thread to its requests and tells that call what was answered. */
final class AttentiveHttpClient extends HttpClient {
    /** Too many requests, unavailable, and overloaded, as one provider says. */
    private static final Set<Integer> COME_BACK = Set.of(429, 503, 529);

    private final HttpClient client;

    private AttentiveHttpClient(HttpClient client) {
        this.client = client;
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> body) throws IOException, InterruptedException {
        Optional<HttpCall> call = HttpCall.current();
        if (call.isEmpty()) {
            return client.send(request, body);
        }
        HttpResponse<T> response = client.send(withKey(request, call.get()), body);
        call.get().answered(response.statusCode(), retryAfter(response));
        return response;
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, BodyHandler<T> body) {
        return sendAsync(request, body, null);
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request, BodyHandler<T> body, @Nullable PushPromiseHandler<T> pushes) {
        Optional<HttpCall> call = HttpCall.current();
        if (call.isEmpty()) {
            return client.sendAsync(request, body, pushes);
        }
        CompletableFuture<HttpResponse<T>> sent = client.sendAsync(withKey(request, call.get()), body, pushes);
        CompletableFuture<HttpResponse<T>> told = sent.thenApply(response -> {
            call.get().answered(response.statusCode(), retryAfter(response));
            return response;
        });
        told.whenComplete((response, error) -> {
            if (told.isCancelled()) {
                sent.cancel(true);
            }
        });
        return told;
    }

    private static HttpRequest withKey(HttpRequest request, HttpCall call) {
        call.checkNotRefused();
        return HttpRequest.newBuilder(request, (name, value) -> true)
                .setHeader("Idempotency-Key", call.idempotencyKey())
                .build();
    }

    private static Optional<Duration> retryAfter(HttpResponse<?> response) {
        if (!COME_BACK.contains(response.statusCode())) {
            return Optional.empty();
        }
        HttpHeaders headers = response.headers();
        return headers.firstValue("retry-after-ms")
                .flatMap(AttentiveHttpClient::millis)
                .or(() -> headers.firstValue("retry-after").flatMap(after -> secondsOrDate(after, headers)));
    }

    private static Optional<Duration> millis(String value) {
        try {
            return notNegative(Duration.ofNanos((long) (Double.parseDouble(value.strip()) * 1e6)));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static Optional<Duration> secondsOrDate(String value, HttpHeaders headers) {
        try {
            return notNegative(Duration.ofMillis(Math.round(Double.parseDouble(value.strip()) * 1000)));
        } catch (NumberFormatException e) {
            // Both dates are the server's if it sends them, so that its clock need not agree with ours.
            return date(value)
                    .flatMap(until -> notNegative(Duration.between(
                            headers.firstValue("date")
                                    .flatMap(AttentiveHttpClient::date)
                                    .orElseGet(ZonedDateTime::now),
                            until)));
        }
    }

    private static Optional<ZonedDateTime> date(String value) {
        try {
            return Optional.of(ZonedDateTime.parse(value.strip(), DateTimeFormatter.RFC_1123_DATE_TIME));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Optional<Duration> notNegative(Duration after) {
        return Optional.of(after).filter(value -> !value.isNegative());
    }

    @Override
    public Optional<CookieHandler> cookieHandler() {
        return client.cookieHandler();
    }

    @Override
    public Optional<Duration> connectTimeout() {
        return client.connectTimeout();
    }

    @Override
    public Redirect followRedirects() {
        return client.followRedirects();
    }

    @Override
    public Optional<ProxySelector> proxy() {
        return client.proxy();
    }

    @Override
    public SSLContext sslContext() {
        return client.sslContext();
    }

    @Override
    public SSLParameters sslParameters() {
        return client.sslParameters();
    }

    @Override
    public Optional<Authenticator> authenticator() {
        return client.authenticator();
    }

    @Override
    public Version version() {
        return client.version();
    }

    @Override
    public Optional<Executor> executor() {
        return client.executor();
    }

    /** Builds it from the settings of the JDK's own builder. */
    static final class Builder implements HttpClient.Builder {
        private final HttpClient.Builder builder;

        Builder(HttpClient.Builder builder) {
            this.builder = builder;
        }

        @Override
        public HttpClient build() {
            return new AttentiveHttpClient(builder.build());
        }

        @Override
        public Builder cookieHandler(CookieHandler handler) {
            builder.cookieHandler(handler);
            return this;
        }

        @Override
        public Builder connectTimeout(Duration timeout) {
            builder.connectTimeout(timeout);
            return this;
        }

        @Override
        public Builder sslContext(SSLContext context) {
            builder.sslContext(context);
            return this;
        }

        @Override
        public Builder sslParameters(SSLParameters parameters) {
            builder.sslParameters(parameters);
            return this;
        }

        @Override
        public Builder executor(Executor executor) {
            builder.executor(executor);
            return this;
        }

        @Override
        public Builder followRedirects(Redirect policy) {
            builder.followRedirects(policy);
            return this;
        }

        @Override
        public Builder version(Version version) {
            builder.version(version);
            return this;
        }

        @Override
        public Builder priority(int priority) {
            builder.priority(priority);
            return this;
        }

        @Override
        public Builder proxy(ProxySelector selector) {
            builder.proxy(selector);
            return this;
        }

        @Override
        public Builder authenticator(Authenticator authenticator) {
            builder.authenticator(authenticator);
            return this;
        }
    }
}
