package dev.belay.jobrunr;

import java.io.OutputStream;
import java.util.List;
import java.util.Set;
import org.jobrunr.utils.mapper.JsonMapper;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads rows in which only allowed types are named. JobRunr's own mapper asks its list of types about the insides of a job's parameters alone: the
 * class to run, and those of the parameters, it takes from the row as they are. Here a name that is not allowed is read as one of no
 * class, so that JobRunr fails that job and no other; in the row it stays what it was.
 */
final class AllowedTypes implements JsonMapper {
    private static final String REFUSED = "not-allowed-by-belay:";
    private static final ObjectMapper TREES = new ObjectMapper();

    private static final Set<String> OWN = Set.of(
            StepJob.class.getName(),
            StepJobHandler.class.getName(),
            RecurringSagaJob.class.getName(),
            RecurringSagaHandler.class.getName(),
            UpkeepJob.class.getName(),
            UpkeepHandler.class.getName());

    private static final Set<String> VALUES = Set.of(
            "boolean",
            "byte",
            "short",
            "int",
            "long",
            "float",
            "double",
            "char",
            "java.lang.Boolean",
            "java.lang.Byte",
            "java.lang.Short",
            "java.lang.Integer",
            "java.lang.Long",
            "java.lang.Float",
            "java.lang.Double",
            "java.lang.Character",
            "java.lang.String",
            "java.math.BigDecimal",
            "java.math.BigInteger",
            "java.time.Duration",
            "java.time.Instant",
            "java.time.LocalDate",
            "java.time.LocalDateTime",
            "java.util.UUID",
            "org.jobrunr.jobs.context.JobContext");

    private final JsonMapper mapper;
    private final List<String> prefixes;

    AllowedTypes(JsonMapper mapper, List<String> prefixes) {
        this.mapper = mapper;
        this.prefixes = prefixes;
    }

    @Override
    public String serialize(Object object) {
        return mapper.serialize(object).replace(REFUSED, "");
    }

    @Override
    public void serialize(OutputStream out, Object object) {
        mapper.serialize(out, object);
    }

    @Override
    public <T> T deserialize(String json, Class<T> type) {
        return mapper.deserialize(checked(json), type);
    }

    private String checked(String json) {
        JsonNode row = TREES.readTree(json);
        if (!(row.get("jobDetails") instanceof ObjectNode details)) {
            return json;
        }
        boolean changed = refuse(details, "className", false);
        JsonNode parameters = details.path("jobParameters");
        for (int i = 0; i < parameters.size(); i++) {
            if (parameters.get(i) instanceof ObjectNode parameter) {
                changed |= refuse(parameter, "className", true);
                changed |= refuse(parameter, "actualClassName", true);
            }
        }
        return changed ? TREES.writeValueAsString(row) : json;
    }

    private boolean refuse(ObjectNode node, String field, boolean values) {
        String name = node.path(field).asString("");
        boolean allowed = name.isEmpty()
                || OWN.contains(name)
                || (values && VALUES.contains(name))
                || prefixes.stream().anyMatch(name::startsWith);
        if (!allowed) {
            node.put(field, REFUSED + name);
        }
        return !allowed;
    }
}
