package dev.belay.dashboard.internal.api;

import dev.belay.dashboard.internal.web.Method;
import dev.belay.dashboard.internal.web.Route;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Describes the API as OpenAPI 3.1 has it, from its routes. */
final class OpenApi {
    private static final Pattern VARIABLE = Pattern.compile("\\{([^}]*)}");
    private static final String ABOUT =
            "What the dashboard's pages show and do, for programs; with the same permissions."
                    + " Times are ISO 8601 in UTC, what is missing is null, and numbers have all their digits.";

    private OpenApi() {}

    /**
     * The description.
     *
     * @param base where the dashboard is, as a path
     */
    static Map<String, Object> of(List<Endpoint> endpoints, String base, String version) {
        Schemas schemas = new Schemas();
        Map<String, Map<String, Object>> paths = new LinkedHashMap<>();
        for (Endpoint endpoint : endpoints) {
            paths.computeIfAbsent(endpoint.route().pattern(), path -> new LinkedHashMap<>())
                    .put(word(endpoint.route().method()), operation(endpoint, schemas));
        }
        schemas.components().put("Error", error(schemas));
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("openapi", "3.1.0");
        document.put("info", Map.of("title", "Belay dashboard", "version", version, "description", ABOUT));
        document.put("servers", List.of(Map.of("url", base.isEmpty() ? "/" : base)));
        document.put("paths", paths);
        document.put("components", Map.of("schemas", schemas.components()));
        return document;
    }

    private static String word(Method method) {
        return method.name().toLowerCase(Locale.ROOT);
    }

    private static Map<String, Object> operation(Endpoint endpoint, Schemas schemas) {
        Route route = endpoint.route();
        boolean changes = route.method() == Method.POST;
        List<Map<String, Object>> parameters = new ArrayList<>();
        Matcher variables = VARIABLE.matcher(route.pattern());
        while (variables.find()) {
            parameters.add(parameter("path", variables.group(1), true, variable(variables.group(1)), ""));
        }
        if (changes) {
            parameters.add(parameter(
                    "header",
                    "X-Belay-Request",
                    true,
                    type("uuid"),
                    "A new one for each request; the same one when it is sent again, which then acts once."));
        } else {
            route.parameters()
                    .forEach(one -> parameters.add(
                            parameter("query", one.name(), one.required(), type(one.type()), one.meaning())));
        }
        Map<String, Object> operation = new LinkedHashMap<>();
        operation.put("operationId", id(route));
        operation.put("summary", route.summary());
        route.access().permission().ifPresent(permission -> operation.put("x-permission", permission.word()));
        operation.put("parameters", parameters);
        if (changes) {
            operation.put("requestBody", body(route));
        }
        Map<String, Object> responses = new LinkedHashMap<>();
        responses.put("200", answer("What was asked for.", schemas.of(endpoint.answer())));
        responses.put("default", answer("It was refused, or failed.", Map.of("$ref", "#/components/schemas/Error")));
        operation.put("responses", responses);
        return operation;
    }

    private static Map<String, Object> parameter(
            String in, String name, boolean required, Map<String, Object> schema, String meaning) {
        Map<String, Object> parameter = new LinkedHashMap<>();
        parameter.put("in", in);
        parameter.put("name", name);
        parameter.put("required", required);
        if (!meaning.isEmpty()) {
            parameter.put("description", meaning);
        }
        parameter.put("schema", schema);
        return parameter;
    }

    private static Map<String, Object> body(Route route) {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (Route.Parameter one : route.parameters()) {
            Map<String, Object> schema = new LinkedHashMap<>(type(one.type()));
            schema.put("description", one.meaning());
            properties.put(one.name(), schema);
        }
        List<String> required = route.parameters().stream()
                .filter(Route.Parameter::required)
                .map(Route.Parameter::name)
                .toList();
        Map<String, Object> schema = Map.of("type", "object", "properties", properties, "required", required);
        return Map.of("required", true, "content", Map.of("application/json", Map.of("schema", schema)));
    }

    private static Map<String, Object> answer(String words, Map<String, Object> schema) {
        return Map.of("description", words, "content", Map.of("application/json", Map.of("schema", schema)));
    }

    private static Map<String, Object> variable(String name) {
        return switch (name) {
            case "id" -> type("uuid");
            case "branch", "seq" -> type("integer");
            default -> type("string");
        };
    }

    private static Map<String, Object> type(String word) {
        return switch (word) {
            case "json" -> Map.of();
            case "uuid" -> Map.of("type", "string", "format", "uuid");
            case "uuids" -> Map.of("type", "array", "items", type("uuid"));
            case "strings" -> Map.of("type", "array", "items", type("string"));
            case "string", "integer", "boolean" -> Map.of("type", word);
            default -> throw new IllegalArgumentException("No parameter is of the type \"" + word + "\".");
        };
    }

    private static Map<String, Object> error(Schemas schemas) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("error", Map.of("type", "string", "description", "A word to act on."));
        properties.put("words", Map.of("type", "string", "description", "What is wrong, for people."));
        properties.put(
                "problems",
                Map.of(
                        "type",
                        "array",
                        "description",
                        "Of a query that cannot be understood: what is wrong at which place.",
                        "items",
                        schemas.of(Shape.of(BadQuery.Problem.class))));
        return Schemas.object(properties, List.of("error", "words"));
    }

    /** Its method and path as one word. */
    private static String id(Route route) {
        StringBuilder id = new StringBuilder(word(route.method()));
        for (String part : route.pattern().substring("/api/".length()).split("[^A-Za-z]+")) {
            if (!part.isEmpty()) {
                id.append(Character.toUpperCase(part.charAt(0))).append(part.substring(1));
            }
        }
        return id.toString();
    }
}
