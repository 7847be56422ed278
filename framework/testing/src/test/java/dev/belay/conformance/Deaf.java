package dev.belay.conformance;

import java.util.concurrent.CountDownLatch;

/** Work that no interrupt stops: it ends when the test lets it, however long nobody waits for it any more. */
final class Deaf {
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch letGo = new CountDownLatch(1);

    /** Works until {@link #letGo}. */
    void work() {
        begun.countDown();
        while (letGo.getCount() > 0) {
            try {
                letGo.await();
            } catch (InterruptedException e) {
                // That is the point.
                continue;
            }
        }
    }

    /** Waits until the work has begun. */
    void awaitBegun() throws InterruptedException {
        begun.await();
    }

    /** Lets the work end. */
    void letGo() {
        letGo.countDown();
    }
}
