package dev.belay.dashboard.api;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/** Checks JSON against the schemas of a description, by the keywords that are used there; any other keyword is an error of its own. */
final class SchemaCheck {
    private static final Set<String> KEYWORDS = Set.of(
            "$ref",
            "type",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "anyOf",
            "enum",
            "format",
            "description");

    private final JsonNode document;

    SchemaCheck(JsonNode document) {
        this.document = document;
    }

    /** What is wrong with {@code value}, each with its place. */
    List<String> problems(JsonNode value, JsonNode schema) {
        List<String> problems = new ArrayList<>();
        check(value, schema, "answer", problems);
        return problems;
    }

    private void check(JsonNode value, JsonNode schema, String at, List<String> problems) {
        Set<String> unknown = new HashSet<>(schema.propertyNames());
        unknown.removeAll(KEYWORDS);
        if (!unknown.isEmpty()) {
            problems.add(at + ": keywords nobody checks: " + unknown);
        }
        if (schema.has("$ref")) {
            JsonNode target = document.at(schema.get("$ref").stringValue().substring(1));
            if (target.isMissingNode()) {
                problems.add(at + ": no schema at " + schema.get("$ref"));
            } else {
                check(value, target, at, problems);
            }
        }
        if (schema.has("anyOf")) {
            boolean fits = schema.get("anyOf")
                    .valueStream()
                    .anyMatch(one -> problems(value, one).isEmpty());
            if (!fits) {
                problems.add(at + ": " + value + " is none of " + schema.get("anyOf"));
            }
        }
        if (schema.has("type") && !isOf(value, schema.get("type").stringValue())) {
            problems.add(at + ": " + value + " is no " + schema.get("type"));
            return;
        }
        if (schema.has("enum") && schema.get("enum").valueStream().noneMatch(value::equals)) {
            problems.add(at + ": " + value + " is none of " + schema.get("enum"));
        }
        if (schema.has("format")
                && !fits(value.stringValue(), schema.get("format").stringValue())) {
            problems.add(at + ": " + value + " is no " + schema.get("format"));
        }
        if (schema.has("items")) {
            for (int i = 0; i < value.size(); i++) {
                check(value.get(i), schema.get("items"), at + "[" + i + "]", problems);
            }
        }
        checkParts(value, schema, at, problems);
    }

    private void checkParts(JsonNode value, JsonNode schema, String at, List<String> problems) {
        schema.path("required").forEach(name -> {
            if (!value.has(name.stringValue())) {
                problems.add(at + ": lacks " + name);
            }
        });
        if (!value.isObject()) {
            return;
        }
        JsonNode others = schema.path("additionalProperties");
        value.properties().forEach(part -> {
            String place = at + "." + part.getKey();
            JsonNode own = schema.path("properties").path(part.getKey());
            if (!own.isMissingNode()) {
                check(part.getValue(), own, place, problems);
            } else if (others.isObject()) {
                check(part.getValue(), others, place, problems);
            } else if (others.isBoolean()) {
                problems.add(place + ": is not in the schema");
            }
        });
    }

    private static boolean isOf(JsonNode value, String type) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> throw new IllegalArgumentException(type);
        };
    }

    private static boolean fits(String text, String format) {
        try {
            switch (format) {
                case "date-time" -> Instant.parse(text);
                case "date" -> LocalDate.parse(text);
                case "duration" -> Duration.parse(text);
                case "uuid" -> UUID.fromString(text);
                default -> throw new IllegalArgumentException(format);
            }
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }
}
