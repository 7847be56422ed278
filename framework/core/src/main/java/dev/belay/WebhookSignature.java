package dev.belay;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA256 over id, timestamp and body, as Standard Webhooks has it. Immutable; prints nothing of its secret. */
final class WebhookSignature {
    static final String ID = "webhook-id";
    static final String TIMESTAMP = "webhook-timestamp";
    static final String SIGNATURE = "webhook-signature";

    private static final String ALGORITHM = "HmacSHA256";
    private static final String VERSION = "v1,";
    private static final String PREFIX = "whsec_";
    private static final int SHORTEST = 16;

    private final SecretKeySpec key;

    private WebhookSignature(byte[] secret) {
        if (secret.length < SHORTEST) {
            throw new IllegalArgumentException("A webhook's secret must have at least " + SHORTEST + " bytes, got "
                    + secret.length + ". Use a random one of 32.");
        }
        this.key = new SecretKeySpec(secret, ALGORITHM);
    }

    static WebhookSignature by(byte[] secret) {
        return new WebhookSignature(secret);
    }

    static WebhookSignature by(String secret) {
        if (!secret.startsWith(PREFIX)) {
            return new WebhookSignature(secret.getBytes(StandardCharsets.UTF_8));
        }
        byte[] decoded;
        try {
            decoded = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
        } catch (IllegalArgumentException e) {
            decoded = null;
        }
        if (decoded == null) {
            throw new IllegalArgumentException("A webhook's secret that begins with whsec_ must be base64 after that.");
        }
        return new WebhookSignature(decoded);
    }

    String of(String id, long seconds, byte[] body) {
        return VERSION + Base64.getEncoder().encodeToString(hash(id, seconds, body));
    }

    private byte[] hash(String id, long seconds, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update((id + "." + seconds + ".").getBytes(StandardCharsets.UTF_8));
            return mac.doFinal(body);
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("Every JVM has " + ALGORITHM, e);
        }
    }

    void check(Map<String, List<String>> headers, byte[] body, Duration tolerance) {
        String id = only(headers, ID);
        long seconds = seconds(only(headers, TIMESTAMP));
        byte[] expected = of(id, seconds, body).getBytes(StandardCharsets.UTF_8);
        // While a secret is being replaced a sender may give several, with spaces between them.
        boolean fits = false;
        for (String given : only(headers, SIGNATURE).split(" ", -1)) {
            fits |= MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.UTF_8));
        }
        if (!fits) {
            throw new WebhookRefused("The signature of the webhook's request does not fit its id, time and body. Either"
                    + " it is forged, the two sides have different secrets, or the body was changed before it was"
                    + " checked: check the bytes as they came.");
        }
        Duration off =
                Duration.between(Instant.ofEpochSecond(seconds), Instant.now()).abs();
        if (off.compareTo(tolerance) > 0) {
            throw new WebhookRefused(
                    "The webhook's request was signed " + off.toSeconds() + " seconds from now, more than " + tolerance
                            + ". It may be an old one sent again, or one of the two clocks is wrong.");
        }
    }

    private static long seconds(String timestamp) {
        if (!timestamp.matches("[0-9]{1,11}")) {
            throw new WebhookRefused("The header " + TIMESTAMP + " is no number of seconds.");
        }
        return Long.parseLong(timestamp);
    }

    private static String only(Map<String, List<String>> headers, String name) {
        List<String> values = headers.entrySet().stream()
                .filter(header -> name.equalsIgnoreCase(header.getKey()))
                .flatMap(header -> header.getValue().stream())
                .toList();
        if (values.size() != 1) {
            throw new WebhookRefused(
                    "A webhook's request has the header " + name + " once, found it " + values.size() + " times.");
        }
        return values.get(0);
    }
}
