package dev.belay.inspect;

import dev.belay.SagaState;
import java.util.List;
import java.util.Map;

/**
 * A definition with its open sagas.
 *
 * @param versions every version that was ever opened here, in their order
 * @param open how many open sagas are in which state
 * @param paused whether it is paused
 */
public record DefinitionStatus(
        String name, String queue, List<Integer> versions, Map<SagaState, Long> open, boolean paused) {
    /** Keeps its own copies. */
    public DefinitionStatus {
        versions = List.copyOf(versions);
        open = Map.copyOf(open);
    }
}
