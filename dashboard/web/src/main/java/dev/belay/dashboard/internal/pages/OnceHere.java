package dev.belay.dashboard.internal.pages;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What came of the last requests that the engine itself cannot tell apart from their repetitions. Kept by this process only: a form that
 * is sent twice comes to the same one. Thread-safe.
 */
public final class OnceHere {
    private static final int MOST = 1_000;

    private final Map<UUID, Decision.Done> results = new LinkedHashMap<>();

    /** Does {@code work}, unless that request did so before; returns what came of it. */
    public synchronized Decision.Done once(UUID request, Supplier<Decision.Done> work) {
        Decision.Done before = results.get(request);
        if (before != null) {
            return before;
        }
        Decision.Done result = work.get();
        results.put(request, result);
        if (results.size() > MOST) {
            results.remove(results.keySet().iterator().next());
        }
        return result;
    }
}
