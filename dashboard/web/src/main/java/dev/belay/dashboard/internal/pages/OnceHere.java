package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.web.Call;
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

    private final Map<Asked, Decision.Done> results = new LinkedHashMap<>();

    /** A request is the same if somebody asks the same address under the same id. */
    private record Asked(UUID id, String path, String actor) {}

    /** Does {@code work}, unless that request did so before; returns what came of it. */
    public synchronized Decision.Done once(Call call, Supplier<Decision.Done> work) {
        Asked request = new Asked(
                call.requestId(),
                call.request().getRequestURI(),
                call.principal().name());
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
