package dev.belay.internal.queue;

import dev.belay.internal.journal.FailureKinds;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.StatTable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The group commit: whatever gathers while one commit is being flushed goes into the next, as one statement. There is no timer:
 * a thread that finds its lane idle commits its own entry at once, and a busy lane is never waiting.
 *
 * <p>A saga always uses the same lane, so that no job is ever in two statements at a time and two lanes cannot deadlock. An
 * outage of the database is waited out; sending a batch again is safe, because each entry is guarded by what it changes.
 *
 * <p>A lane counts what it commits, and once its oldest count is a second old sends the counts along with the next batch, in the
 * same transaction. If no batch comes, the watch has them written. So an ordinary step pays for no insert. A killed process
 * takes about a second of counts with it, and no step.
 */
public final class Lane implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Lane.class);
    private static final int LARGEST_BATCH = 500;
    private static final long LARGEST_BATCH_CHARS = 4_000_000;
    private static final long LONGEST_PAUSE_MILLIS = 2_000;

    private final MoveStatement statement;
    private final StatTable stats;
    private final Companion companion;
    private final Tally tally = new Tally();
    private final Queue<FailureKinds.Sample> samples = new ConcurrentLinkedQueue<>();
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
    public Lane(String name, DataSource dataSource, MoveStatement statement, StatTable stats, Companion companion) {
        this.statement = statement;
        this.stats = stats;
        this.companion = companion;
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
        boolean written = false;
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
                if (batch.isEmpty() && (written || !tally.isDue())) {
                    committersTurn = false;
                    busy = false;
                    written = false;
                    continue;
                }
            } finally {
                lock.unlock();
            }
            if (batch.isEmpty()) {
                writeCounts();
                written = true;
            } else {
                commit(batch);
            }
        }
    }

    // ---- counts

    /** Counts a move that was committed elsewhere: in the engine's transaction, or by the coordinator. */
    public void count(Move committed) {
        count(committed.from().planId(), committed.row());
    }

    private void count(int planId, JournalRow row) {
        tally.count(planId, row);
        FailureKinds.Sample sample = stats.kinds().ifNew(row);
        if (sample != null) {
            samples.add(sample);
        }
    }

    /** Has counts written that are a second old, if the lane is idle; a busy one sends them along. Does not wait. */
    public void writeOldCounts() {
        if (!tally.isDue()) {
            return;
        }
        lock.lock();
        try {
            if (!busy && !closed) {
                busy = true;
                committersTurn = true;
                handedOver.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Writes all counts now, by themselves. If the database is away they are kept; if it refuses them they are dropped. */
    public void writeCounts() {
        List<StatTable.Count> counts = tally.take();
        if (counts.isEmpty()) {
            return;
        }
        long takenAt = System.nanoTime();
        try {
            connection.call(open -> {
                stats.add(open, counts);
                return true;
            });
        } catch (SQLException | RuntimeException | Error e) {
            if (SqlErrors.isPassing(e)) {
                tally.putBack(counts, takenAt);
                log.debug("Counts wait for the database", e);
            } else {
                log.warn("The database refuses {} counts; they are missing in the statistics", counts.size(), e);
            }
        }
        writeSamples();
    }

    /** By themselves, after the counts, and without waiting long for another that writes the same: what waits here holds up the lane. */
    private void writeSamples() {
        List<FailureKinds.Sample> some = new ArrayList<>();
        for (FailureKinds.Sample sample = samples.poll(); sample != null; sample = samples.poll()) {
            some.add(sample);
        }
        if (some.isEmpty()) {
            return;
        }
        try {
            connection.call(open -> {
                addSamples(open, some);
                return true;
            });
        } catch (SQLException | RuntimeException | Error e) {
            stats.kinds().forget(some);
            log.debug("Samples of failures could not be written; the next failures of their kinds are", e);
        }
    }

    private void addSamples(Connection open, List<FailureKinds.Sample> some) throws SQLException {
        open.setAutoCommit(false);
        try {
            stats.addSamples(open, some);
            open.commit();
        } catch (SQLException e) {
            if (!SqlErrors.isLockTimeout(e)) {
                throw e;
            }
            // No reason to throw the connection away.
            open.rollback();
            stats.kinds().forget(some);
        }
        open.setAutoCommit(true);
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
                        if (tally.isDue()) {
                            // Counts that the database refuses must not be laid at a step's door.
                            writeCounts();
                            continue;
                        }
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
        List<StatTable.Count> counts = tally.takeIfDue();
        long takenAt = System.nanoTime();
        boolean done = false;
        try {
            BitSet[] applied = connection.call(open -> send(open, moves, activities, counts));
            done = true;
            tellAll(moves, activities, applied);
            if (!counts.isEmpty()) {
                writeSamples();
            }
        } finally {
            if (!done) {
                tally.putBack(counts, takenAt);
            }
        }
    }

    /**
     * Sends a batch as up to four statements, each committed by itself: together they would hold rows of one saga while they wait for
     * those of another, out of the order in which everybody takes them. A batch that breaks between two of them is sent again as a
     * whole; what was committed is found to be.
     */
    private BitSet[] send(
            Connection open, List<Entry.OfMove> moves, List<Entry.OfActivity> activities, List<StatTable.Count> counts)
            throws SQLException {
        BitSet recorded = activities.isEmpty() ? new BitSet() : record(open, activities);
        BitSet applied = new BitSet();
        MoveStatement.Kind last = moves.stream()
                .map(entry -> MoveStatement.Kind.of(entry.move()))
                .max(Comparator.naturalOrder())
                .orElse(null);
        for (MoveStatement.Kind kind : MoveStatement.Kind.values()) {
            int[] those = IntStream.range(0, moves.size())
                    .filter(i -> MoveStatement.Kind.of(moves.get(i).move()) == kind)
                    .toArray();
            if (those.length > 0) {
                BitSet ofKind = sendMoves(
                        open, Arrays.stream(those).mapToObj(moves::get).toList(), kind == last ? counts : List.of());
                ofKind.stream().forEach(i -> applied.set(those[i]));
            }
        }
        if (last == null) {
            addCounts(open, counts);
        }
        return new BitSet[] {applied, recorded};
    }

    private BitSet sendMoves(Connection open, List<Entry.OfMove> moves, List<StatTable.Count> counts)
            throws SQLException {
        if (counts.isEmpty() && companion == Companion.NONE) {
            return apply(open, moves);
        }
        open.setAutoCommit(false);
        addCounts(open, counts);
        BitSet applied = apply(open, moves);
        Runnable afterwards = companion.moved(
                open, applied.stream().mapToObj(i -> moves.get(i).move()).toList());
        open.commit();
        open.setAutoCommit(true);
        afterwards.run();
        return applied;
    }

    private void addCounts(Connection open, List<StatTable.Count> counts) throws SQLException {
        if (!counts.isEmpty()) {
            stats.add(open, counts);
        }
    }

    /** Counts first: who is told may be the last that the worker waits for. */
    private void tellAll(List<Entry.OfMove> moves, List<Entry.OfActivity> activities, BitSet[] applied) {
        applied[0].stream().mapToObj(moves::get).forEach(entry -> count(entry.move()));
        applied[1].stream()
                .mapToObj(activities::get)
                .forEach(entry ->
                        count(entry.event().job().planId(), entry.event().row()));
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

    /** Stops the lane. What still waits is dropped, and what is counted and not written. */
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
