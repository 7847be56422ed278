package dev.belay.internal.worker;

import dev.belay.internal.journal.Schema;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArraySet;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Says that there is something to do: to the workers of this process by a call, to those of others by NOTIFY. The latter is sent
 * on a connection and a thread of its own, after the commit it tells of; the first at once, those within the next 10 ms together.
 */
public final class Notifier implements AutoCloseable {
    private static final Duration TOGETHER = Duration.ofMillis(10);
    private static final Duration LONG = Duration.ofHours(1);
    static final String WAKE = "wake";
    static final String STOP = "stop ";
    static final String CONTROL = "control";
    static final String BULK = "bulk";

    private final Jdbi jdbi;
    private final Schema schema;
    private final Set<RunningWorker> local = new CopyOnWriteArraySet<>();
    private final Set<String> unsent = new LinkedHashSet<>();
    private @Nullable Loop loop;

    /** A notifier for one schema. */
    public Notifier(Jdbi jdbi, Schema schema) {
        this.jdbi = jdbi;
        this.schema = schema;
    }

    static String channel(Schema schema) {
        return "belay_" + schema.name();
    }

    void register(RunningWorker worker) {
        local.add(worker);
    }

    void unregister(RunningWorker worker) {
        local.remove(worker);
    }

    /** A worker of this process that would run sagas of a queue at once; {@link Hands#NONE} if there is none. */
    public Hands hands(String queue) {
        for (RunningWorker worker : local) {
            Hands hands = worker.hands(queue);
            if (hands != Hands.NONE) {
                return hands;
            }
        }
        return Hands.NONE;
    }

    /** There are jobs to claim in a queue. Other processes are told unless a worker here serves it and has hands free. */
    public void wake(String queue) {
        boolean taken = false;
        for (RunningWorker worker : local) {
            worker.wake();
            taken |= worker.hasHandsFreeFor(queue);
        }
        if (!taken) {
            send(WAKE);
        }
    }

    /** Tells everybody, whether or not a worker here has hands free. */
    public void wakeAll() {
        local.forEach(RunningWorker::wake);
        send(WAKE);
    }

    /** A saga's direction changed: whoever runs a step of it should know. */
    public void directionChanged(UUID saga) {
        for (RunningWorker worker : local) {
            worker.directionChanged(saga);
            worker.wake();
        }
        send(STOP + saga);
        send(WAKE);
    }

    /** A queue or definition was paused, resumed or limited: every worker asks what. */
    public void controlChanged() {
        local.forEach(RunningWorker::settingsChanged);
        send(CONTROL);
        wakeAll();
    }

    /** A decision about many sagas is to be carried out. */
    public void bulkBegun() {
        local.forEach(RunningWorker::bulkBegun);
        send(BULK);
    }

    private synchronized void send(String message) {
        unsent.add(message);
        if (loop == null) {
            loop = new Loop("belay-notify", this::sendOnce).start();
        } else {
            loop.wake();
        }
    }

    private Duration sendOnce() {
        Collection<String> messages;
        synchronized (this) {
            messages = List.copyOf(unsent);
            unsent.clear();
        }
        if (messages.isEmpty()) {
            return LONG;
        }
        jdbi.useHandle(handle -> handle.createQuery(
                        "select pg_notify(:channel, message)::text from unnest(:messages) as message")
                .bind("channel", channel(schema))
                .bindArray("messages", String.class, messages)
                .mapTo(String.class)
                .list());
        Bell.pause(TOGETHER);
        return Duration.ZERO;
    }

    @Override
    public void close() {
        Loop running;
        synchronized (this) {
            running = loop;
        }
        // Not under the lock: the loop takes it to look for messages, and the two would wait for each other.
        if (running != null) {
            running.stop();
        }
    }
}
