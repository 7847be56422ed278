package dev.belay.internal.worker;

import dev.belay.internal.coordinator.Coordinator;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks, after branches have ended by the group commit, whether their group is through. Many branches of one group end at about the
 * same time: the last one that this worker holds looks, and one look serves all that ended before it begins. A look that fails is
 * made up for by the upkeep.
 */
final class Joins {
    private static final Logger log = LoggerFactory.getLogger(Joins.class);

    private final RunningWorker worker;
    private final Coordinator coordinator;
    private final Crew crew;
    private final Set<Group> toLookAt = ConcurrentHashMap.newKeySet();

    private final AtomicInteger open = new AtomicInteger();

    private record Group(UUID saga, int parent) {}

    Joins(RunningWorker worker, Coordinator coordinator, Crew crew) {
        this.worker = worker;
        this.coordinator = coordinator;
        this.crew = crew;
    }

    void left(UUID saga, int parent) {
        Group group = new Group(saga, parent);
        if (crew.holds(saga, parent)) {
            // Another branch of the group runs here: it looks when it ends.
            return;
        }
        if (toLookAt.add(group)) {
            open.incrementAndGet();
            crew.execute(() -> look(group));
        }
    }

    /** Waits until every look that was asked for has been taken, at most for the given time. */
    void awaitEmpty(Duration atMost) {
        long until = System.nanoTime() + atMost.toNanos();
        while (open.get() > 0 && System.nanoTime() - until < 0) {
            Bell.pause(Duration.ofMillis(5));
        }
    }

    private void look(Group group) {
        toLookAt.remove(group);
        try {
            coordinator.join(group.saga(), group.parent());
            worker.wake();
        } catch (RuntimeException e) {
            log.warn(
                    "Whether the branches of saga {} have come to their end is looked at again later", group.saga(), e);
        }
    }
}
