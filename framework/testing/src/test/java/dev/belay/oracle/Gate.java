package dev.belay.oracle;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Where the code of steps and undos waits until the test says how it ends; that of forgotten sagas fails for good. */
final class Gate {
    private final LinkedBlockingQueue<Visitor> arrived = new LinkedBlockingQueue<>();
    private volatile String expected = "";

    /** Running code, at the gate. */
    static final class Visitor {
        final String step;
        final boolean undoing;
        private final CompletableFuture<Event> verdict = new CompletableFuture<>();

        Visitor(String step, boolean undoing) {
            this.step = step;
            this.undoing = undoing;
        }

        void end(Event how) {
            verdict.complete(how);
        }

        /** Its worker has died: nothing of what it would still do may count. */
        void vanish() {
            verdict.completeExceptionally(new Vanished());
        }

        @Override
        public String toString() {
            return (undoing ? "undo " : "") + step;
        }
    }

    private static final class Vanished extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** Waits for the verdict, whatever interrupts: a cancelled step that does not stop is part of the game. */
    Event verdict(String saga, String step, boolean undoing) {
        if (!isExpected(saga)) {
            return Event.FAIL_FOR_GOOD;
        }
        Visitor visitor = new Visitor(step, undoing);
        arrived.add(visitor);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return visitor.verdict.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw new Vanished();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** From now on only code of this saga waits here. */
    void expect(String saga) {
        expected = saga;
    }

    boolean isExpected(String saga) {
        return saga.equals(expected);
    }

    /** The next one to arrive, or null if nobody does in time. */
    @Nullable
    Visitor next(long micros) throws InterruptedException {
        return arrived.poll(micros, TimeUnit.MICROSECONDS);
    }
}
