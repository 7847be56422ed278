package dev.belay;

import dev.belay.SagaEvent.Type;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Posts events as JSON to a URL, signed as <a href="https://www.standardwebhooks.com">Standard Webhooks</a> has it: header
 * {@code webhook-id} (the same for each delivery of an event), {@code webhook-timestamp} (seconds since 1970) and
 * {@code webhook-signature}. A receiver checks them by {@link #verify}, or by any library for that standard.
 *
 * <p>A status from 200 to 299 means delivered. Anything else, redirects included, or no answer in time, is tried again like a
 * {@link SagaListener} that throws. Up to eight events are posted at once, and no database connection is held meanwhile.
 *
 * <p>Immutable: each option returns another webhook. What it prints of itself holds no secret, header, path or query.
 */
public final class Webhook implements SagaListener {
    private static final Duration LONGEST_TIMEOUT = Duration.ofSeconds(30);

    /** Made when the first webhook posts; its threads are shared by all. */
    private static final class Http {
        static final HttpClient CLIENT = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    private final URI uri;
    private final @Nullable WebhookSignature signature;
    private final Map<String, String> headers;
    private final Duration timeout;
    private final Set<Type> types;

    private Webhook(
            URI uri,
            @Nullable WebhookSignature signature,
            Map<String, String> headers,
            Duration timeout,
            Set<Type> types) {
        this.uri = uri;
        this.signature = signature;
        this.headers = headers;
        this.timeout = timeout;
        this.types = types;
    }

    /** A webhook that posts to {@code uri}; it still needs a {@link #secret(String) secret}. */
    public static Webhook to(URI uri) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (uri.getHost() == null || !(scheme.equals("https") || scheme.equals("http"))) {
            throw new IllegalArgumentException("A webhook's URL must begin with https:// or http:// and name a host.");
        }
        if (uri.getUserInfo() != null) {
            throw new IllegalArgumentException("The webhook's URL for host \"" + uri.getHost()
                    + "\" holds a user or password, which would not be sent. Use header(\"Authorization\", …).");
        }
        return new Webhook(uri, null, Map.of(), Duration.ofSeconds(10), EnumSet.allOf(Type.class));
    }

    /**
     * What deliveries are signed with; sender and receiver share it. A text that begins with {@code whsec_} is base64 after that,
     * as Standard Webhooks writes secrets; any other is taken as it is. At least 16 bytes.
     */
    public Webhook secret(String secret) {
        return new Webhook(uri, WebhookSignature.by(secret), headers, timeout, types);
    }

    /** What deliveries are signed with, as at least 16 bytes. */
    public Webhook secret(byte[] secret) {
        return new Webhook(uri, WebhookSignature.by(secret), headers, timeout, types);
    }

    /** Sends this header too, for instance {@code Authorization}. */
    public Webhook header(String name, String value) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith("webhook-") || lower.equals("content-type")) {
            throw new IllegalArgumentException("The webhook sets the header \"" + name + "\" itself.");
        }
        // The message of the JDK would quote the value, which may be a secret; so it is not kept as the cause either.
        boolean accepted = true;
        try {
            HttpRequest.newBuilder(uri).header(name, value);
        } catch (IllegalArgumentException e) {
            accepted = false;
        }
        if (!accepted) {
            throw new IllegalArgumentException(
                    "The webhook cannot send the header \"" + name + "\": HTTP does not allow its name or its value.");
        }
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Webhook(uri, signature, more, timeout, types);
    }

    /** How long to wait for the whole answer, at most 30 seconds; 10 seconds unless set. */
    public Webhook timeout(Duration timeout) {
        if (timeout.isZero() || timeout.isNegative() || timeout.compareTo(LONGEST_TIMEOUT) > 0) {
            throw new IllegalArgumentException(
                    "A webhook's timeout must be longer than zero and at most " + LONGEST_TIMEOUT + ", got " + timeout);
        }
        return new Webhook(uri, signature, headers, timeout, types);
    }

    /** Posts events of these types only; of all unless set. */
    @Override
    public Webhook only(Type first, Type... more) {
        Set<Type> fewer = EnumSet.of(first, more);
        fewer.retainAll(types);
        return new Webhook(uri, signature, headers, timeout, fewer);
    }

    @Override
    public Set<Type> types() {
        return Set.copyOf(types);
    }

    /** The host and a hash of the URL, so that another secret or timeout leaves it the same receiver. */
    @Override
    public String name() {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(uri.toString().getBytes(StandardCharsets.UTF_8));
            return "webhook " + uri.getHost() + " " + HexFormat.of().formatHex(hash, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JVM has SHA-256", e);
        }
    }

    /** Posts an event once. */
    @Override
    public void heard(SagaEvent event) throws IOException, InterruptedException {
        byte[] body = WebhookBody.of(event);
        String id = "evt_" + event.saga() + "_" + event.id();
        long seconds = Instant.now().getEpochSecond();
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(timeout)
                .header("content-type", "application/json")
                .header(WebhookSignature.ID, id)
                .header(WebhookSignature.TIMESTAMP, Long.toString(seconds))
                .header(WebhookSignature.SIGNATURE, signed().of(id, seconds, body))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        int status = statusOf(request.build());
        if (status < 200 || status > 299) {
            throw new IOException("The " + this + " answered event " + event.id() + " with status " + status + ".");
        }
    }

    /** The timeout of a request is over with its headers; an answer whose body never ends is given up all the same. */
    private int statusOf(HttpRequest request) throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<Void>> answer =
                Http.CLIENT.sendAsync(request, HttpResponse.BodyHandlers.discarding());
        try {
            return answer.get(timeout.toMillis() + 1, TimeUnit.MILLISECONDS).statusCode();
        } catch (ExecutionException e) {
            throw new IOException("The " + this + " could not be reached: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("The " + this + " did not answer within " + timeout + ".", e);
        } finally {
            answer.cancel(true);
        }
    }

    private WebhookSignature signed() {
        if (signature == null) {
            throw new IllegalStateException("The " + this + " has no secret to sign with; give it one by secret(…).");
        }
        return signature;
    }

    /** Returns {@code listener}, unless it is a webhook that could not sign. */
    static SagaListener checked(SagaListener listener) {
        if (listener instanceof Webhook webhook) {
            webhook.signed();
        }
        return Objects.requireNonNull(listener, "listener");
    }

    /**
     * Checks a request that a webhook's receiver got, and returns the event in it.
     *
     * @param secret the secret that the sender was given
     * @param headers the request's headers, by names in any case
     * @param body the request's body, byte for byte
     * @param tolerance how much the sender's clock and this one may differ, the way between them included; five minutes is usual
     * @throws WebhookRefused if the signature does not fit the body, or is too old or too new
     */
    public static SagaEvent verify(String secret, Map<String, List<String>> headers, byte[] body, Duration tolerance) {
        WebhookSignature.by(secret).check(headers, body, tolerance);
        return WebhookBody.parse(body);
    }

    /** Like {@link #verify(String, Map, byte[], Duration)}, for a secret given as bytes. */
    public static SagaEvent verify(byte[] secret, Map<String, List<String>> headers, byte[] body, Duration tolerance) {
        WebhookSignature.by(secret).check(headers, body, tolerance);
        return WebhookBody.parse(body);
    }

    @Override
    public String toString() {
        return "webhook to " + uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
    }
}
