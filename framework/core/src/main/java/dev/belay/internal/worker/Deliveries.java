package dev.belay.internal.worker;

import dev.belay.SagaListener;
import dev.belay.Webhook;
import dev.belay.internal.journal.OutboxTable.Due;
import dev.belay.internal.journal.OutboxTable.Want;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners and webhooks of what happened to sagas, at least once each.
 *
 * <p>The loop addresses new events to their receivers and claims a batch for each receiver that is not at work on one. A batch is
 * worked through on threads of its own, so a receiver that is slow or fails holds up its own events and no others.
 */
final class Deliveries {
    private static final Logger log = LoggerFactory.getLogger(Deliveries.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(30);
    private static final int MOST_DOUBLINGS = 6;
    private static final int AT_ONCE = 100;
    private static final int POSTS_AT_ONCE = 8;

    /** A claim outlasts the last delivery that is begun under it: by a webhook's longest timeout, and some seconds. */
    private static final Duration LEASE = Duration.ofSeconds(60);

    private static final Duration BEGIN_WITHIN = Duration.ofSeconds(20);

    private final RunningWorker.Engine engine;
    private final Duration poll;
    private final Runnable wake;
    private final Set<String> busy = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "belay-tell");
        thread.setDaemon(true);
        return thread;
    });
    private volatile boolean stopping;

    /** Deliveries of a worker; {@code wake} makes the loop run again. */
    Deliveries(RunningWorker.Engine engine, Duration poll, Runnable wake) {
        this.engine = engine;
        this.poll = poll;
        this.wake = wake;
    }

    Duration runOnce() {
        List<Want> wants = engine.definitions().wants();
        if (wants.isEmpty()) {
            return Duration.ofMinutes(10);
        }
        if (!engine.jdbi().withHandle(handle -> engine.tables().outbox().isAnyDue(handle, wants))) {
            return poll;
        }
        int addressed =
                engine.jdbi().withHandle(handle -> engine.tables().outbox().address(handle, wants, AT_ONCE));
        claim(wants);
        return addressed == AT_ONCE ? Duration.ZERO : poll;
    }

    private void claim(List<Want> wants) {
        Set<String> free = wants.stream()
                .map(Want::receiver)
                .filter(receiver -> !busy.contains(receiver))
                .collect(Collectors.toSet());
        Set<Integer> plans = wants.stream().map(Want::planId).collect(Collectors.toSet());
        if (free.isEmpty()) {
            return;
        }
        List<Due> claimed =
                engine.jdbi().withHandle(handle -> engine.tables().outbox().claim(handle, free, plans, LEASE, AT_ONCE));
        Map<String, List<Due>> byReceiver = claimed.stream().collect(Collectors.groupingBy(Due::receiver));
        byReceiver.forEach((receiver, batch) -> new Batch(receiver, batch).begin());
    }

    private @Nullable SagaListener receiver(Due due) {
        return engine.definitions().plan(due.planId()).receivers().get(due.receiver());
    }

    /** Lets what is being told end for a moment, and hands back what is not. */
    void stop() {
        stopping = true;
        threads.shutdown();
        try {
            threads.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What was claimed for one receiver. */
    private final class Batch {
        private final String receiver;
        private final Queue<Due> waiting;
        private final AtomicInteger atWork;
        private final long claimedAt = System.nanoTime();

        Batch(String receiver, List<Due> claimed) {
            this.receiver = receiver;
            this.waiting = new ConcurrentLinkedQueue<>(claimed);
            boolean posts = receiver(claimed.get(0)) instanceof Webhook;
            this.atWork = new AtomicInteger(posts ? Math.min(POSTS_AT_ONCE, claimed.size()) : 1);
        }

        void begin() {
            busy.add(receiver);
            for (int i = atWork.get(); i > 0; i--) {
                threads.execute(this::work);
            }
        }

        private void work() {
            try {
                Due due = next();
                while (due != null) {
                    tell(due);
                    due = next();
                }
                handBack();
            } finally {
                if (atWork.decrementAndGet() == 0) {
                    busy.remove(receiver);
                    wake.run();
                }
            }
        }

        private @Nullable Due next() {
            boolean late = System.nanoTime() - claimedAt > BEGIN_WITHIN.toNanos();
            return stopping || late ? null : waiting.poll();
        }

        private void handBack() {
            List<Due> unheard = new ArrayList<>();
            for (Due due = waiting.poll(); due != null; due = waiting.poll()) {
                unheard.add(due);
            }
            if (!unheard.isEmpty()) {
                note(handle -> engine.tables().outbox().handBack(handle, unheard));
            }
        }
    }

    private void tell(Due due) {
        SagaListener receiver = receiver(due);
        Duration wait = RETRY_AFTER.multipliedBy(1L << Math.min(due.tries() - 1, MOST_DOUBLINGS));
        if (receiver == null) {
            // Another process has a receiver of that name for this definition; here only another definition has one.
            note(handle -> engine.tables().outbox().failed(handle, due, wait));
            return;
        }
        try {
            receiver.heard(due.event());
        } catch (Exception | Error e) {
            log.warn(
                    "Event {} ({} of saga {}) could not be told to \"{}\" at try {}; it is told again in {}: {}",
                    due.event().id(),
                    due.event().type(),
                    due.event().saga(),
                    due.receiver(),
                    due.tries(),
                    wait,
                    e.toString());
            log.debug("Event {} could not be told", due.event().id(), e);
            note(handle -> engine.tables().outbox().failed(handle, due, wait));
            return;
        } finally {
            // An interrupt that the receiver left would disturb the next.
            Thread.interrupted();
        }
        note(handle -> engine.tables().outbox().delivered(handle, due));
    }

    /** If the database does not take it, the claim runs out, and the event is told again. */
    private void note(Consumer<Handle> what) {
        try {
            engine.jdbi().useHandle(what::accept);
        } catch (RuntimeException e) {
            log.warn("What became of an event's delivery could not be noted; it is told again: {}", e.toString());
        }
    }
}
