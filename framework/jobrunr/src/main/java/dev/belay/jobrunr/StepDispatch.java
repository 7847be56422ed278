package dev.belay.jobrunr;

import dev.belay.JournalEntry.Result;
import dev.belay.WorkerOptions;
import dev.belay.internal.Engine;
import dev.belay.internal.queue.Companion;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.JobTable.Key;
import dev.belay.internal.queue.Move;
import dev.belay.internal.worker.Dispatch;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jobrunr.jobs.Job;
import org.jobrunr.server.BackgroundJobServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The second runtime: claimed jobs run when a JobRunr server has a thread for them, and each has a row of JobRunr's that is written in the
 * transactions of its own. What is due is read from Belay's tables alone, so that whatever happens to a row of JobRunr's loses nothing.
 *
 * <p>A {@link Job} that is kept here is never changed, but replaced: JobRunr is not told of it (its steward would change it, and stop its server over what it
 * does not understand), and that it is alive is written here.
 */
final class StepDispatch implements Dispatch, Companion {
    private static final Logger log = LoggerFactory.getLogger(StepDispatch.class);
    private static final long FETCHED_LAST_NANOS = Duration.ofSeconds(2).toNanos();
    private static final long LOST_ON_THE_WAY_NANOS = Duration.ofSeconds(5).toNanos();

    private final JobRunrBridge bridge;
    private final Engine engine;
    private final BackgroundJobServer server;
    private final StepRows rows;
    private final Dispatch threads;
    private final long beatNanos;
    private final Map<Key, Carrier> carriers = new ConcurrentHashMap<>();
    private final Map<Runnable, OnItsWay> tickets = new ConcurrentHashMap<>();
    private final Map<Key, Fetched> fetched = new ConcurrentHashMap<>();
    private final Set<UUID> sentBefore = ConcurrentHashMap.newKeySet();
    private final ThreadLocal<@Nullable Ticket> handingOver = new ThreadLocal<>();
    private @Nullable ScheduledExecutorService clock;

    /**
     * The row of JobRunr's that a job held here has now.
     *
     * @param beatenAt when it was last written that it is alive
     */
    private record Carrier(Job job, long fence, long beatenAt) {
        Carrier(Job job, long fence) {
            this(job, fence, System.nanoTime());
        }
    }

    /** Work that waits for a thread of JobRunr's, or runs. */
    private record OnItsWay(Ticket ticket, Key key, Job job) {}

    /** A row that JobRunr has claimed by itself, and that waits for Belay to claim what it is about. */
    private record Fetched(Job job, long at) {}

    StepDispatch(
            JobRunrBridge bridge, Engine engine, BackgroundJobServer server, StepRows rows, WorkerOptions options) {
        this.bridge = bridge;
        this.engine = engine;
        this.server = server;
        this.rows = rows;
        this.threads = Dispatch.ownThreads(options);
        this.beatNanos = server.getConfiguration().getPollInterval().toNanos();
    }

    @Override
    public synchronized void start() {
        bridge.begin(this);
        ScheduledExecutorService made = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "belay-jobrunr");
            thread.setDaemon(true);
            return thread;
        });
        made.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
        clock = made;
    }

    // ---- threads

    @Override
    public void execute(@Nullable JobRow job, Runnable work) {
        Key key = job == null ? null : Key.of(job);
        Carrier carrier = key == null ? null : carriers.get(key);
        if (key == null || carrier == null) {
            threads.execute(job, work);
            return;
        }
        Ticket ticket = new Ticket(() -> {
            try {
                work.run();
            } finally {
                tickets.remove(work);
            }
        });
        OnItsWay way = new OnItsWay(ticket, key, carrier.job());
        tickets.put(work, way);
        handOver(way);
    }

    /** JobRunr asks at once, on this thread, what performs the job. */
    private void handOver(OnItsWay way) {
        way.ticket().handedOverAgain();
        handingOver.set(way.ticket());
        try {
            server.processJob(way.job());
        } catch (NullPointerException | RejectedExecutionException e) {
            log.debug("JobRunr has just stopped or been paused", e);
        } finally {
            handingOver.remove();
        }
    }

    /** What a thread of JobRunr's does for a job: what was just handed over, or else JobRunr has claimed the row by itself. */
    Runnable workFor(Job job) {
        Ticket ticket = handingOver.get();
        return ticket == null ? () -> fetched(job) : () -> ticket.runBy(work -> threads.execute(null, work));
    }

    @Override
    public boolean withdraw(Runnable work) {
        OnItsWay way = tickets.get(work);
        boolean withdrawn = way != null && way.ticket().takeBack();
        if (withdrawn) {
            tickets.remove(work);
        }
        return withdrawn || threads.withdraw(work);
    }

    @Override
    public boolean isReady() {
        return server.isRunning();
    }

    /** The step that hangs keeps a thread of Belay's; JobRunr's was let go when the job was forgotten. */
    @Override
    public void replaceHungThread() {
        threads.replaceHungThread();
    }

    @Override
    public void hungThreadReturned() {
        threads.hungThreadReturned();
    }

    @Override
    public synchronized void shutDown() {
        ScheduledExecutorService stopped = clock;
        if (stopped != null) {
            stopped.shutdown();
            bridge.end(this);
        }
        fetched.values().forEach(row -> giveUp(row.job(), "The worker stops, and Belay runs this step as another job"));
        carriers.values().forEach(carrier -> giveUp(carrier.job(), "The worker stopped while it had this step"));
        fetched.clear();
        carriers.clear();
        threads.shutDown();
    }

    @Override
    public Companion companion() {
        return this;
    }

    /** Once a second: rows that are to be written as alive or given back, and work that JobRunr has lost by stopping. */
    private void look() {
        try {
            boolean running = server.isRunning();
            tickets.values().stream()
                    .filter(way -> way.ticket().waits() && way.ticket().waitedNanos() > LOST_ON_THE_WAY_NANOS)
                    .forEach(way -> {
                        if (running) {
                            handOver(way);
                        } else {
                            // What is held already comes to its next rest.
                            way.ticket().handedOverAgain();
                            threads.execute(null, way.ticket());
                        }
                    });
            returnFetched();
            carriers.forEach(this::beat);
        } catch (RuntimeException e) {
            log.debug("JobRunr's rows are looked after again in a second", e);
        }
    }

    // ---- rows

    @Override
    public Runnable claimed(Connection connection, List<JobRow> claimed) throws SQLException {
        rows.endPredecessors(connection, claimed);
        Map<UUID, Job> enqueued = rows.takeEnqueued(
                connection,
                claimed.stream()
                        .filter(row -> row.branch() == 0 && row.fence() == 1)
                        .map(JobRow::sagaId)
                        .toList());
        Map<Key, Carrier> carried = new HashMap<>();
        List<Job> known = new ArrayList<>();
        List<Job> made = new ArrayList<>();
        List<Job> left = new ArrayList<>();
        for (JobRow row : claimed) {
            Key key = Key.of(row);
            Fetched here = fetched.remove(key);
            Job job = enqueued.get(row.sagaId());
            if (here != null) {
                job = StepRows.copyOf(here.job());
                // It may be an old row of the saga's that somebody has enqueued again in JobRunr.
                job.setJobName(StepRows.name(row, definition(row)));
            } else if (job != null && row.fence() == 1) {
                job.startProcessingOn(server);
                known.add(job);
            } else {
                job = made(row);
                made.add(job);
            }
            carried.put(key, new Carrier(job, row.fence()));
        }
        left.addAll(rows.save(connection, known));
        if (!left.isEmpty()) {
            log.debug("{} rows of JobRunr's were changed while they were locked", left.size());
        }
        rows.insert(connection, made);
        return () -> carriers.putAll(carried);
    }

    private String definition(JobRow row) {
        return engine.plan(row.planId()).definition();
    }

    private Job made(JobRow row) {
        Job job = rows.of(row, definition(row));
        job.startProcessingOn(server);
        return job;
    }

    @Override
    public Runnable moved(Connection connection, List<Move> moves) throws SQLException {
        Steps steps = new Steps();
        for (Move move : moves) {
            boolean goesOn = move.goesOn() && move.target().state() == JobRow.State.CLAIMED;
            JobRow next = goesOn ? move.from().after(move) : null;
            steps.add(move.from(), end(move.from(), move.row().outcome()), next);
        }
        return steps.write(connection);
    }

    @Override
    public Runnable settled(Connection connection, JobRow from, @Nullable Result outcome, @Nullable JobRow next)
            throws SQLException {
        boolean same = next != null && next.place().equals(from.place()) && next.attempt() == from.attempt();
        if (same) {
            return () -> {};
        }
        Steps steps = new Steps();
        steps.add(
                from,
                outcome == null
                        ? job -> job.delete("It rests; Belay goes on with it when it is due")
                        : end(from, outcome),
                next);
        return steps.write(connection);
    }

    /** What a row of JobRunr's becomes when its attempt has ended. Why it failed may hold what not everybody may see: Belay's dashboard tells. */
    private static UnaryOperator<Job> end(JobRow from, @Nullable Result result) {
        if (result == Result.FAILED || result == Result.REJECTED) {
            return job ->
                    job.delete("Attempt " + from.attempt() + " came to nothing, and Belay goes on as its saga says");
        }
        boolean bad = result == Result.GAVE_UP || result == Result.UNKNOWN;
        return bad
                ? job -> job.failed(
                        "Belay gave the step up: retry or skip it in Belay's dashboard",
                        new StepFailed(
                                "Step \"" + from.step() + "\" of saga " + from.sagaId() + " came out as " + result))
                : Job::succeeded;
    }

    /** Several jobs that leave a step, and perhaps come to another, in one transaction. */
    private final class Steps {
        private final Map<Job, UnaryOperator<Job>> ends = new LinkedHashMap<>();
        private final Map<JobRow, Job> nexts = new LinkedHashMap<>();
        private final List<Runnable> afterwards = new ArrayList<>();

        void add(JobRow from, UnaryOperator<Job> end, @Nullable JobRow next) {
            Key key = Key.of(from);
            Carrier carrier = carriers.get(key);
            if (carrier == null || carrier.fence() != from.fence()) {
                return;
            }
            ends.put(carrier.job(), end);
            if (next == null) {
                afterwards.add(
                        () -> carriers.computeIfPresent(key, (same, now) -> now.fence() == from.fence() ? null : now));
            } else {
                nexts.put(next, made(next));
            }
        }

        /** A transaction that is sent again may have been committed before, its reply lost: then the rows are there, and are the carriers. */
        Runnable write(Connection connection) throws SQLException {
            rows.end(connection, ends);
            List<Job> missing = new ArrayList<>();
            for (Map.Entry<JobRow, Job> next : nexts.entrySet()) {
                UUID id = next.getValue().getId();
                Job stored = sentBefore.add(id) ? null : rows.find(connection, id);
                if (stored == null) {
                    missing.add(next.getValue());
                } else {
                    next.setValue(stored);
                }
            }
            rows.insert(connection, missing);
            return () -> {
                nexts.forEach((next, job) -> {
                    sentBefore.remove(job.getId());
                    carriers.put(Key.of(next), new Carrier(job, next.fence()));
                });
                afterwards.forEach(Runnable::run);
            };
        }
    }

    // ---- rows that nothing became of here

    /** JobRunr claimed the row of a step by itself. Belay's claim decides whether the step may run, and takes the row with it. */
    private void fetched(Job job) {
        if (job.getJobDetails().getJobParameters().get(0).getObject() instanceof StepJob step) {
            Fetched before = fetched.put(new Key(step.saga(), step.branch()), new Fetched(job, System.nanoTime()));
            if (before != null) {
                giveUp(before.job(), "Belay runs this step as another job");
            }
            engine.wake();
        }
    }

    private void returnFetched() {
        fetched.forEach((key, row) -> {
            if (System.nanoTime() - row.at() > FETCHED_LAST_NANOS && fetched.remove(key, row)) {
                giveUp(row.job(), "Belay runs this step as another job, or later");
            }
        });
    }

    /** JobRunr takes a row for orphaned that was not written for four polls. A row that JobRunr has ended meanwhile is left alone. */
    private void beat(Key key, Carrier carrier) {
        if (System.nanoTime() - carrier.beatenAt() < beatNanos) {
            return;
        }
        Job alive = StepRows.copyOf(carrier.job());
        alive.updateProcessing();
        Job now = rows.saveAlone(alive) ? alive : carrier.job();
        carriers.replace(key, carrier, new Carrier(now, carrier.fence()));
    }

    @Override
    public void forget(JobRow job) {
        Key key = Key.of(job);
        tickets.values().stream()
                .filter(way -> way.key().equals(key))
                .forEach(way -> way.ticket().letThreadGo());
        Carrier carrier = carriers.get(key);
        if (carrier != null && carrier.fence() == job.fence() && carriers.remove(key, carrier)) {
            try {
                threads.execute(
                        null,
                        () -> giveUp(
                                carrier.job(), "This worker let go of the step, and Belay runs it as another job"));
            } catch (RejectedExecutionException e) {
                log.debug(
                        "The worker has stopped; JobRunr finds the row of job {} orphaned",
                        carrier.job().getId(),
                        e);
            }
        }
    }

    private void giveUp(Job job, String why) {
        try {
            rows.saveAlone(StepRows.copyOf(job).delete(why));
        } catch (RuntimeException e) {
            log.debug("The row of job {} could not be ended; JobRunr finds it orphaned", job.getId(), e);
        }
    }
}
