package dev.belay.jobrunr;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jobrunr.server.BackgroundJobServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a JobRunr server again that has stopped itself, which it does after a handful of errors of its database, and for good. A server
 * that somebody paused stays paused.
 */
final class Watchdog implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Watchdog.class);
    private static final Duration LOOK = Duration.ofSeconds(2);

    private final BackgroundJobServer server;
    private final ScheduledExecutorService thread;
    private final AtomicBoolean started = new AtomicBoolean();
    private volatile boolean closed;
    private boolean wasUp;
    private int looksDown;

    Watchdog(BackgroundJobServer server) {
        this.server = server;
        this.thread = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread made = new Thread(work, "belay-jobrunr-watchdog");
            made.setDaemon(true);
            return made;
        });
    }

    void start() {
        if (started.compareAndSet(false, true)) {
            wasUp = server.isRunning();
            thread.scheduleWithFixedDelay(this::look, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** A server that starts or stops is seen as down for a moment: it is judged by the second look. */
    private void look() {
        if (closed) {
            return;
        }
        try {
            if (server.isRunning() || server.isAnnounced()) {
                wasUp = true;
                looksDown = 0;
            } else if (wasUp && ++looksDown > 1) {
                log.warn(
                        "JobRunr's server {} has stopped itself, most likely because its database was away: it is started again",
                        server.getId());
                looksDown = 0;
                server.start();
            }
        } catch (RuntimeException e) {
            log.warn(
                    "JobRunr's server {} could not be started again; it is tried anew: {}",
                    server.getId(),
                    e.toString());
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.shutdownNow();
        try {
            // A server that is just being started would otherwise outlive its storage.
            thread.awaitTermination(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
