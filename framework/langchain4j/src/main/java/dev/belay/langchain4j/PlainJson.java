package dev.belay.langchain4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * LangChain4j's values as JSON that is the same in every process: names sorted, nothing that is empty. Parameters of providers are read
 * by their accessors, whatever the provider's library.
 */
final class PlainJson {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Set<String> NO_ACCESSORS =
            Set.of("hashCode", "toString", "toBuilder", "getClass", "clone", "toJson");

    private PlainJson() {}

    /** All of a request but its messages and its model. */
    static String parameters(ChatRequestParameters parameters) {
        Map<String, Object> plain = accessors(parameters);
        plain.remove("modelName");
        return JSON.writeValueAsString(plain);
    }

    /** The same JSON with sorted names. */
    static String sorted(String json) {
        return JSON.writeValueAsString(plain(JSON.readValue(json, Object.class), true));
    }

    static boolean isJson(String text) {
        try {
            JSON.readTree(text);
            return true;
        } catch (tools.jackson.core.JacksonException e) {
            return false;
        }
    }

    static String text(String text) {
        return JSON.writeValueAsString(text);
    }

    static String textOf(String json) {
        return JSON.readTree(json).stringValue();
    }

    private static Map<String, Object> accessors(Object value) {
        Map<String, Object> plain = new TreeMap<>();
        for (Method method : value.getClass().getMethods()) {
            if (method.getParameterCount() == 0
                    && !Modifier.isStatic(method.getModifiers())
                    && method.getReturnType() != void.class
                    && !method.isBridge()
                    && method.getDeclaringClass() != Object.class
                    && !NO_ACCESSORS.contains(method.getName())) {
                Object read = plain(read(value, method), false);
                if (read != null) {
                    plain.put(method.getName(), read);
                }
            }
        }
        return plain;
    }

    private static @Nullable Object read(Object value, Method method) {
        try {
            method.trySetAccessible();
            return method.invoke(value);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(
                    "Parameter \"" + method.getName() + "\" of "
                            + value.getClass().getName() + " cannot be read, so the request cannot be recorded.",
                    e);
        }
    }

    private static @Nullable Object plain(@Nullable Object value, boolean withEmpty) {
        if (value == null || value instanceof String || value instanceof Number || value instanceof Boolean) {
            return value;
        }
        if (value instanceof Enum<?> constant) {
            return constant.name();
        }
        if (value instanceof Optional<?> maybe) {
            return plain(maybe.orElse(null), withEmpty);
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> sorted = new TreeMap<>();
            map.forEach((key, each) -> {
                Object plain = plain(each, withEmpty);
                if (plain != null) {
                    sorted.put(String.valueOf(key), plain);
                }
            });
            return sorted.isEmpty() && !withEmpty ? null : sorted;
        }
        if (value instanceof Collection<?> many) {
            Stream<@Nullable Object> each = many.stream().map(one -> plain(one, withEmpty));
            boolean unordered = value instanceof Set || many.stream().anyMatch(ToolSpecification.class::isInstance);
            List<?> list = (unordered ? each.sorted(Comparator.comparing(JSON::writeValueAsString)) : each)
                    .filter(Objects::nonNull)
                    .toList();
            return list.isEmpty() && !withEmpty ? null : list;
        }
        if (value instanceof ToolSpecification tool) {
            return plain(JSON.readValue(tool.toJson(), Object.class), false);
        }
        if (value.getClass().getName().startsWith("dev.langchain4j.")) {
            Map<String, Object> plain = accessors(value);
            if (value instanceof JsonSchemaElement) {
                plain.put("is", value.getClass().getSimpleName());
            }
            return plain;
        }
        return plain(JSON.convertValue(value, Object.class), withEmpty);
    }
}
