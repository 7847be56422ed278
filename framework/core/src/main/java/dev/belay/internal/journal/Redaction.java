package dev.belay.internal.journal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
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
            if (redact(tree, new ArrayList<>())) {
                clean = JSON.writeValueAsString(tree);
            }
        }
        for (String secret : secrets) {
            clean = clean.replace(secret, INSTEAD);
        }
        return clean;
    }

    private boolean redact(JsonNode node, List<String> at) {
        boolean changed = false;
        if (node instanceof ObjectNode object) {
            for (String name : List.copyOf(object.propertyNames())) {
                at.add(name);
                JsonNode value = object.get(name);
                if (value != null && !value.isNull() && isNamed(at)) {
                    object.put(name, INSTEAD);
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

    private boolean isNamed(List<String> at) {
        return paths.stream()
                .anyMatch(path -> at.size() >= path.size()
                        && at.subList(at.size() - path.size(), at.size()).equals(path));
    }
}
