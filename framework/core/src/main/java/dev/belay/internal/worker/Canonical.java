package dev.belay.internal.worker;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/** JSON in one form, whatever order its properties came in: the database keeps another than the code wrote. */
final class Canonical {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private Canonical() {}

    static JsonNode tree(String json) {
        return JSON.readTree(json);
    }

    static String json(String json) {
        return JSON.writeValueAsString(JSON.readTree(json));
    }

    static boolean same(String one, String other) {
        return one.equals(other) || json(one).equals(json(other));
    }

    /** Of texts of which the second is JSON. */
    static String hash(String role, String json, String more) {
        return hash(role + '\n' + more + '\n' + json(json));
    }

    static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JVM has SHA-256", e);
        }
    }
}
