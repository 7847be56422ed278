package dev.belay.jobrunr;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Work on its way through JobRunr's queue to a thread, unless it is taken back before. */
final class Ticket implements Runnable {
    private final AtomicReference<@Nullable Runnable> work;

    Ticket(Runnable work) {
        this.work = new AtomicReference<>(work);
    }

    /** False if it has begun. */
    boolean takeBack() {
        return work.getAndSet(null) != null;
    }

    @Override
    public void run() {
        Runnable taken = work.getAndSet(null);
        if (taken != null) {
            taken.run();
        }
    }
}
