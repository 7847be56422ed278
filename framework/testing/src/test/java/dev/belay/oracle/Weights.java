package dev.belay.oracle;

import java.util.EnumMap;
import java.util.Map;
import java.util.Random;

/** How likely each event is. */
final class Weights {
    private static final int UNIT = 10;

    private final Map<Event, Integer> weights = new EnumMap<>(Event.class);

    /** Every decision, allowed or not, has {@code decisions} tenths to begin with. */
    Weights(int decisions) {
        for (Event event : Event.values()) {
            if (event.isDecision() && event != Event.RESOLVE_STALE) {
                weights.put(event, decisions);
            }
        }
    }

    Weights add(Event event, int weight) {
        weights.merge(event, weight * UNIT, Integer::sum);
        return this;
    }

    Event pick(Random random) {
        int at = random.nextInt(
                weights.values().stream().mapToInt(Integer::intValue).sum());
        for (Map.Entry<Event, Integer> one : weights.entrySet()) {
            at -= one.getValue();
            if (at < 0) {
                return one.getKey();
            }
        }
        throw new AssertionError("The weights are used up");
    }
}
