package dev.belay.internal.worker;

import dev.belay.SagaException;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.internal.coordinator.Coordinator;
import dev.belay.internal.coordinator.Definitions;
import dev.belay.internal.coordinator.Tables;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Partitions;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.JobTable;
import dev.belay.internal.queue.Lane;
import dev.belay.internal.queue.ReservedConnection;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker: claims jobs, keeps its lease, takes over from the dead, and gives each claimed job a thread to run on.
 *
 * <p>Four loops, each with a thread of its own: claim, heartbeat, watch (timeouts and idle claims), and deliver. Their
 * connections, and those of the lanes, are kept, so that user code cannot take them.
 */
public final class RunningWorker implements Worker {
    private static final Logger log = LoggerFactory.getLogger(RunningWorker.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int LARGEST_CLAIM = 500;
    private static final int TAKEOVER_AT_ONCE = 500;
    private static final int MOST_SUSPICIONS_IN_COMPANY = 1;
    private static final long QUICK_STEP_NANOS = Duration.ofMillis(5).toNanos();
    private static final long LONGEST_UNSTARTED_NANOS = Duration.ofSeconds(1).toNanos();
    private static final Duration WATCH = Duration.ofMillis(100);

    private final WorkerOptions options;
    private final Engine engine;
    private final Lease lease;
    private final List<Lane> lanes = new ArrayList<>();
    private final ReservedConnection claimConnection;
    private final ReservedConnection controlConnection;
    private final Map<Held, SagaRun> runs = new ConcurrentHashMap<>();
    private final Map<Held, Long> strangers = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor threads;
    private final StepRunner runner;
    private final Loop claims;
    private final Loop heart;
    private final Loop watch;
    private final Loop deliveries;
    private final @Nullable Listener listener;
    private final AtomicBoolean started = new AtomicBoolean();
    private volatile long incarnation;
    private volatile boolean stopping;
    private volatile boolean closed;
    private volatile boolean leftWork;
    private volatile long typicalStepNanos = 1_000_000;
    private volatile long partitionsCheckedAt = System.nanoTime();

    private record Held(UUID saga, int branch) {}

    /** What a worker shares with the rest of its engine. */
    public record Engine(
            DataSource dataSource,
            Jdbi jdbi,
            Tables tables,
            Payloads payloads,
            Definitions definitions,
            Coordinator coordinator,
            Partitions partitions,
            Notifier notifier,
            Runnable whenStopped) {}

    /** A worker, not yet started. */
    public RunningWorker(WorkerOptions options, Engine engine) {
        this.options = options;
        this.engine = engine;
        this.lease = new Lease(options.lease());
        this.claimConnection = new ReservedConnection(engine.dataSource());
        this.controlConnection = new ReservedConnection(engine.dataSource());
        this.threads = new ThreadPoolExecutor(
                options.slots(),
                options.slots(),
                30,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                StepThreads.factory(options));
        threads.allowCoreThreadTimeOut(true);
        Transactions transactions =
                new Transactions(engine.dataSource(), engine.tables().moves(), options.transactions());
        this.runner = new StepRunner(
                this,
                engine.coordinator(),
                engine.payloads(),
                new StepCode(engine.payloads(), transactions),
                new UndoCode(engine.payloads(), transactions));
        this.claims = new Loop("belay-claim", this::claimOnce);
        this.heart = new Loop("belay-heart", this::beatOnce);
        this.watch = new Loop("belay-watch", this::watchOnce);
        Deliveries outbox = new Deliveries(engine);
        this.deliveries = new Loop("belay-deliver", outbox::runOnce);
        this.listener = options.notifications()
                ? new Listener(
                        engine.dataSource(), Notifier.channel(engine.tables().schema()), this)
                : null;
    }

    @Override
    public Worker start() {
        if (!started.compareAndSet(false, true)) {
            throw new IllegalStateException("The worker was started before; make a new one with belay.worker().");
        }
        for (int i = 0; i < options.lanes(); i++) {
            lanes.add(new Lane(
                    "belay-lane-" + i, engine.dataSource(), engine.tables().moves()));
        }
        try {
            beginIncarnation();
        } catch (SQLException e) {
            throw new SagaException("The worker cannot register in the database: " + e.getMessage(), e);
        }
        engine.notifier().register(this);
        heart.start();
        claims.start();
        watch.start();
        deliveries.start();
        if (listener != null) {
            listener.start();
        }
        return this;
    }

    private void beginIncarnation() throws SQLException {
        long id = RANDOM.nextLong() & Long.MAX_VALUE;
        long sentAt = System.nanoTime();
        controlConnection.withHandle(handle -> {
            engine.tables().workers().register(handle, id, options.name(), options.lease());
            return id;
        });
        incarnation = id;
        lease.renewed(sentAt);
        log.info("Worker {} works as {}", options.name(), Long.toHexString(id));
    }

    @Override
    public long incarnation() {
        return incarnation;
    }

    // ---- claiming

    private Duration claimOnce() throws SQLException {
        int wanted = stopping || !lease.isValid() ? 0 : Math.min(LARGEST_CLAIM, room());
        if (wanted <= 0) {
            return idle();
        }
        int claimed = 0;
        leftWork = false;
        for (String queue : options.queues()) {
            int limit = wanted - claimed;
            if (limit == 0) {
                leftWork = true;
                break;
            }
            List<JobTable.Claimed> jobs = claim(queue, limit);
            claimed += jobs.size();
            leftWork |= jobs.size() == limit;
        }
        return leftWork && room() > 0 ? Duration.ZERO : idle();
    }

    private List<JobTable.Claimed> claim(String queue, int limit) throws SQLException {
        long owner = incarnation;
        int suspicions = runsSuspect() ? MOST_SUSPICIONS_IN_COMPANY : Integer.MAX_VALUE;
        List<JobTable.Claimed> jobs = claimConnection.withHandle(handle ->
                engine.tables().jobs().claim(handle, queue, engine.definitions().runnable(), suspicions, limit, owner));
        List<JobRow> back = new ArrayList<>();
        boolean hasSuspect = runsSuspect();
        for (JobTable.Claimed claimed : jobs) {
            boolean suspect = claimed.job().suspicions() > MOST_SUSPICIONS_IN_COMPANY;
            if (suspect && hasSuspect) {
                back.add(claimed.job());
                continue;
            }
            hasSuspect |= suspect;
            SagaRun run = new SagaRun(
                    runner,
                    claimed.job(),
                    claimed.saga(),
                    engine.definitions().plan(claimed.job().planId()));
            runs.put(held(claimed.job()), run);
            threads.execute(run);
        }
        if (!back.isEmpty()) {
            handBack(back, owner);
        }
        return jobs;
    }

    private boolean runsSuspect() {
        return runs.values().stream().anyMatch(run -> run.job().suspicions() > MOST_SUSPICIONS_IN_COMPANY);
    }

    private static Held held(JobRow job) {
        return new Held(job.sagaId(), job.branch());
    }

    /**
     * How many more jobs to claim. A saga that waits for its commit holds no thread, so that quick steps want many more jobs than
     * threads; of slow steps, each claimed and not started is one that another worker could have.
     */
    private int room() {
        int slots = options.slots();
        boolean quick = typicalStepNanos < QUICK_STEP_NANOS;
        int most = quick ? Math.min(8 * slots, slots + 1_000) : slots + Math.max(1, slots / 8);
        int room = most - runs.size();
        // Claiming one by one would cost a statement a saga: wait for a handful, unless hands are idle.
        boolean worthwhile = room >= Math.max(1, most / 4) || runs.size() < slots;
        return worthwhile ? room : 0;
    }

    private Duration idle() {
        double jitter = 0.75 + ThreadLocalRandom.current().nextDouble() * 0.5;
        return Duration.ofNanos((long) (options.poll().toNanos() * jitter));
    }

    /** There may be something to claim. */
    void wake() {
        claims.wake();
    }

    boolean hasHandsFree() {
        return !stopping && started.get() && runs.size() < options.slots();
    }

    // ---- heartbeat and takeover

    private Duration beatOnce() throws SQLException {
        long sentAt = System.nanoTime();
        long id = incarnation;
        boolean alive = controlConnection.withHandle(
                handle -> engine.tables().workers().heartbeat(handle, id, options.lease()));
        if (!alive) {
            log.warn(
                    "Worker {} lost its lease: its {} jobs belong to others now, and it begins anew",
                    options.name(),
                    runs.size());
            loseEverything();
            beginIncarnation();
            return Duration.ZERO;
        }
        lease.renewed(sentAt);
        compareClaims(id);
        if (lease.isSteady() && !stopping) {
            takeOver();
        }
        makePartitions();
        return options.heartbeat();
    }

    private void loseEverything() {
        for (SagaRun run : runs.values()) {
            if (threads.remove(run)) {
                forget(run);
            } else {
                run.stop(SagaRun.Stop.LOST);
            }
        }
    }

    /** What the database says this worker holds, against what it knows. */
    private void compareClaims(long id) throws SQLException {
        List<JobTable.Held> inDatabase =
                controlConnection.withHandle(handle -> engine.tables().jobs().heldBy(handle, id));
        Map<Held, Long> unknown = new ConcurrentHashMap<>();
        List<JobTable.Held> lostReplies = new ArrayList<>();
        for (JobTable.Held job : inDatabase) {
            Held key = new Held(job.sagaId(), job.branch());
            SagaRun run = runs.get(key);
            if (run == null) {
                unknown.put(key, job.fence());
                if (Long.valueOf(job.fence()).equals(strangers.get(key))) {
                    lostReplies.add(job);
                }
            } else if (run.job().epoch() < job.epoch()) {
                turned(run);
            } else if (run.job().fence() < job.fence()) {
                run.stop(SagaRun.Stop.LOST);
            }
        }
        strangers.clear();
        strangers.putAll(unknown);
        if (!lostReplies.isEmpty()) {
            controlConnection.withHandle(handle -> {
                engine.tables().jobs().handBackHeld(handle, lostReplies, id);
                return lostReplies.size();
            });
        }
    }

    private void takeOver() throws SQLException {
        int dead =
                controlConnection.withHandle(handle -> engine.tables().workers().removeExpired(handle));
        int taken;
        int sum = 0;
        do {
            taken = controlConnection.withHandle(
                    handle -> engine.tables().jobs().takeOver(handle, TAKEOVER_AT_ONCE));
            sum += taken;
        } while (taken == TAKEOVER_AT_ONCE);
        if (dead > 0 || sum > 0) {
            log.info("Took over {} jobs; {} workers had died", sum, dead);
        }
        if (sum > 0) {
            engine.notifier().wakeAll();
        }
    }

    private void makePartitions() {
        if (System.nanoTime() - partitionsCheckedAt > Duration.ofMinutes(10).toNanos()) {
            partitionsCheckedAt = System.nanoTime();
            engine.partitions().makeAheadDaily();
            engine.definitions().refresh();
        }
    }

    boolean leaseIsValid() {
        return lease.isValid();
    }

    // ---- directions, timeouts, idle claims

    /** Somebody changed a saga's direction: if a step of it runs here, the heart looks at its epoch now. */
    void directionChanged(UUID saga) {
        if (runs.values().stream().anyMatch(run -> run.job().sagaId().equals(saga))) {
            heart.wake();
        }
    }

    private void turned(SagaRun run) {
        if (threads.remove(run)) {
            threads.execute(() -> runner.turnUnstarted(run));
        } else {
            run.stop(SagaRun.Stop.TURNED);
        }
    }

    private Duration watchOnce() throws SQLException {
        List<JobRow> unstarted = new ArrayList<>();
        for (SagaRun run : runs.values()) {
            long overdue = run.overdueNanos();
            if (overdue >= options.timeoutGrace().toNanos()) {
                threads.getThreadFactory()
                        .newThread(() -> runner.takeFromHungStep(run))
                        .start();
                run.abandon();
                forget(run);
            } else if (overdue >= 0 && run.stopping() == null) {
                run.stop(SagaRun.Stop.TIMED_OUT);
            }
            boolean idle = !run.hasBegun() && System.nanoTime() - run.claimedAt() > LONGEST_UNSTARTED_NANOS;
            if (idle && threads.remove(run)) {
                forget(run);
                unstarted.add(run.job());
            }
        }
        if (!unstarted.isEmpty()) {
            handBack(unstarted, incarnation);
            engine.notifier().wakeAll();
        }
        return WATCH;
    }

    // ---- what the runner needs

    boolean mayStartStep() {
        return lease.isValid() && !stopping;
    }

    boolean isStopping() {
        return stopping;
    }

    boolean isClosed() {
        return closed;
    }

    boolean leftWorkUnclaimed() {
        return leftWork;
    }

    /** An average that leans to the newest; exactness does not matter, so neither do lost updates. */
    void stepTook(long nanos) {
        typicalStepNanos = (typicalStepNanos * 15 + nanos) / 16;
    }

    Lane lane(UUID saga) {
        return lanes.get(Math.floorMod(saga.hashCode(), lanes.size()));
    }

    List<JournalRow> journalOf(UUID saga) {
        return engine.jdbi().withHandle(handle -> engine.tables().journal().of(handle, saga));
    }

    boolean markStarted(JobRow job) {
        return engine.jdbi().withHandle(handle -> engine.tables().jobs().markStarted(handle, job));
    }

    void execute(SagaRun run, Runnable next) {
        if (closed) {
            forget(run);
        } else {
            threads.execute(next);
        }
    }

    void finished(SagaRun run) {
        forget(run);
    }

    /** A fault of ours, not of a step: the job is left to the lease, so that nothing is lost, and said loudly. */
    void dropped(SagaRun run, RuntimeException error) {
        forget(run);
        if (!closed) {
            log.error(
                    "Saga {} was dropped at step \"{}\" and is tried again",
                    run.job().sagaId(),
                    run.job().step(),
                    error);
        }
    }

    private void forget(SagaRun run) {
        runs.remove(held(run.job()), run);
        if (room() > 0) {
            claims.wake();
        }
    }

    void handBack(SagaRun run) {
        forget(run);
        Long owner = run.job().owner();
        if (owner != null && lease.isValid()) {
            engine.jdbi().useHandle(handle -> engine.tables().jobs().handBack(handle, List.of(run.job()), owner));
        }
    }

    private void handBack(Collection<JobRow> jobs, long owner) throws SQLException {
        controlConnection.withHandle(handle -> {
            engine.tables().jobs().handBack(handle, jobs, owner);
            return jobs.size();
        });
    }

    // ---- stopping

    @Override
    public boolean stop(Duration drain) {
        if (!started.get() || closed) {
            return true;
        }
        stopping = true;
        engine.notifier().unregister(this);
        claims.stop();
        // First of all, so that others need not wait for what takes longer.
        handBackUnstarted();
        deliveries.stop();
        if (listener != null) {
            listener.close();
        }
        boolean drained = awaitEmpty(drain);
        if (!drained) {
            runs.values().forEach(run -> run.stop(SagaRun.Stop.SHUT_DOWN));
            awaitEmpty(Duration.ofSeconds(1));
        }
        heart.stop();
        watch.stop();
        closed = true;
        threads.shutdown();
        lanes.forEach(Lane::close);
        claimConnection.close();
        if (runs.isEmpty()) {
            removeRow();
            engine.notifier().wakeAll();
        }
        controlConnection.close();
        engine.whenStopped().run();
        return drained;
    }

    private void handBackUnstarted() {
        List<JobRow> unstarted = new ArrayList<>();
        for (SagaRun run : runs.values()) {
            if (threads.remove(run)) {
                runs.remove(held(run.job()), run);
                unstarted.add(run.job());
            }
        }
        if (unstarted.isEmpty()) {
            return;
        }
        try {
            handBack(unstarted, incarnation);
        } catch (SQLException | RuntimeException e) {
            log.warn("{} jobs could not be handed back; others take them when the lease is over", unstarted.size(), e);
        }
    }

    private boolean awaitEmpty(Duration atMost) {
        long until = System.nanoTime() + atMost.toNanos();
        while (!runs.isEmpty() && System.nanoTime() - until < 0) {
            Bell.pause(Duration.ofMillis(5));
        }
        return runs.isEmpty();
    }

    private void removeRow() {
        try {
            controlConnection.withHandle(handle -> {
                engine.tables().workers().remove(handle, incarnation);
                return true;
            });
        } catch (SQLException | RuntimeException e) {
            log.warn("The worker's row could not be removed; it goes when its lease is over", e);
        }
    }

    @Override
    public void close() {
        stop(Duration.ofSeconds(10));
    }
}
