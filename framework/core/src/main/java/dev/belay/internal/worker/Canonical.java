package dev.belay.internal.worker;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON in one form, whatever order its properties came in and however its numbers were written: the database keeps its own. */
final class Canonical {
    private static final int LONGEST_PLAIN = 1_000;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private Canonical() {}

    /** What a model wrote need not be JSON; then it is a text. */
    static JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (JacksonException e) {
            return JSON.getNodeFactory().stringNode(json);
        }
    }

    static String json(String json) {
        return JSON.writeValueAsString(ordered(tree(json)));
    }

    private static JsonNode ordered(JsonNode node) {
        if (node.isObject()) {
            ObjectNode ordered = JSON.createObjectNode();
            TreeMap<String, JsonNode> sorted = new TreeMap<>();
            node.properties().forEach(property -> sorted.put(property.getKey(), property.getValue()));
            sorted.forEach((name, value) -> ordered.set(name, ordered(value)));
            return ordered;
        }
        if (node.isArray()) {
            ArrayNode ordered = JSON.createArrayNode();
            node.forEach(element -> ordered.add(ordered(element)));
            return ordered;
        }
        if (!node.isNumber()) {
            return node;
        }
        BigDecimal number = node.decimalValue();
        boolean plain = number.precision() < LONGEST_PLAIN && Math.abs((long) number.scale()) < LONGEST_PLAIN;
        return plain
                ? JSON.getNodeFactory().numberNode(number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros())
                : node;
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
