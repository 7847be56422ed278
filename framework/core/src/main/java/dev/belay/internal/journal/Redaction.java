package dev.belay.internal.journal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What is never stored: values under certain paths, and texts that are secrets wherever they stand. Thread-safe. */
public final class Redaction {
    /** Nothing is left out. */
    public static final Redaction NONE = new Redaction(List.of(), List.of());

    private static final String INSTEAD = "[redacted]";
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private final List<List<String>> paths;
    private final List<String> secrets;

    /** Values whose path ends with one of {@code paths}, property names joined by dots, and {@code secrets} in any text. */
    public Redaction(Collection<String> paths, Collection<String> secrets) {
        this.paths =
                paths.stream().map(path -> Arrays.asList(path.split("\\."))).toList();
        this.secrets = secrets.stream().map(Redaction::escaped).distinct().toList();
    }

    private static String escaped(String secret) {
        String quoted = JSON.writeValueAsString(secret);
        return quoted.substring(1, quoted.length() - 1);
    }

    /** The JSON as it may be stored. */
    public String of(String json) {
        String clean = json;
        if (!paths.isEmpty()) {
            JsonNode tree = JSON.readTree(json);
            if (tree.isString()) {
                String inside = inside(tree.stringValue());
                clean = inside == null ? json : JSON.writeValueAsString(inside);
            } else if (redact(tree, new ArrayList<>())) {
                clean = JSON.writeValueAsString(tree);
            }
        }
        return ofOwn(clean);
    }

    /** The engine's own JSON as it may be stored: its fields are not the application's. */
    String ofOwn(String json) {
        String clean = json;
        for (String secret : secrets) {
            clean = clean.replace(secret, INSTEAD);
        }
        return clean;
    }

    /** A text as it may be stored. */
    public String ofText(String text) {
        String escaped = escaped(text);
        String clean = ofOwn(escaped);
        return clean.equals(escaped) ? text : JSON.readValue('"' + clean + '"', String.class);
    }

    private boolean redact(JsonNode node, List<String> at) {
        boolean changed = false;
        if (node instanceof ObjectNode object) {
            for (String name : List.copyOf(object.propertyNames())) {
                at.add(name);
                JsonNode value = object.get(name);
                String inside = value != null && value.isString() ? inside(value.stringValue()) : null;
                if (value != null && !value.isNull() && isNamed(at)) {
                    object.set(name, instead(value));
                    changed = true;
                } else if (inside != null) {
                    object.put(name, inside);
                    changed = true;
                } else if (value != null) {
                    changed |= redact(value, at);
                }
                at.remove(at.size() - 1);
            }
        } else if (node.isArray()) {
            for (JsonNode element : node) {
                changed |= redact(element, at);
            }
        }
        return changed;
    }

    /** JSON within a text, as tools are called and answer; null if nothing in it is to be left out. */
    private @Nullable String inside(String text) {
        String trimmed = text.trim();
        if (!trimmed.startsWith("{") && !trimmed.startsWith("[")) {
            return null;
        }
        try {
            JsonNode tree = JSON.readTree(text);
            return redact(tree, new ArrayList<>()) ? JSON.writeValueAsString(tree) : null;
        } catch (JacksonException e) {
            // Broken off in the middle, perhaps right behind what is to be left out.
            boolean names = paths.stream().anyMatch(path -> text.contains('"' + path.get(path.size() - 1) + '"'));
            return names ? INSTEAD : null;
        }
    }

    /** Of the same kind, so that what is stored can still be read as what it was. */
    private static JsonNode instead(JsonNode value) {
        JsonNodeFactory nodes = JSON.getNodeFactory();
        if (value.isNumber()) {
            return nodes.numberNode(0);
        }
        if (value.isBoolean()) {
            return nodes.booleanNode(false);
        }
        return value.isContainer() ? nodes.nullNode() : nodes.stringNode(INSTEAD);
    }

    private boolean isNamed(List<String> at) {
        return paths.stream()
                .anyMatch(path -> at.size() >= path.size()
                        && at.subList(at.size() - path.size(), at.size()).equals(path));
    }
}
