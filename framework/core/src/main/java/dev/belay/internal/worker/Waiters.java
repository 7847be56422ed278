package dev.belay.internal.worker;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** Those in this process who wait for a saga: told when a worker here is done with it, so that they look at once. */
public final class Waiters {
    private final Map<UUID, Set<Bell>> waiting = new ConcurrentHashMap<>();

    /** Somebody waiting for one saga. */
    public final class Waiter implements AutoCloseable {
        private final UUID saga;
        private final Bell bell = new Bell();

        private Waiter(UUID saga) {
            this.saga = saga;
            waiting.compute(saga, (id, bells) -> {
                Set<Bell> all = bells == null ? ConcurrentHashMap.newKeySet() : bells;
                all.add(bell);
                return all;
            });
        }

        /** Waits until a worker here is done with the saga, at most for the given time. */
        public void await(Duration atMost) {
            bell.await(atMost);
        }

        @Override
        public void close() {
            waiting.computeIfPresent(saga, (id, bells) -> {
                bells.remove(bell);
                return bells.isEmpty() ? null : bells;
            });
        }
    }

    /** Begins to wait. Look at the saga after this, not before, or its end may be missed. */
    public Waiter forSaga(UUID saga) {
        return new Waiter(saga);
    }

    void tell(UUID saga) {
        if (!waiting.isEmpty()) {
            waiting.getOrDefault(saga, Set.of()).forEach(Bell::ring);
        }
    }
}
