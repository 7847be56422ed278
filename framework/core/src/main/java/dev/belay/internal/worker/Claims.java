package dev.belay.internal.worker;

import dev.belay.WorkerOptions;
import dev.belay.internal.journal.Jdbis;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.queue.Companion;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.JobTable;
import dev.belay.internal.queue.ReservedConnection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop that claims due jobs and gives them to the crew. A claim commits before any of its jobs runs, so that the intent is on
 * disk before the deed.
 */
final class Claims {
    private static final Logger log = LoggerFactory.getLogger(Claims.class);
    private static final int LARGEST_CLAIM = 500;
    private static final int MOST_SUSPICIONS_IN_COMPANY = 1;
    /** {@link Upkeep} looks at every poll whether there is something to claim; this is for when it is held up. */
    private static final int POLLS_BETWEEN_LOOKS = 60;

    private static final long FAR_NANOS = Duration.ofDays(365).toNanos();

    private final RunningWorker worker;
    private final RunningWorker.Engine engine;
    private final WorkerOptions options;
    private final Crew crew;
    private final StepRunner runner;
    private final ReservedConnection connection;
    private final AtomicLong nextDue = new AtomicLong(System.nanoTime() + FAR_NANOS);
    private final Map<String, String> servedLast = new HashMap<>();
    private final Map<String, Watermark> watermarks = new HashMap<>();
    private final AtomicBoolean everywhere = new AtomicBoolean();
    private final Set<Starting> startsUnderWay = ConcurrentHashMap.newKeySet();
    private volatile boolean leftWork;
    private volatile long round;

    Claims(RunningWorker worker, RunningWorker.Engine engine, WorkerOptions options, Crew crew, StepRunner runner) {
        this.worker = worker;
        this.engine = engine;
        this.options = options;
        this.crew = crew;
        this.runner = runner;
        this.connection = new ReservedConnection(engine.dataSource());
    }

    /** A job that this worker made wait is due after {@code delay}: the next look is then, not at the next poll. */
    void dueIn(Duration delay) {
        long at = System.nanoTime() + delay.toNanos();
        nextDue.accumulateAndGet(at, (known, added) -> added - known < 0 ? added : known);
    }

    /** Jobs that were ready long ago are free again: the next look begins at the beginning. */
    void lookEverywhere() {
        everywhere.set(true);
    }

    /** Whether the last look left due jobs unclaimed, for want of room. */
    boolean leftWork() {
        return leftWork;
    }

    /**
     * The claim under way, or the last one: odd until its jobs are with the crew. Between its commit and then, the database says
     * that this worker holds jobs which the crew does not know.
     */
    long round() {
        return round;
    }

    /** Whether what was claimed in a round is with the crew, or lost with the reply. */
    boolean isOver(long seen) {
        return seen % 2 == 0 || seen != round;
    }

    Duration runOnce() throws SQLException {
        if (System.nanoTime() - nextDue.get() >= 0) {
            nextDue.set(System.nanoTime() + FAR_NANOS);
        }
        int wanted = worker.mayStartStep() ? Math.min(LARGEST_CLAIM, crew.room()) : 0;
        if (wanted <= 0) {
            return untilNextLook();
        }
        enterRound();
        try {
            return claimFromAll(wanted);
        } finally {
            enterRound();
        }
    }

    /** Hands for a start that begins now. Any thread. */
    Hands hands(int room) {
        int taken = startsUnderWay.stream().mapToInt(Starting::room).sum();
        int left = Math.max(0, Math.min(LARGEST_CLAIM, room - taken));
        Starting hands = new Starting(worker.incarnation(), System.nanoTime(), left);
        startsUnderWay.add(hands);
        return hands;
    }

    /** Whether all starts that began before then have given their jobs to the crew, or failed. */
    boolean areStartsOver(long before) {
        return startsUnderWay.stream().noneMatch(start -> start.begunAt - before < 0);
    }

    /** A start that claims for this worker. */
    private final class Starting implements Hands {
        private final long owner;
        private final long begunAt;
        private final int room;

        Starting(long owner, long begunAt, int room) {
            this.owner = owner;
            this.begunAt = begunAt;
            this.room = room;
        }

        @Override
        public int room() {
            return room;
        }

        @Override
        public Long owner() {
            return owner;
        }

        @Override
        public void take(List<JobTable.Claimed> jobs) {
            try {
                if (worker.incarnation() == owner && worker.mayStartStep()) {
                    jobs.forEach(claimed -> give(claimed, null));
                } else if (!jobs.isEmpty()) {
                    worker.handBackAll(jobs.stream().map(JobTable.Claimed::job).toList(), owner);
                }
            } catch (SQLException | RuntimeException e) {
                // The start is committed, and must not look failed; what nobody here holds is found by the heart.
                log.warn("{} sagas just started here are left to others: {}", jobs.size(), e.getMessage());
            }
        }

        @Override
        public void close() {
            startsUnderWay.remove(this);
        }
    }

    private void give(JobTable.Claimed claimed, @Nullable List<JournalRow> history) {
        SagaRun run = new SagaRun(
                runner,
                claimed.job(),
                claimed.saga(),
                engine.definitions().plan(claimed.job().planId()),
                history);
        try {
            crew.take(run);
        } catch (RejectedExecutionException e) {
            // The worker has just stopped.
            crew.forget(run);
            throw e;
        }
    }

    /** Only this loop's thread writes it. */
    @SuppressWarnings("NonAtomicOperationOnVolatileField")
    private void enterRound() {
        round++;
    }

    private Duration claimFromAll(int wanted) throws SQLException {
        if (everywhere.getAndSet(false)) {
            watermarks.clear();
        }
        int claimed = 0;
        boolean left = false;
        boolean again = false;
        for (String queue : options.queues()) {
            int limit = wanted - claimed;
            if (limit == 0) {
                left = true;
                break;
            }
            JobTable.Batch batch = claim(queue, limit);
            claimed += batch.jobs().size();
            left |= batch.leftSome();
            again |= batch.leftSome() && !batch.full();
        }
        leftWork = left;
        return again && crew.room() > 0 ? Duration.ZERO : untilNextLook();
    }

    /** Sooner when a job is known to be due. */
    private Duration untilNextLook() {
        long far = options.poll().multipliedBy(POLLS_BETWEEN_LOOKS).toNanos();
        return Duration.ofNanos(Math.max(0, Math.min(far, nextDue.get() - System.nanoTime())));
    }

    /** Asks the database by the connection that claims, which is idle when the worker is. */
    <T> T ask(ReservedConnection.HandleWork<T> question) throws SQLException {
        return connection.withHandle(question);
    }

    /**
     * At most one job suspected of killing its process runs here at a time, so that its guilt is certain if it does it again. A job
     * whose former run here has not ended yet is left to others.
     */
    private JobTable.Batch claim(String queue, int limit) throws SQLException {
        long owner = worker.incarnation();
        boolean hasSuspect = crew.all().stream().anyMatch(run -> isSuspect(run.job()));
        int suspicions = hasSuspect ? MOST_SUSPICIONS_IN_COMPANY : Integer.MAX_VALUE;
        Watermark watermark = watermarks.computeIfAbsent(queue, key -> new Watermark());
        long sentAt = System.nanoTime();
        JobTable.Request request = new JobTable.Request(
                queue,
                engine.definitions().runnable(),
                suspicions,
                limit,
                owner,
                servedLast.getOrDefault(queue, ""),
                worker.settings().isLimited(queue),
                watermark.since(sentAt));
        JobTable.Batch batch = claim(request);
        watermark.claimed(sentAt, System.nanoTime(), batch.oldest());
        servedLast.put(queue, batch.last());
        Map<JobTable.Key, List<JournalRow>> histories = historiesOfBranches(batch);
        List<JobRow> back = new ArrayList<>();
        for (JobTable.Claimed claimed : batch.jobs()) {
            boolean suspect = isSuspect(claimed.job());
            boolean stillRuns = crew.find(Crew.Held.of(claimed.job())) != null;
            if (stillRuns || (suspect && hasSuspect)) {
                back.add(claimed.job());
            } else {
                hasSuspect |= suspect;
                give(claimed, histories.get(JobTable.Key.of(claimed.job())));
            }
        }
        if (!back.isEmpty()) {
            back.forEach(engine.dispatch()::forget);
            worker.handBack(back, owner);
        }
        return batch;
    }

    private JobTable.Batch claim(JobTable.Request request) throws SQLException {
        Companion companion = engine.dispatch().companion();
        if (companion == Companion.NONE) {
            return connection.withHandle(handle -> claim(handle, request));
        }
        Runnable[] afterwards = {() -> {}};
        JobTable.Batch batch = connection.call(open -> {
            open.setAutoCommit(false);
            JobTable.Batch claimed;
            try (Handle handle = Jdbis.open(open)) {
                claimed = claim(handle, request);
            }
            if (!claimed.jobs().isEmpty()) {
                List<JobRow> jobs =
                        claimed.jobs().stream().map(JobTable.Claimed::job).toList();
                afterwards[0] = companion.claimed(open, jobs);
            }
            open.commit();
            open.setAutoCommit(true);
            return claimed;
        });
        afterwards[0].run();
        return batch;
    }

    private JobTable.Batch claim(Handle handle, JobTable.Request request) {
        JobTable table = engine.tables().jobs();
        return request.counted() ? table.claimCounted(handle, request) : table.claim(handle, request);
    }

    /** What happened in the branches just claimed, read at once: each needs to know at least what it was given. */
    private Map<JobTable.Key, List<JournalRow>> historiesOfBranches(JobTable.Batch batch) throws SQLException {
        List<JobRow> branches = batch.jobs().stream()
                .map(JobTable.Claimed::job)
                .filter(job -> job.branch() != 0)
                .toList();
        if (branches.isEmpty()) {
            return Map.of();
        }
        Map<JobTable.Key, List<JournalRow>> histories = new HashMap<>();
        List<JournalRow> rows = connection.withHandle(handle -> engine.tables()
                .journal()
                .of(
                        handle,
                        branches.stream().map(JobRow::sagaId).toList(),
                        branches.stream().map(JobRow::branch).toList()));
        for (JournalRow row : rows) {
            histories
                    .computeIfAbsent(
                            new JobTable.Key(row.place().sagaId(), row.place().branch()),
                            key -> new CopyOnWriteArrayList<>())
                    .add(row);
        }
        return histories;
    }

    private static boolean isSuspect(JobRow job) {
        return job.suspicions() > MOST_SUSPICIONS_IN_COMPANY;
    }

    void close() {
        connection.close();
    }
}
