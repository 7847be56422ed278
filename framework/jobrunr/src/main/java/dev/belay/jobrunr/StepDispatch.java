package dev.belay.jobrunr;

import dev.belay.JournalEntry.Result;
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
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.utils.resilience.Lock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The second runtime: claimed jobs run on the threads of a JobRunr server, and each has a row of JobRunr's that is written in the
 * transactions of its own. What is due is read from Belay's tables alone, so that whatever happens to a row of JobRunr's loses nothing.
 */
final class StepDispatch implements Dispatch, Companion {
    private static final Logger log = LoggerFactory.getLogger(StepDispatch.class);
    private static final Map<UUID, StepDispatch> BY_SERVER = new ConcurrentHashMap<>();
    private static final long FETCHED_LAST_NANOS = Duration.ofSeconds(2).toNanos();

    /** JobRunr interrupts the thread of a job that was deleted there. A step is stopped by its saga alone, so it is given a thread that never runs. */
    private static final Thread NOBODY = new Thread(() -> {}, "belay-nobody");

    private final Engine engine;
    private final BackgroundJobServer server;
    private final StepRows rows;
    private final ScheduledExecutorService aside;
    private final Map<Key, Carrier> carriers = new ConcurrentHashMap<>();
    private final Map<Runnable, Ticket> tickets = new ConcurrentHashMap<>();
    private final Map<Key, Fetched> fetched = new ConcurrentHashMap<>();
    private final ThreadLocal<@Nullable Ticket> handingOver = new ThreadLocal<>();

    /** The row of JobRunr's that a job held here has now. */
    private record Carrier(Job job, long fence) {}

    /** A row that JobRunr has claimed by itself, and that waits for Belay to claim what it is about. */
    private record Fetched(Job job, long at) {}

    StepDispatch(Engine engine, BackgroundJobServer server, StepRows rows) {
        this.engine = engine;
        this.server = server;
        this.rows = rows;
        this.aside = Executors.newScheduledThreadPool(2, work -> {
            Thread thread = new Thread(work, "belay-aside");
            thread.setDaemon(true);
            return thread;
        });
        if (BY_SERVER.putIfAbsent(server.getId(), this) != null) {
            aside.shutdown();
            throw new IllegalStateException("The JobRunr server " + server.getId()
                    + " runs a Belay worker already; stop that one first, or give this one a server of its own.");
        }
        aside.scheduleWithFixedDelay(this::returnFetched, 1, 1, TimeUnit.SECONDS);
    }

    /** Who runs the steps that {@code server} has threads for; null if nobody does. */
    static @Nullable StepDispatch of(BackgroundJobServer server) {
        return BY_SERVER.get(server.getId());
    }

    // ---- threads

    @Override
    public void execute(@Nullable JobRow job, Runnable work) {
        Carrier carrier = job == null ? null : carriers.get(Key.of(job));
        if (carrier == null) {
            aside.execute(work);
            return;
        }
        Ticket ticket = new Ticket(() -> {
            tickets.remove(work);
            work.run();
        });
        tickets.put(work, ticket);
        handingOver.set(ticket);
        try {
            server.processJob(carrier.job());
        } catch (NullPointerException | RejectedExecutionException e) {
            // The server has just been stopped or paused. What is held already still comes to its next rest.
            log.debug("JobRunr has no threads now", e);
            aside.execute(ticket);
        } finally {
            handingOver.remove();
        }
    }

    @Nullable
    Ticket ticketBeingHandedOver() {
        return handingOver.get();
    }

    @Override
    public boolean withdraw(Runnable work) {
        Ticket ticket = tickets.remove(work);
        return ticket != null && ticket.takeBack();
    }

    @Override
    public boolean isReady() {
        return server.isRunning();
    }

    /** JobRunr's threads are its own: one that hangs is missing until it comes back. */
    @Override
    public void replaceHungThread() {}

    @Override
    public void hungThreadReturned() {}

    @Override
    public void shutDown() {
        BY_SERVER.remove(server.getId(), this);
        aside.shutdown();
    }

    @Override
    public Companion companion() {
        return this;
    }

    // ---- rows

    @Override
    public Runnable claimed(Connection connection, List<JobRow> claimed) throws SQLException {
        Map<Key, Carrier> carried = new HashMap<>();
        Map<Key, Job> known = new LinkedHashMap<>();
        List<Job> made = new ArrayList<>();
        for (JobRow row : claimed) {
            Key key = Key.of(row);
            Fetched here = fetched.get(key);
            if (here != null) {
                carried.put(key, new Carrier(here.job(), row.fence()));
                continue;
            }
            Optional<Job> enqueued = enqueued(connection, row);
            Job job = enqueued.orElseGet(() -> made(row));
            job.startProcessingOn(server);
            if (enqueued.isPresent()) {
                known.put(key, job);
            } else {
                made.add(job);
            }
            carried.put(key, new Carrier(job, row.fence()));
        }
        List<Job> taken = rows.save(connection, List.copyOf(known.values()));
        for (JobRow row : claimed) {
            Job job = known.get(Key.of(row));
            if (job != null && taken.stream().anyMatch(other -> other.getId().equals(job.getId()))) {
                // A server of JobRunr's was faster with that row, and gives it back: the step is carried by another.
                Job instead = made(row);
                instead.startProcessingOn(server);
                made.add(instead);
                carried.put(Key.of(row), new Carrier(instead, row.fence()));
            }
        }
        rows.insert(connection, made);
        return () -> carried.forEach((key, carrier) -> {
            fetched.computeIfPresent(key, (same, there) -> there.job() == carrier.job() ? null : there);
            carry(key, carrier);
        });
    }

    /** The row that the start of a saga has made for its first step, if that waits still. */
    private Optional<Job> enqueued(Connection connection, JobRow row) throws SQLException {
        boolean first = row.branch() == 0 && row.seq() == 1 && row.fence() == 1 && !row.undoing();
        return first
                ? rows.find(connection, row.sagaId()).filter(job -> job.hasState(StateName.ENQUEUED))
                : Optional.empty();
    }

    private Job made(JobRow row) {
        return rows.next(row.sagaId(), row.branch(), engine.plan(row.planId()).definition(), row.step(), row.undoing());
    }

    private void carry(Key key, Carrier carrier) {
        carriers.put(key, carrier);
        // It deletes a job that it is told of twice, and of one that JobRunr has fetched itself it was told then.
        server.getJobSteward().stopProcessing(carrier.job());
        server.getJobSteward().startProcessing(carrier.job(), NOBODY);
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
        if (result == Result.FAILED) {
            return job -> job.delete("Attempt " + from.attempt() + " failed, and Belay tries the step again");
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
        private final List<Job> nexts = new ArrayList<>();
        private final List<Runnable> afterwards = new ArrayList<>();

        void add(JobRow from, UnaryOperator<Job> end, @Nullable JobRow next) {
            Key key = Key.of(from);
            Carrier carrier = carriers.get(key);
            if (carrier == null || carrier.fence() != from.fence()) {
                return;
            }
            server.getJobSteward().stopProcessing(carrier.job());
            // Whoever writes that it is alive has the lock until that is committed.
            try (Lock lock = carrier.job().lock()) {
                ends.put(StepRows.copyOf(carrier.job()), end);
            }
            if (next == null) {
                afterwards.add(() -> carriers.remove(key, carrier));
            } else {
                Job job = made(next);
                job.startProcessingOn(server);
                nexts.add(job);
                afterwards.add(() -> carry(key, new Carrier(job, next.fence())));
            }
        }

        Runnable write(Connection connection) throws SQLException {
            rows.end(connection, ends);
            rows.insert(connection, nexts);
            return () -> afterwards.forEach(Runnable::run);
        }
    }

    // ---- rows that nothing became of here

    /** JobRunr claimed the row of a step by itself. Belay's claim decides whether the step may run, and takes the row with it. */
    void fetched(Job job) {
        Object request = job.getJobDetails().getJobParameterValues()[0];
        if (request instanceof StepJob step && step.schema().equals(engine.schema())) {
            server.getJobSteward().startProcessing(job, NOBODY);
            fetched.put(new Key(step.saga(), step.branch()), new Fetched(job, System.nanoTime()));
            engine.wake();
        } else {
            giveUp(job, "It is of another schema of Belay's than the one run here");
        }
    }

    private void returnFetched() {
        fetched.forEach((key, row) -> {
            if (System.nanoTime() - row.at() > FETCHED_LAST_NANOS && fetched.remove(key, row)) {
                giveUp(row.job(), "Belay runs this step as another job, or later");
            }
        });
    }

    @Override
    public void forget(JobRow job) {
        Key key = Key.of(job);
        Carrier carrier = carriers.get(key);
        if (carrier != null && carrier.fence() == job.fence() && carriers.remove(key, carrier)) {
            giveUpAside(carrier.job());
        }
    }

    private void giveUpAside(Job job) {
        try {
            aside.execute(() -> giveUp(job, "This worker let go of the step, and it goes on as another job"));
        } catch (RejectedExecutionException e) {
            log.debug("The worker has stopped; JobRunr finds the row of job {} orphaned", job.getId(), e);
        }
    }

    private void giveUp(Job job, String why) {
        server.getJobSteward().stopProcessing(job);
        try {
            job.delete(why);
            server.getStorageProvider().save(job);
        } catch (RuntimeException e) {
            log.debug("The row of job {} could not be ended; JobRunr finds it orphaned", job.getId(), e);
        }
    }
}
