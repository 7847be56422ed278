package dev.belay.internal.queue;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The group commit: whatever gathers while one commit is being flushed goes into the next, as one statement. There is no timer:
 * a thread that finds its lane idle commits its own entry at once, and a busy lane is never waiting.
 *
 * <p>A saga always uses the same lane, so that no job is ever in two statements at a time and two lanes cannot deadlock. An
 * outage of the database is waited out; sending a batch again is safe, because each entry is guarded by what it changes.
 */
public final class Lane implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Lane.class);
    private static final int LARGEST_BATCH = 500;
    private static final long LARGEST_BATCH_CHARS = 4_000_000;
    private static final long LONGEST_PAUSE_MILLIS = 2_000;

    private final MoveStatement statement;
    private final ReservedConnection connection;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition handedOver = lock.newCondition();
    private final Deque<Entry> waiting = new ArrayDeque<>();
    private final Thread committer;
    private boolean busy;
    private boolean committersTurn;
    private volatile boolean closed;

    /** One thing to commit, and who wants to know. */
    public sealed interface Entry {
        /** Told exactly once, on the thread that committed; must not block and must not throw. */
        void settled(Result result);

        /** About how much text it brings, so that a batch of large payloads stays bounded. */
        long chars();

        /** A move. */
        abstract non-sealed class OfMove implements Entry {
            /** What to commit. */
            public abstract Move move();

            @Override
            public long chars() {
                return move().row().chars();
            }
        }

        /** An event of an activity. */
        abstract non-sealed class OfActivity implements Entry {
            /** What to commit. */
            public abstract ActivityEvent event();

            @Override
            public long chars() {
                return event().row().chars();
            }
        }
    }

    /** What became of an entry. */
    public sealed interface Result {
        /** It is committed. */
        record Applied() implements Result {}

        /** The job is not as the entry expected; nothing was written. */
        record Missed() implements Result {}

        /** The database refused this entry for what it holds; nothing was written. */
        record Refused(Throwable reason) implements Result {}
    }

    private static final Result APPLIED = new Result.Applied();
    private static final Result MISSED = new Result.Missed();

    /** A lane over a connection of its own. */
    public Lane(String name, DataSource dataSource, MoveStatement statement) {
        this.statement = statement;
        this.connection = new ReservedConnection(dataSource);
        this.committer = new Thread(this::commitHandedOver, name);
        this.committer.setDaemon(true);
        this.committer.start();
    }

    /** Takes the lane's connection now, before user code may have taken the pool's last one. */
    public void reserve() throws SQLException {
        connection.reserve();
    }

    /** Commits {@code entry}, together with what else is waiting: now, if the lane is idle, else as soon as it is. */
    public void submit(Entry entry) {
        List<Entry> batch;
        lock.lock();
        try {
            waiting.add(entry);
            if (busy) {
                return;
            }
            busy = true;
            batch = take();
        } finally {
            lock.unlock();
        }
        commit(batch);
        handOver();
    }

    private List<Entry> take() {
        List<Entry> batch = new ArrayList<>(Math.min(waiting.size(), LARGEST_BATCH));
        long chars = 0;
        while (batch.size() < LARGEST_BATCH && chars < LARGEST_BATCH_CHARS && !waiting.isEmpty()) {
            Entry entry = waiting.poll();
            chars += entry.chars();
            batch.add(entry);
        }
        return batch;
    }

    /** The thread that committed its own entry goes back to its saga; the committer serves those that came meanwhile. */
    private void handOver() {
        lock.lock();
        try {
            if (waiting.isEmpty()) {
                busy = false;
            } else {
                committersTurn = true;
                handedOver.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private void commitHandedOver() {
        while (true) {
            List<Entry> batch;
            lock.lock();
            try {
                while (!committersTurn) {
                    if (closed) {
                        return;
                    }
                    handedOver.awaitUninterruptibly();
                }
                batch = take();
                if (batch.isEmpty()) {
                    committersTurn = false;
                    busy = false;
                    continue;
                }
            } finally {
                lock.unlock();
            }
            commit(batch);
        }
    }

    private void commit(List<Entry> batch) {
        boolean interrupted = Thread.interrupted();
        try {
            for (int failures = 0; !closed; failures++) {
                try {
                    tryCommit(batch);
                    return;
                } catch (SQLException | RuntimeException | Error e) {
                    if (!SqlErrors.isPassing(e)) {
                        isolate(batch, e);
                        return;
                    }
                    log.warn("{} finished steps wait for the database: {}", batch.size(), e.getMessage());
                    interrupted |= pause(failures);
                }
            }
            // Nobody is told: the worker is gone, its lease ends, and others go on from what is recorded.
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** One entry that the database refuses must not hurt the others: each is committed by itself. */
    private void isolate(List<Entry> batch, Throwable reason) {
        if (batch.size() == 1) {
            tell(batch.get(0), new Result.Refused(reason));
            return;
        }
        for (Entry entry : batch) {
            commit(List.of(entry));
        }
    }

    private void tryCommit(List<Entry> batch) throws SQLException {
        List<Entry.OfMove> moves = new ArrayList<>(batch.size());
        List<Entry.OfActivity> activities = new ArrayList<>();
        for (Entry entry : batch) {
            if (entry instanceof Entry.OfMove move) {
                moves.add(move);
            } else if (entry instanceof Entry.OfActivity activity) {
                activities.add(activity);
            }
        }
        BitSet[] applied = connection.call(open -> {
            if (activities.isEmpty()) {
                return new BitSet[] {apply(open, moves), new BitSet()};
            }
            if (moves.isEmpty()) {
                return new BitSet[] {new BitSet(), record(open, activities)};
            }
            return both(open, moves, activities);
        });
        for (int i = 0; i < moves.size(); i++) {
            tell(moves.get(i), applied[0].get(i) ? APPLIED : MISSED);
        }
        for (int i = 0; i < activities.size(); i++) {
            tell(activities.get(i), applied[1].get(i) ? APPLIED : MISSED);
        }
    }

    /** Whatever goes wrong in telling one, the others are told, and what is committed is not committed again. */
    private static void tell(Entry entry, Result result) {
        try {
            entry.settled(result);
        } catch (RuntimeException | Error e) {
            log.error("The outcome of a commit could not be passed on", e);
        }
    }

    private BitSet[] both(Connection open, List<Entry.OfMove> moves, List<Entry.OfActivity> activities)
            throws SQLException {
        open.setAutoCommit(false);
        BitSet recorded = record(open, activities);
        BitSet applied = apply(open, moves);
        open.commit();
        open.setAutoCommit(true);
        return new BitSet[] {applied, recorded};
    }

    private BitSet apply(Connection open, List<Entry.OfMove> moves) throws SQLException {
        return statement.apply(open, moves.stream().map(Entry.OfMove::move).toList());
    }

    private BitSet record(Connection open, List<Entry.OfActivity> activities) throws SQLException {
        return statement.record(
                open, activities.stream().map(Entry.OfActivity::event).toList());
    }

    private static boolean pause(int failures) {
        long longest = Math.min(LONGEST_PAUSE_MILLIS, 50L << Math.min(failures, 10));
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(longest / 2, longest + 1));
            return false;
        } catch (InterruptedException e) {
            return true;
        }
    }

    /** Stops the lane. What still waits is dropped. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            handedOver.signalAll();
        } finally {
            lock.unlock();
        }
        connection.close();
    }
}
