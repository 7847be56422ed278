package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.web.EventSink;
import dev.belay.dashboard.internal.web.Streams;
import dev.belay.inspect.BulkOperations;
import dev.belay.inspect.Inspector;
import dev.belay.inspect.Overview;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells open pages that something has changed. One poller for all pages of a process: what it reads does not grow with the number of
 * people who look, and it reads nothing when nobody does. Also carries on bulk operations, so that these go on where a dashboard runs
 * without a worker beside it.
 */
public final class Pulse implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Pulse.class);
    private static final int BEATS_BETWEEN_ALL = 3;
    private static final int BEATS_BETWEEN_HEARTBEATS = 15;
    private static final int BULK_AT_ONCE = 200;
    private static final int SAGAS_AT_ONCE = 500;
    private static final int SLOWEST = 16;

    private final Inspector inspector;
    private final BulkOperations bulk;
    private final Streams streams;
    private final Map<EventSink, Watched> watched = new ConcurrentHashMap<>();
    private final Set<EventSink> fresh = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService executor = thread("belay-dashboard-pulse");
    private final ScheduledExecutorService deciding = thread("belay-dashboard-bulk");
    private Map<UUID, String> tokens = new HashMap<>();
    private Map<String, Object> topics = new HashMap<>();
    private long beat;
    private int pace = 1;
    private long turn;
    private int bulkPace = 1;

    /** What a page looks at: a saga, or a topic that many share. */
    private record Watched(Optional<UUID> saga, Optional<Topic> topic) {}

    /**
     * Something that pages share.
     *
     * @param name the same for the same
     * @param token changes when it does
     */
    public record Topic(String name, Supplier<Object> token) {}

    /** A pulse that does not beat yet. */
    public Pulse(Inspector inspector, BulkOperations bulk, Streams streams) {
        this.inspector = inspector;
        this.bulk = bulk;
        this.streams = streams;
    }

    private static ScheduledExecutorService thread(String name) {
        return Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Begins to beat. */
    public void start() {
        executor.scheduleWithFixedDelay(this::beat, 1, 1, TimeUnit.SECONDS);
        // Decisions about many sagas take their time; pages are told of changes meanwhile.
        deciding.scheduleWithFixedDelay(this::decide, 1, 1, TimeUnit.SECONDS);
    }

    /** Tells {@code sink} of every change of a saga. */
    public void watch(EventSink sink, UUID saga) {
        add(sink, new Watched(Optional.of(saga), Optional.empty()));
    }

    /** Tells {@code sink} of every change of a topic. */
    public void watch(EventSink sink, Topic topic) {
        add(sink, new Watched(Optional.empty(), Optional.of(topic)));
    }

    private void add(EventSink sink, Watched what) {
        // What happened between the page and its stream is known to neither: so each is told of a change once, unseen.
        fresh.add(sink);
        watched.put(sink, what);
        sink.whenClosed(() -> {
            watched.remove(sink);
            fresh.remove(sink);
        });
    }

    /** How everything stands, as far as it shows that something has changed. */
    public Topic everything() {
        return new Topic("everything", () -> {
            Overview now = inspector.overview();
            return new Overview(
                    Instant.EPOCH,
                    now.open(),
                    now.ready(),
                    now.claimed(),
                    Optional.empty(),
                    now.workers(),
                    now.approvals(),
                    now.orphaned(),
                    now.overdue(),
                    now.unknown(),
                    now.failing());
        });
    }

    private void beat() {
        beat++;
        try {
            if (beat % BEATS_BETWEEN_HEARTBEATS == 0) {
                streams.beat();
            }
            if (beat % pace != 0) {
                return;
            }
            sagas();
            if (beat % BEATS_BETWEEN_ALL == 0) {
                topics();
            }
            pace = 1;
        } catch (RuntimeException e) {
            // Pages keep what they show; asking a database in trouble less and less often is the kindest.
            pace = Math.min(SLOWEST, pace * 2);
            log.warn("The dashboard could not look for changes, and will in {} s: {}", pace, e.toString());
        }
    }

    private void decide() {
        turn++;
        if (turn % bulkPace != 0) {
            return;
        }
        try {
            bulk.carryOn(BULK_AT_ONCE);
            bulkPace = 1;
        } catch (RuntimeException e) {
            bulkPace = Math.min(SLOWEST, bulkPace * 2);
            log.warn("Decisions about many sagas could not go on, and will in {} s: {}", bulkPace, e.toString());
        }
    }

    private void sagas() {
        Set<UUID> looked = new HashSet<>();
        watched.values().forEach(what -> what.saga().ifPresent(looked::add));
        if (looked.isEmpty()) {
            tokens = new HashMap<>();
            return;
        }
        Map<UUID, String> now = new HashMap<>();
        List<UUID> all = List.copyOf(looked);
        for (int from = 0; from < all.size(); from += SAGAS_AT_ONCE) {
            now.putAll(inspector.tokens(all.subList(from, Math.min(all.size(), from + SAGAS_AT_ONCE))));
        }
        Map<UUID, String> before = tokens;
        tokens = now;
        watched.forEach((sink, what) -> what.saga()
                .filter(now::containsKey)
                .filter(saga -> fresh.remove(sink)
                        || (before.containsKey(saga) && !before.get(saga).equals(now.get(saga))))
                .ifPresent(saga -> sink.send("changed", saga.toString())));
    }

    private void topics() {
        Map<String, Object> now = new HashMap<>();
        for (Watched what : watched.values()) {
            what.topic()
                    .ifPresent(topic -> now.computeIfAbsent(
                            topic.name(), name -> topic.token().get()));
        }
        Map<String, Object> before = topics;
        topics = now;
        watched.forEach((sink, what) -> what.topic()
                .map(Topic::name)
                .filter(now::containsKey)
                .filter(name -> fresh.remove(sink)
                        || (before.containsKey(name) && !before.get(name).equals(now.get(name))))
                .ifPresent(name -> sink.send("changed", name)));
    }

    @Override
    public void close() {
        executor.shutdownNow();
        deciding.shutdownNow();
    }
}
