package dev.belay.internal.worker;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One duty of a worker on a thread of its own: done again and again until stopped. An error, be it an outage of the database,
 * makes it pause longer and longer, up to two seconds, and go on.
 */
final class Loop {
    private static final Logger log = LoggerFactory.getLogger(Loop.class);
    private static final long LONGEST_PAUSE_MILLIS = 2_000;

    private final String name;
    private final Duty duty;
    private final Bell bell = new Bell();
    private final Thread thread;
    private volatile boolean stopped;

    /** Does the duty once, and says how long to wait before the next time. */
    @FunctionalInterface
    interface Duty {
        Duration runOnce() throws Exception;
    }

    Loop(String name, Duty duty) {
        this.name = name;
        this.duty = duty;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    Loop start() {
        thread.start();
        return this;
    }

    /** Makes the loop run again without waiting. */
    void wake() {
        bell.ring();
    }

    private void run() {
        int failures = 0;
        while (!stopped) {
            Duration wait;
            // An interrupt left by somebody's code would make every wait return at once.
            Thread.interrupted();
            try {
                wait = duty.runOnce();
                failures = 0;
            } catch (Exception | Error e) {
                if (stopped) {
                    return;
                }
                long longest = Math.min(LONGEST_PAUSE_MILLIS, 50L << Math.min(failures++, 10));
                wait = Duration.ofMillis(ThreadLocalRandom.current().nextLong(longest / 2, longest + 1));
                log.warn("{} failed and goes on in {} ms: {}", name, wait.toMillis(), e.toString());
                log.debug("{} failed", name, e);
                Bell.pause(wait);
                continue;
            }
            bell.await(wait);
        }
    }

    /** Stops after the present run. */
    void stop() {
        stopped = true;
        bell.ring();
        if (Thread.currentThread() != thread) {
            try {
                thread.join(5_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
