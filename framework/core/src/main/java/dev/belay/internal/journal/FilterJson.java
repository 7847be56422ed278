package dev.belay.internal.journal;

import dev.belay.inspect.Condition;
import dev.belay.inspect.Field;
import dev.belay.inspect.SagaFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A filter as JSON, to be kept. Written field by field: what is stored must be read by other versions too. */
public final class FilterJson {
    private static final Logger log = LoggerFactory.getLogger(FilterJson.class);
    private static final JsonMapper JSON = JsonMapper.shared();

    private FilterJson() {}

    /** The JSON of a filter. */
    public static String write(SagaFilter filter) {
        ObjectNode root = JSON.createObjectNode();
        root.put("oldestFirst", filter.oldestFirst());
        ArrayNode conditions = root.putArray("conditions");
        for (Condition condition : filter.conditions()) {
            ObjectNode one = conditions.addObject();
            one.put("field", condition.field().name());
            ArrayNode path = one.putArray("path");
            condition.path().forEach(path::add);
            one.put("test", condition.test().name());
            ArrayNode values = one.putArray("values");
            condition.values().forEach(values::add);
            one.put("negated", condition.negated());
        }
        return JSON.writeValueAsString(root);
    }

    /**
     * The filter that a JSON text holds, to be shown: which sagas it meant was settled when it was written. So a condition with a word of
     * a newer version is left out.
     */
    public static SagaFilter read(String json) {
        JsonNode root = JSON.readTree(json);
        List<Condition> conditions = new ArrayList<>();
        for (JsonNode one : root.path("conditions")) {
            condition(one).ifPresent(conditions::add);
        }
        return new SagaFilter(conditions, root.path("oldestFirst").asBoolean());
    }

    private static Optional<Condition> condition(JsonNode one) {
        try {
            return Optional.of(new Condition(
                    Field.valueOf(one.path("field").asString()),
                    texts(one.path("path")),
                    Condition.Test.valueOf(one.path("test").asString()),
                    texts(one.path("values")),
                    one.path("negated").asBoolean()));
        } catch (IllegalArgumentException e) {
            log.debug("A condition of a newer version is not shown: {}", one, e);
            return Optional.empty();
        }
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asString()));
        return texts;
    }
}
