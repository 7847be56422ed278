package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.web.Json;
import dev.belay.dashboard.internal.web.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Leaves out of JSON what nobody is to see here. Whatever is shown, prefilled or downloaded goes through it; what cannot be read as
 * JSON is not shown at all where something is to be hidden. Immutable.
 */
public final class Redaction {
    /** What stands in the place of what is hidden. */
    public static final String MASK = "•••";

    /** What is longer is cut on pages. */
    static final int LONGEST_SHOWN = 64 * 1024;

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final List<List<String>> hidden;

    /** Hides what is at these places; see {@link dev.belay.dashboard.Dashboard.Builder#hide}. */
    public Redaction(List<String> paths) {
        this.hidden = paths.stream().map(path -> List.of(path.split("\\.", -1))).toList();
    }

    /** Whether nothing is hidden. */
    boolean isEmpty() {
        return hidden.isEmpty();
    }

    /**
     * A JSON text as it may be shown.
     *
     * @param text with line breaks and indents, cut if it is long
     * @param hidden how many values were hidden
     * @param cut whether it was cut
     * @param length how many characters the whole has
     */
    public record Shown(String text, int hidden, boolean cut, int length) {}

    /** A JSON text for a page. */
    public Shown shown(String json) {
        AtomicInteger count = new AtomicInteger();
        String text = Json.pretty(redacted(json, count));
        boolean cut = text.length() > LONGEST_SHOWN;
        return new Shown(cut ? text.substring(0, LONGEST_SHOWN) : text, count.get(), cut, text.length());
    }

    /** A JSON text for a download, or for a form, whole. */
    public String whole(String json) {
        return redacted(json, new AtomicInteger());
    }

    private String redacted(String json, AtomicInteger count) {
        if (hidden.isEmpty()) {
            return json;
        }
        try {
            return without(Json.read(json, "A value"), new ArrayList<>(), count).toString();
        } catch (Refused e) {
            count.incrementAndGet();
            return NODES.stringNode(MASK).toString();
        }
    }

    private JsonNode without(JsonNode node, List<String> path, AtomicInteger count) {
        if (isHidden(path)) {
            if (!node.isString() || !node.stringValue().equals(MASK)) {
                count.incrementAndGet();
            }
            return NODES.stringNode(MASK);
        }
        if (node instanceof ObjectNode object) {
            ObjectNode copy = NODES.objectNode();
            object.properties()
                    .forEach(field -> copy.set(
                            field.getKey(), below(path, field.getKey(), at -> without(field.getValue(), at, count))));
            return copy;
        } else if (node instanceof ArrayNode array) {
            ArrayNode copy = NODES.arrayNode();
            for (int i = 0; i < array.size(); i++) {
                JsonNode item = array.get(i);
                copy.add(Redaction.<JsonNode>below(path, Integer.toString(i), at -> without(item, at, count)));
            }
            return copy;
        } else if (node.isString()) {
            return withoutInside(node, path, count);
        }
        return node;
    }

    /** What is hidden in JSON that stands in a text, by its place in the whole and by its place in that text. */
    private JsonNode withoutInside(JsonNode node, List<String> path, AtomicInteger count) {
        Optional<JsonNode> inside = inside(node.stringValue());
        if (inside.isEmpty()) {
            return node;
        }
        AtomicInteger found = new AtomicInteger();
        JsonNode shown = without(without(inside.get(), path, found), new ArrayList<>(), found);
        if (found.get() == 0) {
            return node;
        }
        count.addAndGet(found.get());
        return NODES.stringNode(shown.toString());
    }

    /** A JSON object or list that is written in a text, as arguments of tools often are. */
    private static Optional<JsonNode> inside(String text) {
        String start = text.stripLeading();
        if (!start.startsWith("{") && !start.startsWith("[")) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.read(text, "A text"));
        } catch (Refused e) {
            return Optional.empty();
        }
    }

    private static <T> T below(List<String> path, String name, java.util.function.Function<List<String>, T> work) {
        path.add(name);
        T result = work.apply(path);
        path.remove(path.size() - 1);
        return result;
    }

    /**
     * An edited value with what was hidden from whoever edited it put back from {@code original}; refused if the place of a hidden
     * value has none there.
     */
    public JsonNode restored(JsonNode edited, Optional<JsonNode> original) {
        return hidden.isEmpty() ? edited : restored(edited, original, new ArrayList<>());
    }

    private JsonNode restored(JsonNode edited, Optional<JsonNode> original, List<String> path) {
        if (isHidden(path) && edited.isString() && edited.stringValue().equals(MASK)) {
            return original.orElseThrow(() -> Refused.unprocessable("\"" + String.join(".", path)
                    + "\" is hidden here and was not there before, so " + MASK
                    + " stands for nothing. Leave hidden values where they were, or write them out."));
        }
        if (edited instanceof ObjectNode object) {
            ObjectNode copy = NODES.objectNode();
            object.properties()
                    .forEach(field -> copy.set(
                            field.getKey(),
                            below(
                                    path,
                                    field.getKey(),
                                    at -> restored(field.getValue(), child(original, field.getKey()), at))));
            return copy;
        } else if (edited instanceof ArrayNode array) {
            ArrayNode copy = NODES.arrayNode();
            for (int i = 0; i < array.size(); i++) {
                int at = i;
                copy.add(Redaction.<JsonNode>below(
                        path,
                        Integer.toString(i),
                        place -> restored(
                                array.get(at),
                                original.filter(JsonNode::isArray).map(all -> all.get(at)),
                                place)));
            }
            return copy;
        } else if (edited.isString() && edited.stringValue().contains(MASK)) {
            return restoredInside(edited, original, path);
        }
        return edited;
    }

    private JsonNode restoredInside(JsonNode edited, Optional<JsonNode> original, List<String> path) {
        Optional<JsonNode> inside = inside(edited.stringValue());
        if (inside.isEmpty()) {
            return edited;
        }
        Optional<JsonNode> before = original.filter(JsonNode::isString).flatMap(text -> inside(text.stringValue()));
        return NODES.stringNode(restored(restored(inside.get(), before, path), before, new ArrayList<>())
                .toString());
    }

    private static Optional<JsonNode> child(Optional<JsonNode> of, String name) {
        return of.filter(JsonNode::isObject).map(object -> object.get(name));
    }

    /** Whether what is at {@code path}, or what it is in, is hidden. */
    boolean hides(List<String> path) {
        for (int end = 1; end <= path.size(); end++) {
            if (isHidden(path.subList(0, end))) {
                return true;
            }
        }
        return false;
    }

    private boolean isHidden(List<String> path) {
        return !path.isEmpty() && hidden.stream().anyMatch(pattern -> matches(pattern, 0, path, 0));
    }

    private static boolean matches(List<String> pattern, int p, List<String> path, int i) {
        if (p == pattern.size()) {
            return i == path.size();
        }
        String part = pattern.get(p);
        if (part.equals("**")) {
            return matches(pattern, p + 1, path, i) || (i < path.size() && matches(pattern, p, path, i + 1));
        }
        return i < path.size()
                && (part.equals("*") || part.equals(path.get(i)))
                && matches(pattern, p + 1, path, i + 1);
    }
}
