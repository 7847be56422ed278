package dev.belay.jobrunr;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Work on its way to a thread, by way of one of JobRunr's: that one waits while the work runs on a thread of Belay's. So JobRunr's threads say how
 * much runs at once, and yet JobRunr, which interrupts its threads when it stops, interrupts no step.
 */
final class Ticket implements Runnable {
    private final AtomicReference<@Nullable Runnable> work;
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile long handedOverAt = System.nanoTime();

    Ticket(Runnable work) {
        this.work = new AtomicReference<>(work);
    }

    /** False if it has begun. */
    boolean takeBack() {
        boolean waited = work.getAndSet(null) != null;
        if (waited) {
            over.countDown();
        }
        return waited;
    }

    boolean waits() {
        return work.get() != null;
    }

    long waitedNanos() {
        return System.nanoTime() - handedOverAt;
    }

    void handedOverAgain() {
        handedOverAt = System.nanoTime();
    }

    /** On a thread of JobRunr's: has the work run on another, and waits until it is over or lets this thread go. */
    void runBy(Executor threads) {
        if (!waits()) {
            return;
        }
        threads.execute(this);
        try {
            over.await();
        } catch (InterruptedException e) {
            // JobRunr stops. The work goes on, and Belay's own worker says when it has to end.
            Thread.currentThread().interrupt();
        }
    }

    /** Lets JobRunr's thread go, though the work goes on: its step hangs. */
    void letThreadGo() {
        over.countDown();
    }

    @Override
    public void run() {
        Runnable taken = work.getAndSet(null);
        if (taken == null) {
            return;
        }
        try {
            taken.run();
        } finally {
            over.countDown();
        }
    }
}
