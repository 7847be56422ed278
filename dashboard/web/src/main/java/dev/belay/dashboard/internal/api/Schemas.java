package dev.belay.dashboard.internal.api;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * JSON Schemas of records as they are written: every part is there, what may be missing is null, and there is nothing else. Collects what
 * the schemas refer to.
 */
final class Schemas {
    private static final Map<Class<?>, Map<String, Object>> PLAIN = Map.ofEntries(
            Map.entry(String.class, Map.of("type", "string")),
            Map.entry(int.class, Map.of("type", "integer")),
            Map.entry(Integer.class, Map.of("type", "integer")),
            Map.entry(long.class, Map.of("type", "integer")),
            Map.entry(Long.class, Map.of("type", "integer")),
            Map.entry(boolean.class, Map.of("type", "boolean")),
            Map.entry(BigDecimal.class, Map.of("type", "number")),
            Map.entry(Instant.class, Map.of("type", "string", "format", "date-time")),
            Map.entry(Duration.class, Map.of("type", "string", "format", "duration")),
            Map.entry(LocalDate.class, Map.of("type", "string", "format", "date")),
            Map.entry(UUID.class, Map.of("type", "string", "format", "uuid")),
            Map.entry(JsonNode.class, Map.of()));

    private final Map<String, Object> components = new TreeMap<>();

    /** What was referred to so far, by name. */
    Map<String, Object> components() {
        return components;
    }

    Map<String, Object> of(Shape shape) {
        Map<String, Object> one = of(shape.type());
        if (!shape.page()) {
            return one;
        }
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("items", Map.of("type", "array", "items", one));
        properties.put("next", orNull(Map.of("type", "string")));
        properties.put("searchedBackTo", orNull(Map.of("type", "string", "format", "date-time")));
        return object(properties, List.copyOf(properties.keySet()));
    }

    static Map<String, Object> object(Map<String, Object> properties, List<String> required) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("properties", properties);
        schema.put("required", required);
        schema.put("additionalProperties", false);
        return schema;
    }

    private Map<String, Object> of(Type type) {
        if (type instanceof ParameterizedType generic) {
            return of(generic);
        }
        Class<?> plain = (Class<?>) type;
        if (PLAIN.containsKey(plain)) {
            return PLAIN.get(plain);
        } else if (plain == OptionalInt.class) {
            return orNull(Map.of("type", "integer"));
        } else if (plain.isEnum()) {
            List<String> names = Stream.of(plain.getEnumConstants())
                    .map(one -> ((Enum<?>) one).name())
                    .toList();
            return Map.of("type", "string", "enum", names);
        } else if (plain.isRecord()) {
            return record(plain);
        }
        throw new IllegalArgumentException(plain.getName()
                + " has no schema: an answer is made of records, enums, lists, maps, optional and plain values.");
    }

    private Map<String, Object> of(ParameterizedType generic) {
        Type raw = generic.getRawType();
        Type[] of = generic.getActualTypeArguments();
        if (raw == Optional.class) {
            return orNull(of(of[0]));
        } else if (raw == List.class || raw == Set.class) {
            return Map.of("type", "array", "items", of(of[0]));
        } else if (raw == Map.class) {
            return Map.of("type", "object", "additionalProperties", of(of[1]));
        }
        throw new IllegalArgumentException(generic + " has no schema.");
    }

    private Map<String, Object> record(Class<?> type) {
        String name = name(type);
        if (!components.containsKey(name)) {
            // Its place is taken first, for a record may hold its like.
            components.put(name, Map.of());
            Map<String, Object> properties = new LinkedHashMap<>();
            List<String> required = new ArrayList<>();
            for (RecordComponent part : type.getRecordComponents()) {
                properties.put(part.getName(), of(part.getGenericType()));
                required.add(part.getName());
            }
            components.put(name, object(properties, required));
        }
        return Map.of("$ref", "#/components/schemas/" + name);
    }

    private static String name(Class<?> type) {
        String own = type.getSimpleName().replaceFirst("Json$", "");
        Class<?> around = type.getEnclosingClass();
        return around == null || !around.isRecord() ? own : name(around) + own;
    }

    private static Map<String, Object> orNull(Map<String, Object> schema) {
        return schema.isEmpty() ? schema : Map.of("anyOf", List.of(schema, Map.of("type", "null")));
    }
}
