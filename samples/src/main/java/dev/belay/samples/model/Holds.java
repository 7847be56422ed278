package dev.belay.samples.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps chosen calls unanswered until they are released, so that a process can be killed in the middle of call 47 and
 * not somewhere near it.
 */
final class Holds {

    private final Set<Place> wanted = new HashSet<>();
    private final Map<Place, Held> held = new LinkedHashMap<>();
    private boolean open = true;

    /** The call that is the {@code call}-th of its label will be held when it comes. */
    synchronized void want(String label, long call) {
        wanted.add(new Place(label, call));
    }

    synchronized void unwant(String label, long call) {
        wanted.remove(new Place(label, call));
    }

    /**
     * Returns at once, or after the release when this call was to be held. The caller runs the result when the call is
     * answered and in the ledger.
     */
    synchronized Runnable pass(LedgerCall call) throws InterruptedException {
        var place = new Place(call.label(), call.call());
        var mine = new Held(call, new CountDownLatch(1));
        if (open && wanted.remove(place)) {
            held.put(place, mine);
            notifyAll();
            while (held.containsKey(place)) {
                wait();
            }
        }
        return mine.answered()::countDown;
    }

    /** The calls held now; waits until there is one, at most this long. */
    synchronized List<LedgerCall> held(Optional<String> label, Duration atMost) throws InterruptedException {
        var end = System.nanoTime() + atMost.toNanos();
        while (true) {
            var found = held.values().stream()
                    .map(Held::call)
                    .filter(call -> label.isEmpty() || label.get().equals(call.label()))
                    .toList();
            var left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (!found.isEmpty() || left <= 0 || !open) {
                return found;
            }
            wait(left);
        }
    }

    /**
     * Lets the held calls go, forgets those still to come, and waits until the released ones are in the ledger as
     * served, at most this long.
     */
    List<LedgerCall> release(Optional<String> label, Duration atMost) throws InterruptedException {
        var released = letGo(label);
        var end = System.nanoTime() + atMost.toNanos();
        for (var each : released) {
            each.answered().await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
        return released.stream().map(Held::call).toList();
    }

    /** Lets everything go and holds nothing any more. */
    synchronized void close() {
        open = false;
        letGo(Optional.empty());
    }

    private synchronized List<Held> letGo(Optional<String> label) {
        wanted.removeIf(place -> label.isEmpty() || label.get().equals(place.label()));
        var released = new ArrayList<Held>();
        held.entrySet().removeIf(entry -> {
            var chosen = label.isEmpty() || label.get().equals(entry.getKey().label());
            if (chosen) {
                released.add(entry.getValue());
            }
            return chosen;
        });
        notifyAll();
        return released;
    }

    private record Place(String label, long call) {}

    private record Held(LedgerCall call, CountDownLatch answered) {}
}
