package dev.belay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class WebhookTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final URI HOOK = URI.create("https://example.com/hooks/T0PSECRET?token=T0PSECRET");
    private static final Duration FIVE_MINUTES = Duration.ofMinutes(5);

    private static final SagaEvent EVENT = new SagaEvent(
            7,
            SagaEvent.Type.SUSPENDED,
            UUID.fromString("01900000-0000-7000-8000-000000000001"),
            "trip",
            Optional.of("flight"),
            2,
            Instant.parse("2026-05-04T03:02:01.5Z"),
            Optional.of("{\"cause\":\"STEP_FAILED\"}"));

    @Test
    void signsAsTheExampleOfStandardWebhooksDoes() {
        var signature = WebhookSignature.by(SECRET)
                .of(
                        "msg_p5jXN8AQM9LWM0D4loKWxJek",
                        1614265330,
                        "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8));

        assertThat(signature).isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @Test
    void eventComesOutOfTheBodyAsItWentIn() {
        byte[] body = WebhookBody.of(EVENT);

        assertThat(Webhook.verify(SECRET, signed(Instant.now(), body), body, FIVE_MINUTES))
                .isEqualTo(EVENT);
    }

    @Test
    void bodyMayHoldFieldsOfLaterVersions() {
        byte[] body = new String(WebhookBody.of(EVENT), StandardCharsets.UTF_8)
                .replace("\"level\"", "\"color\":\"blue\",\"level\"")
                .getBytes(StandardCharsets.UTF_8);

        assertThat(Webhook.verify(SECRET, signed(Instant.now(), body), body, FIVE_MINUTES))
                .isEqualTo(EVENT);
    }

    @Test
    void oneOfSeveralSignaturesIsEnough() {
        byte[] body = WebhookBody.of(EVENT);
        var headers = signed(Instant.now(), body);
        var several = Map.of(
                "Webhook-Id", headers.get("webhook-id"),
                "Webhook-Timestamp", headers.get("webhook-timestamp"),
                "Webhook-Signature",
                        List.of("v1,b2xk v2,c29tZXRoaW5nIGVsc2U= "
                                + headers.get("webhook-signature").get(0)));

        assertThat(Webhook.verify(SECRET, several, body, FIVE_MINUTES)).isEqualTo(EVENT);
    }

    @Test
    void changedBodyIsRefused() {
        byte[] body = WebhookBody.of(EVENT);
        var headers = signed(Instant.now(), body);
        body[body.length - 3]++;

        assertThatThrownBy(() -> Webhook.verify(SECRET, headers, body, FIVE_MINUTES))
                .isInstanceOf(WebhookRefused.class)
                .hasMessageContaining("does not fit");
    }

    @Test
    void otherSecretIsRefused() {
        byte[] body = WebhookBody.of(EVENT);

        assertThatThrownBy(() ->
                        Webhook.verify("another secret, long enough", signed(Instant.now(), body), body, FIVE_MINUTES))
                .isInstanceOf(WebhookRefused.class)
                .hasMessageContaining("does not fit");
    }

    @Test
    void oldAndFutureRequestsAreRefused() {
        byte[] body = WebhookBody.of(EVENT);

        for (int minutes : List.of(-6, 6)) {
            var headers = signed(Instant.now().plus(Duration.ofMinutes(minutes)), body);
            assertThatThrownBy(() -> Webhook.verify(SECRET, headers, body, FIVE_MINUTES))
                    .isInstanceOf(WebhookRefused.class)
                    .hasMessageContaining("seconds from now");
        }
    }

    @Test
    void requestsWithoutTheHeadersAreRefused() {
        byte[] body = WebhookBody.of(EVENT);

        assertThatThrownBy(() -> Webhook.verify(SECRET, Map.of(), body, FIVE_MINUTES))
                .isInstanceOf(WebhookRefused.class)
                .hasMessageContaining("webhook-id");
    }

    @Test
    void signedNonsenseIsRefused() {
        byte[] body = "[]".getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> Webhook.verify(SECRET, signed(Instant.now(), body), body, FIVE_MINUTES))
                .isInstanceOf(WebhookRefused.class)
                .hasMessageContaining("is no event");
    }

    @Test
    void secretsShowNowhere() {
        var webhook = Webhook.to(HOOK).secret("T0PSECRET-T0PSECRET").header("Authorization", "T0PSECRET");

        assertThat(webhook.toString()).isEqualTo("webhook to https://example.com");
        assertThat(webhook.name()).startsWith("webhook example.com ").doesNotContain("T0PSECRET");
        assertThatThrownBy(() -> webhook.header("Authorization", "T0PSECRET\n"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("T0PSECRET")
                .hasNoCause();
        assertThatThrownBy(() -> Webhook.to(URI.create("https://user:T0PSECRET@example.com")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("T0PSECRET");
        assertThatThrownBy(() -> webhook.secret("whsec_T0PSECRET!"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("T0PSECRET")
                .hasNoCause();
    }

    @Test
    void staysTheSameReceiverWithAnotherSecret() {
        var before = Webhook.to(HOOK).secret("a secret that is old");
        var after = Webhook.to(HOOK).secret("a secret that is new").timeout(Duration.ofSeconds(3));

        assertThat(after.name()).isEqualTo(before.name());
    }

    @Test
    void refusesWhatItCannotDo() {
        assertThatThrownBy(() -> Webhook.to(URI.create("ftp://example.com"))).hasMessageContaining("https://");
        assertThatThrownBy(() -> Webhook.to(HOOK).secret("short")).hasMessageContaining("at least 16 bytes");
        assertThatThrownBy(() -> Webhook.to(HOOK).timeout(Duration.ofMinutes(1)))
                .hasMessageContaining("at most PT30S");
        assertThatThrownBy(() -> Webhook.to(HOOK).header("Webhook-Id", "1")).hasMessageContaining("itself");
        assertThatThrownBy(() -> Saga.define("trip", String.class).onEnd(Webhook.to(HOOK)))
                .hasMessageContaining("has no secret");
    }

    private static Map<String, List<String>> signed(Instant at, byte[] body) {
        String signature = WebhookSignature.by(SECRET).of("evt_1", at.getEpochSecond(), body);
        return Map.of(
                "webhook-id", List.of("evt_1"),
                "webhook-timestamp", List.of(Long.toString(at.getEpochSecond())),
                "webhook-signature", List.of(signature));
    }
}
