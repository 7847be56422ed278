package dev.belay.langchain4j;

import dev.langchain4j.http.client.jdk.JdkHttpClientBuilder;
import java.net.http.HttpClient;

/**
 * An HTTP client for LangChain4j's models that sends our idempotency key with every request of a {@link DurableChatModel} or
 * {@link DurableStreamingChatModel}, as header {@code Idempotency-Key}, and hears when the provider says when to come back, by
 * {@code Retry-After} or {@code retry-after-ms} with status 429 or 503: then the step rests so long without a thread.
 *
 * <pre>{@code
 * OpenAiChatModel.builder().httpClientBuilder(DurableHttp.builder()).maxRetries(0)…
 * }</pre>
 *
 * <p>LangChain4j tells nobody the headers of a refusal; that is why this is needed. Requests of others pass unchanged. Needs
 * {@code langchain4j-http-client-jdk}, which most providers bring.
 */
public final class DurableHttp {
    private DurableHttp() {}

    /** One on the JDK's client as it comes. */
    public static JdkHttpClientBuilder builder() {
        return over(HttpClient.newBuilder());
    }

    /** One on the JDK's client with your settings: proxy, TLS, executor. */
    public static JdkHttpClientBuilder over(HttpClient.Builder client) {
        return new JdkHttpClientBuilder().httpClientBuilder(new AttentiveHttpClient.Builder(client));
    }
}
