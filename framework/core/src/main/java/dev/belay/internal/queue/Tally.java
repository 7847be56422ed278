package dev.belay.internal.queue;

import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.StatTable.Count;
import dev.belay.internal.journal.StatTable.Key;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a lane has committed and not yet written to the counts. Lives in memory only. Thread-safe. */
final class Tally {
    private static final long WAITS_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Map<Key, Sum> sums = new HashMap<>();
    private long since;

    private static final class Sum {
        private final long since;
        private long n;
        private long tookMicros;
        private long longestMicros;
        private @Nullable BigDecimal spend;

        Sum(long since) {
            this.since = since;
        }

        void add(long more, long took, long longest, @Nullable BigDecimal spent) {
            n += more;
            tookMicros += took;
            longestMicros = Math.max(longestMicros, longest);
            if (spent != null) {
                spend = spend == null ? spent : spend.add(spent);
            }
        }
    }

    /** Counts a committed row, if it is one that is counted. */
    synchronized void count(int planId, JournalRow row) {
        Key key = Key.of(planId, row);
        if (key != null) {
            sum(key, System.nanoTime()).add(1, row.tookMicros(), row.tookMicros(), row.spend());
        }
    }

    private Sum sum(Key key, long now) {
        if (sums.isEmpty() || now - since < 0) {
            since = now;
        }
        return sums.computeIfAbsent(key, any -> new Sum(now));
    }

    /** Whether the oldest count has waited for a second. */
    synchronized boolean isDue() {
        return !sums.isEmpty() && System.nanoTime() - since >= WAITS_NANOS;
    }

    /** Takes everything, if it is due. */
    synchronized List<Count> takeIfDue() {
        return isDue() ? take() : List.of();
    }

    /** Takes everything. */
    synchronized List<Count> take() {
        long now = System.nanoTime();
        List<Count> counts = new ArrayList<>(sums.size());
        sums.forEach((key, sum) -> counts.add(new Count(
                key,
                sum.n,
                sum.tookMicros,
                sum.longestMicros,
                sum.spend,
                TimeUnit.NANOSECONDS.toMicros(now - sum.since))));
        sums.clear();
        return counts;
    }

    /** Takes back what could not be written; the time it could not is part of its age. */
    synchronized void putBack(List<Count> counts, long takenAt) {
        for (Count count : counts) {
            long first = takenAt - TimeUnit.MICROSECONDS.toNanos(count.ageMicros());
            sum(count.key(), first).add(count.n(), count.tookMicros(), count.longestMicros(), count.spend());
        }
    }
}
