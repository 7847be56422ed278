package dev.belay.benchmark;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** All that a run measured; as a file a list of figures, each with its workload and its system. */
record Figures(List<Measured> measured, List<Latency> latencies) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /** @throws IllegalArgumentException if the file does not hold what {@link #write} writes */
    static Figures read(Path file) {
        JsonNode list = JSON.readTree(file.toFile());
        if (!list.isArray()) {
            throw new IllegalArgumentException(
                    "\"" + file + "\" is not a list of figures. Give a file that --json wrote.");
        }
        return new Figures(all(list, "stepsPerSecond", Measured.class), all(list, "p99Ms", Latency.class));
    }

    private static <T> List<T> all(JsonNode list, String has, Class<T> type) {
        return StreamSupport.stream(list.spliterator(), false)
                .filter(figure -> figure.has(has))
                .map(figure -> JSON.treeToValue(figure, type))
                .toList();
    }

    void write(Path file) {
        JSON.writeValue(
                file.toFile(),
                Stream.of(measured, latencies).flatMap(List::stream).toList());
    }

    List<Measured> of(Workload workload) {
        return measured.stream()
                .filter(each -> each.workload().equals(workload.label()))
                .toList();
    }

    Optional<Measured> of(Workload workload, String system) {
        return of(workload).stream()
                .filter(each -> each.system().equals(system))
                .findFirst();
    }

    /** How many times as fast Belay was at the same work, if it took part. */
    Optional<Double> belayTo(Measured other) {
        return measured.stream()
                .filter(each -> each.workload().equals(other.workload())
                        && each.system().equals("belay"))
                .findFirst()
                .map(belay -> belay.stepsPerSecond() / other.stepsPerSecond());
    }

    Optional<Latency> latency(Workload workload, String system) {
        return latencies.stream()
                .filter(each -> each.workload().equals(workload.label()))
                .filter(each -> each.system().equals(system))
                .findFirst();
    }
}
