package dev.belay.internal.coordinator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The sagas of open decisions that could not be decided about for a passing reason, as this process saw it. Each is left alone for a
 * while, longer every time, so that the others have their turn. Thread-safe.
 */
final class Misses {
    private static final int MOST = 20;
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private record Item(UUID bulk, UUID saga) {}

    private record Miss(int times, long againAt) {}

    private final Map<Item, Miss> missed = new HashMap<>();

    /** Notes one more; says whether it has been often enough to give up. */
    synchronized boolean add(UUID bulk, UUID saga) {
        Item item = new Item(bulk, saga);
        Miss before = missed.get(item);
        int times = before == null ? 1 : before.times() + 1;
        missed.put(item, new Miss(times, System.nanoTime() + PAUSE.toNanos() * times));
        return times >= MOST;
    }

    /** Those of a decision that are left alone for now. */
    synchronized List<UUID> waiting(UUID bulk) {
        if (missed.isEmpty()) {
            return List.of();
        }
        long now = System.nanoTime();
        List<UUID> waiting = new ArrayList<>();
        missed.forEach((item, miss) -> {
            if (item.bulk().equals(bulk) && miss.againAt() - now > 0) {
                waiting.add(item.saga());
            }
        });
        return waiting;
    }

    synchronized void forget(UUID bulk, UUID saga) {
        missed.remove(new Item(bulk, saga));
    }

    synchronized void keepOnly(Collection<UUID> bulks) {
        missed.keySet().removeIf(item -> !bulks.contains(item.bulk()));
    }
}
