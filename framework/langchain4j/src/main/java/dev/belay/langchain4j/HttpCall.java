package dev.belay.langchain4j;

import dev.belay.agent.RetryLater;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** What a model's call and the HTTP requests made for it on the same thread tell each other. */
final class HttpCall {
    private static final ThreadLocal<@Nullable HttpCall> CURRENT = new ThreadLocal<>();

    private static final int FIRST_ERROR = 400;

    private final String idempotencyKey;
    private volatile @Nullable Duration retryAfter;
    private volatile int refusedBy;

    private HttpCall(String idempotencyKey) {
        this.idempotencyKey = idempotencyKey;
    }

    static Optional<HttpCall> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    /** Makes a call whose HTTP requests carry the key. If the provider says when to come back, that is thrown instead of its refusal. */
    static <T> T with(String idempotencyKey, Callable<T> call) throws Exception {
        HttpCall before = CURRENT.get();
        HttpCall http = new HttpCall(idempotencyKey);
        CURRENT.set(http);
        try {
            return call.call();
        } catch (Exception e) {
            Duration after = http.retryAfter;
            if (after != null) {
                throw new RetryLater(after, "The provider asks to come back in " + after + ": " + e.getMessage(), e);
            }
            throw e;
        } finally {
            CURRENT.set(before);
        }
    }

    String idempotencyKey() {
        return idempotencyKey;
    }

    void answered(int status, Optional<Duration> retryAfter) {
        this.retryAfter = retryAfter.orElse(null);
        this.refusedBy = status >= FIRST_ERROR ? status : 0;
    }

    /** A client that tries again by itself would not be counted, and not wait for what the provider asks of all workers. */
    void checkNotRefused() {
        if (refusedBy != 0) {
            throw new IllegalStateException(
                    "The provider has refused this call with status " + refusedBy
                            + ", and the client tries it again by itself. Build the model with maxRetries(0): retries are the step's.");
        }
    }
}
