package dev.belay.internal.journal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * What the JSON of a class looks like, for processes that do not have the class. As JSON it is a word for what is simple, with a
 * question mark if it may be null or missing ({@code "string?"}), and an object for the rest: {@code {"object": {"amount": "number"}}},
 * {@code {"array": "string?"}}, {@code {"map": …}}, {@code {"enum": ["A", "B"]}}, with {@code "optional": true} likewise. Immutable.
 *
 * @param optional whether it may be null or missing
 * @param fields of an object
 * @param of what an array or map holds
 * @param values of an enum
 */
public record Shape(
        Kind kind,
        boolean optional,
        Map<String, Shape> fields,
        @Nullable Shape of,
        List<String> values) {
    /** What stands where nothing is known, or where a class reads its JSON in a way of its own. */
    public static final Shape ANY = simple(Kind.ANY);

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String OPTIONAL = "optional";

    /** What sort of JSON. */
    public enum Kind {
        /** Whatever it is. */
        ANY("any"),
        /** Only null. */
        NULL("null"),
        /** A text. */
        STRING("string"),
        /** A whole number. */
        INTEGER("integer"),
        /** Any number. */
        NUMBER("number"),
        /** True or false. */
        BOOLEAN("boolean"),
        /** One of several texts. */
        ENUM("enum"),
        /** A list. */
        ARRAY("array"),
        /** An object with any keys. */
        MAP("map"),
        /** An object with given fields. */
        OBJECT("object");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        private static Kind of(String word) {
            for (Kind kind : values()) {
                if (kind.word.equals(word)) {
                    return kind;
                }
            }
            // A newer Belay may know more.
            return ANY;
        }

        private boolean isSimple() {
            return compareTo(ENUM) < 0;
        }
    }

    /** Keeps its own copies; fields stay in their order. */
    public Shape {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        values = List.copyOf(values);
    }

    static Shape simple(Kind kind) {
        return new Shape(kind, false, Map.of(), null, List.of());
    }

    static Shape object(Map<String, Shape> fields) {
        return new Shape(Kind.OBJECT, false, fields, null, List.of());
    }

    static Shape holding(Kind kind, Shape of) {
        return new Shape(kind, false, Map.of(), of, List.of());
    }

    static Shape oneOf(List<String> values) {
        return new Shape(Kind.ENUM, false, Map.of(), null, values);
    }

    Shape orNull() {
        return new Shape(kind, true, fields, of, values);
    }

    private Shape held() {
        return of == null ? ANY : of;
    }

    // ---- as it is stored

    JsonNode toJson() {
        if (kind.isSimple()) {
            return StringNode.valueOf(optional ? kind.word + "?" : kind.word);
        }
        ObjectNode json = NODES.objectNode();
        json.set(kind.word, content());
        if (optional) {
            json.put(OPTIONAL, true);
        }
        return json;
    }

    private JsonNode content() {
        if (kind == Kind.ENUM) {
            ArrayNode names = NODES.arrayNode();
            values.forEach(names::add);
            return names;
        } else if (kind == Kind.OBJECT) {
            ObjectNode object = NODES.objectNode();
            fields.forEach((name, shape) -> object.set(name, shape.toJson()));
            return object;
        }
        return held().toJson();
    }

    static Shape parse(JsonNode json) {
        if (json.isString()) {
            String word = json.asString();
            boolean optional = word.endsWith("?");
            Shape shape = simple(Kind.of(optional ? word.substring(0, word.length() - 1) : word));
            return optional ? shape.orNull() : shape;
        }
        Shape shape = ANY;
        for (Map.Entry<String, JsonNode> property : json.properties()) {
            if (!property.getKey().equals(OPTIONAL)) {
                shape = parse(Kind.of(property.getKey()), property.getValue());
            }
        }
        return json.has(OPTIONAL) ? shape.orNull() : shape;
    }

    private static Shape parse(Kind kind, JsonNode content) {
        return switch (kind) {
            case ENUM -> {
                List<String> names = new ArrayList<>();
                content.forEach(name -> names.add(name.asString()));
                yield oneOf(names);
            }
            case OBJECT -> {
                Map<String, Shape> fields = new LinkedHashMap<>();
                content.properties().forEach(field -> fields.put(field.getKey(), parse(field.getValue())));
                yield object(fields);
            }
            case ARRAY, MAP -> holding(kind, parse(content));
            default -> ANY;
        };
    }

    // ---- as it is shown

    /** A JSON text in the place of each value of which stands what it is. */
    public String example() {
        return exampleNode().toString();
    }

    private JsonNode exampleNode() {
        return switch (kind) {
            case NULL -> NODES.nullNode();
            case ENUM -> StringNode.valueOf(String.join(" | ", values));
            case ARRAY -> NODES.arrayNode().add(held().exampleNode());
            case MAP -> NODES.objectNode().set("…", held().exampleNode());
            case OBJECT -> {
                ObjectNode object = NODES.objectNode();
                fields.forEach((name, shape) -> object.set(name, shape.exampleNode()));
                yield object;
            }
            default -> StringNode.valueOf(kind.word);
        };
    }

    // ---- as it is compared

    /** What is wrong with {@code value}, in words; empty if it looks like this. */
    public Optional<String> problem(JsonNode value) {
        return problem(value, "");
    }

    private Optional<String> problem(JsonNode value, String path) {
        if (kind == Kind.ANY || (optional && value.isNull())) {
            return Optional.empty();
        }
        boolean fits = switch (kind) {
            case NULL -> value.isNull();
            case STRING, ENUM -> value.isString();
            case INTEGER -> value.isIntegralNumber();
            case NUMBER -> value.isNumber();
            case BOOLEAN -> value.isBoolean();
            case ARRAY -> value.isArray();
            case MAP, OBJECT -> value.isObject();
            case ANY -> true;
        };
        if (!fits) {
            return Optional.of(place(path) + " must be " + words() + ", but is " + words(value));
        }
        return switch (kind) {
            case ENUM ->
                values.contains(value.asString())
                        ? Optional.empty()
                        : Optional.of(place(path) + " must be one of " + values + ", but is another text");
            case ARRAY -> inArray(value, path);
            case MAP -> inMap(value, path);
            case OBJECT -> inObject(value, path);
            default -> Optional.empty();
        };
    }

    private Optional<String> inArray(JsonNode value, String path) {
        int index = 0;
        for (JsonNode item : value) {
            Optional<String> problem = held().problem(item, path + "[" + index++ + "]");
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    private Optional<String> inMap(JsonNode value, String path) {
        return value.properties().stream()
                .map(entry -> held().problem(entry.getValue(), in(path, entry.getKey())))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Optional<String> inObject(JsonNode value, String path) {
        for (Map.Entry<String, JsonNode> given : value.properties()) {
            Shape field = fields.get(given.getKey());
            Optional<String> problem = field == null
                    ? Optional.of("there is no field " + quoted(in(path, given.getKey())) + "; "
                            + (path.isEmpty() ? "it has " : quoted(path) + " has ") + fields.keySet())
                    : field.problem(given.getValue(), in(path, given.getKey()));
            if (problem.isPresent()) {
                return problem;
            }
        }
        for (Map.Entry<String, Shape> field : fields.entrySet()) {
            if (!field.getValue().optional() && field.getValue().kind() != Kind.ANY && !value.has(field.getKey())) {
                return Optional.of("field " + quoted(in(path, field.getKey())) + " is missing; it must be "
                        + field.getValue().words());
            }
        }
        return Optional.empty();
    }

    private static String in(String path, String field) {
        return path.isEmpty() ? field : path + "." + field;
    }

    private static String place(String path) {
        return path.isEmpty() ? "it" : "field " + quoted(path);
    }

    private static String quoted(String path) {
        return "\"" + path + "\"";
    }

    private String words() {
        return switch (kind) {
            case ANY -> "anything";
            case NULL -> "null";
            case STRING -> "a string";
            case INTEGER -> "a whole number";
            case NUMBER -> "a number";
            case BOOLEAN -> "true or false";
            case ENUM -> "one of " + values;
            case ARRAY -> "an array";
            case MAP, OBJECT -> "an object";
        };
    }

    /** What sort of JSON a value is, in words. */
    public static String words(JsonNode value) {
        if (value.isString()) {
            return "a string";
        } else if (value.isIntegralNumber()) {
            return "a whole number";
        } else if (value.isNumber()) {
            return "a number";
        } else if (value.isBoolean()) {
            return "true or false";
        } else if (value.isArray()) {
            return "an array";
        }
        return value.isObject() ? "an object" : "null";
    }

    /** The sort of JSON that a value is, whatever is in it; for numbers, any number. */
    public static Shape sortOf(JsonNode value) {
        if (value.isString()) {
            return simple(Kind.STRING);
        } else if (value.isNumber()) {
            return simple(Kind.NUMBER);
        } else if (value.isBoolean()) {
            return simple(Kind.BOOLEAN);
        } else if (value.isArray()) {
            return holding(Kind.ARRAY, ANY);
        }
        return value.isObject() ? holding(Kind.MAP, ANY) : ANY;
    }
}
