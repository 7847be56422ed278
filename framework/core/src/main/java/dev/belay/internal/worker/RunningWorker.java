package dev.belay.internal.worker;

import dev.belay.Retention;
import dev.belay.SagaException;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.internal.coordinator.Bulks;
import dev.belay.internal.coordinator.Coordinator;
import dev.belay.internal.coordinator.Definitions;
import dev.belay.internal.coordinator.Purges;
import dev.belay.internal.coordinator.Sweep;
import dev.belay.internal.coordinator.Tables;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Partitions;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.queue.Companion;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.JobTable;
import dev.belay.internal.queue.Lane;
import dev.belay.internal.queue.ReservedConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker: its loops, started and stopped together, and what they share.
 *
 * <p>{@link Claims} fetches jobs, {@link Crew} runs them by {@link StepRunner}, {@link Lane}s commit what they did, {@link Heart}
 * keeps the lease and takes over, {@link Watch} minds the time, {@link Deliveries} tells listeners and webhooks, {@link Keeping} purges,
 * {@link Listener} hears other processes. Loops and lanes keep their threads and connections, so that user code cannot take them.
 */
public final class RunningWorker implements Worker {
    private static final Logger log = LoggerFactory.getLogger(RunningWorker.class);

    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);

    private final WorkerOptions options;
    private final Engine engine;
    private final Crew crew;
    private final ReservedConnection control;
    private final List<Lane> lanes = new ArrayList<>();
    private final Claims claims;
    private final Heart heart;
    private final StepRunner runner;
    private final Joins joins;
    private final ModelBooks books;
    private final Limits limits;
    private final Loop claimLoop;
    private final Loop heartLoop;
    private final Loop watchLoop;
    private final Deliveries deliveries;
    private final Loop deliveryLoop;
    private final Upkeep upkeep;
    private final Loop upkeepLoop;
    private final Loop keepingLoop;
    private final Loop bulkLoop;
    private final @Nullable Listener listener;
    private final AtomicBoolean started = new AtomicBoolean();
    private volatile boolean stopping;
    private volatile boolean closed;

    /** What a worker shares with the rest of its engine. */
    public record Engine(
            DataSource dataSource,
            Jdbi jdbi,
            Tables tables,
            Payloads payloads,
            Definitions definitions,
            Coordinator coordinator,
            Sweep sweep,
            Partitions partitions,
            Notifier notifier,
            Waiters waiters,
            Purges purges,
            Bulks bulks,
            Retention retention,
            Dispatch dispatch,
            Runnable whenStopped) {}

    /** A worker, not yet started. */
    public RunningWorker(WorkerOptions options, Engine engine) {
        this.options = options;
        this.engine = engine;
        this.crew = new Crew(options, engine.dispatch());
        this.control = new ReservedConnection(engine.dataSource());
        Transactions transactions = new Transactions(
                engine.dataSource(),
                engine.jdbi(),
                engine.tables(),
                options.transactions(),
                engine.dispatch().companion());
        this.runner = new StepRunner(
                this,
                engine.coordinator(),
                engine.dispatch().companion(),
                engine.payloads(),
                new StepCode(engine.payloads(), transactions),
                new UndoCode(engine.payloads(), transactions));
        this.books = new ModelBooks(engine.jdbi(), engine.tables(), options.transactions());
        this.limits = new Limits(this, engine, crew);
        this.joins = new Joins(this, engine.coordinator(), crew);
        this.claims = new Claims(this, engine, options, crew, runner);
        this.heart = new Heart(this, engine, options, crew, claims, control);
        this.claimLoop = new Loop("belay-claim", claims::runOnce);
        this.heartLoop = new Loop("belay-heart", heart::runOnce);
        this.watchLoop = new Loop("belay-watch", new Watch(this, engine, options, crew, runner)::runOnce);
        this.deliveries = new Deliveries(engine, options.poll(), this::wakeDeliveries);
        this.deliveryLoop = new Loop("belay-deliver", deliveries::runOnce);
        this.upkeep = new Upkeep(this, engine, options, claims);
        this.upkeepLoop = new Loop("belay-upkeep", upkeep::runOnce);
        this.bulkLoop = new Loop("belay-bulk", new BulkWork(this, engine)::runOnce);
        this.keepingLoop =
                new Loop("belay-keep", new Keeping(engine.purges(), engine.retention(), this::isStopping)::runOnce);
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
        try {
            reserveConnections();
            heart.beginIncarnation();
            engine.dispatch().start();
        } catch (SQLException | RuntimeException e) {
            lanes.forEach(Lane::close);
            lanes.clear();
            control.discard();
            started.set(false);
            if (e instanceof SagaException refused) {
                throw refused;
            }
            throw new SagaException("The worker cannot register in the database: " + e.getMessage(), e);
        }
        engine.notifier().register(this);
        heartLoop.start();
        claimLoop.start();
        watchLoop.start();
        deliveryLoop.start();
        upkeepLoop.start();
        keepingLoop.start();
        bulkLoop.start();
        if (listener != null) {
            listener.start();
        }
        return this;
    }

    /**
     * Takes what the worker keeps, before user code may have taken the pool's last connection. Loops take theirs a moment later;
     * that there is one for each, and one for everything else, is seen by taking and giving them back.
     */
    private void reserveConnections() throws SQLException {
        int kept = options.lanes() + (listener == null ? 2 : 3);
        int had = 0;
        List<Connection> probes = new ArrayList<>();
        try {
            control.reserve();
            had++;
            for (int i = 0; i < options.lanes(); i++) {
                Lane lane = new Lane(
                        "belay-lane-" + i,
                        engine.dataSource(),
                        engine.tables().moves(),
                        engine.tables().stats(),
                        engine.dispatch().companion());
                lanes.add(lane);
                lane.reserve();
                had++;
            }
            while (had <= kept) {
                probes.add(engine.dataSource().getConnection());
                had++;
            }
        } catch (SQLException e) {
            if (had == 0) {
                throw e;
            }
            throw tooFewConnections(kept, had, e);
        } finally {
            probes.forEach(RunningWorker::giveBack);
        }
    }

    private SagaException tooFewConnections(int kept, int had, SQLException reason) {
        return new SagaException(
                "The worker has too few connections: it keeps " + kept + " for itself (" + options.lanes()
                        + " to commit steps, 1 to claim, 1 for its heartbeat"
                        + (listener == null ? "" : ", 1 to listen")
                        + ") and needs at least 1 more for everything else, but after " + had
                        + " the data source gave no more: " + reason.getMessage()
                        + ". Give its pool at least " + (kept + 1)
                        + " connections for each worker, and those that your own code uses; or start the worker with"
                        + " fewer lanes.",
                reason);
    }

    private static void giveBack(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            log.debug("A connection broke before the worker started", e);
        }
    }

    @Override
    public long incarnation() {
        return heart.incarnation();
    }

    // ---- what others tell this worker

    /** There may be something to claim. */
    void wake() {
        claimLoop.wake();
    }

    private void wakeDeliveries() {
        deliveryLoop.wake();
    }

    /** Somebody changed a saga's direction: if a step of it runs here, the heart compares epochs now. */
    void directionChanged(UUID saga) {
        // If that ended it, others may wait for its end.
        upkeepLoop.wake();
        if (crew.holds(saga)) {
            heart.tellDirectionChanged();
            heartLoop.wake();
        }
    }

    /** Something was paused, resumed or limited: the heart asks what. */
    void settingsChanged() {
        heartLoop.wake();
    }

    /** Somebody decided about many sagas: that is carried out now, and not only when the loop comes by. */
    void bulkBegun() {
        bulkLoop.wake();
    }

    /** Itself, for sagas of a queue, if threads are idle and nothing else was left waiting for them. */
    Hands hands(String queue) {
        boolean free = mayStartStep()
                && options.queues().contains(queue)
                && engine.dispatch().companion() == Companion.NONE
                && !claims.leftWork()
                && crew.hasIdleThreads();
        return free ? claims.hands(crew.roomForStarts()) : Hands.NONE;
    }

    boolean hasHandsFreeFor(String queue) {
        return mayStartStep() && options.queues().contains(queue) && crew.hasIdleThreads();
    }

    // ---- what its parts ask of it

    boolean leaseIsValid() {
        return heart.leaseIsValid();
    }

    boolean mayStartStep() {
        return heart.leaseIsValid() && !stopping;
    }

    Settings settings() {
        return heart.settings();
    }

    boolean isStopping() {
        return stopping;
    }

    /** Whether another worker should have what this one holds: it stops, or has no threads for it. */
    boolean givesWorkAway() {
        return stopping || !engine.dispatch().isReady();
    }

    boolean isClosed() {
        return closed;
    }

    boolean leftWorkUnclaimed() {
        return claims.leftWork();
    }

    void stepTook(long nanos) {
        crew.stepTook(nanos);
    }

    void hungStepReturned() {
        crew.hungThreadReturned();
    }

    Lane lane(UUID saga) {
        return lanes.get(Math.floorMod(saga.hashCode(), lanes.size()));
    }

    /** Idle lanes write what they have counted. */
    void writeOldCounts() {
        lanes.forEach(Lane::writeOldCounts);
    }

    List<JournalRow> journalOf(UUID saga, int branch) {
        return engine.jdbi().withHandle(handle -> engine.tables().journal().of(handle, saga, branch));
    }

    List<JournalRow> outputsOf(UUID saga, String step) {
        return engine.jdbi().withHandle(handle -> engine.tables().journal().outputs(handle, saga, step));
    }

    List<JournalRow> begunBranches(UUID saga, int first, int last) {
        return engine.jdbi().withHandle(handle -> engine.tables().journal().begun(handle, saga, first, last));
    }

    int countDone(UUID saga, int first, int last) {
        return engine.jdbi().withHandle(handle -> engine.tables().journal().countDone(handle, saga, first, last));
    }

    boolean hasOpenBranches(UUID saga, int parent) {
        return engine.jdbi().withHandle(handle -> engine.tables().branches().hasOpen(handle, saga, parent));
    }

    Optional<JournalRow> oldestMessage(UUID saga, String name) {
        return engine.jdbi()
                .withHandle(handle -> engine.tables()
                        .waits()
                        .oldestMessage(handle, saga, name)
                        .flatMap(n -> engine.tables().journal().message(handle, saga, n)));
    }

    ModelBooks books() {
        return books;
    }

    Optional<JournalRow> message(UUID saga, String name, String key) {
        return engine.jdbi().withHandle(handle -> engine.tables().journal().message(handle, saga, name, key));
    }

    boolean isOverdue(JobRow job) {
        return engine.jdbi().withHandle(handle -> engine.tables().jobs().isTooLate(handle, job, Duration.ZERO));
    }

    Optional<JobRow> setDeadline(JobRow job, Duration within) {
        return engine.jdbi().withHandle(handle -> engine.tables().jobs().setDeadline(handle, job, within));
    }

    /** A child ended here: its parent is woken now, and not only when the upkeep comes by. */
    void owesWakeUp() {
        upkeep.owes();
        upkeepLoop.wake();
    }

    /** A child was started here: whoever serves its queue is told. */
    void started(int plan) {
        engine.notifier().wake(engine.definitions().plan(plan).plan().queue());
    }

    /** A child was turned back here: whoever runs a step of it is told. */
    void toldToTurn(UUID child) {
        engine.notifier().directionChanged(child);
    }

    Definitions definitions() {
        return engine.definitions();
    }

    Optional<SagaRow> saga(UUID id) {
        return engine.jdbi().withHandle(handle -> engine.tables().sagas().find(handle, id));
    }

    Limits limits() {
        return limits;
    }

    /** Something is owed to another saga: it is not left to the next second. */
    void sweepSoon() {
        upkeepLoop.wake();
    }

    boolean markStarted(JobRow job) {
        return engine.jdbi().withHandle(handle -> engine.tables().jobs().markStarted(handle, job));
    }

    /**
     * The saga of a held job was turned back or paused: a job not begun is turned now. A running step is asked to stop if its saga
     * was turned back; a pause lets it end.
     */
    void turned(SagaRun run, boolean back) {
        if (crew.withdraw(run)) {
            crew.goOn(run, () -> runner.turnUnstarted(run));
        } else if (back) {
            run.stop(SagaRun.Stop.TURNED);
        }
    }

    void execute(SagaRun run, Runnable next) {
        if (closed) {
            crew.forget(run);
        } else {
            crew.goOn(run, next);
        }
    }

    /** A job of this worker's waits: it is looked for when it is due. */
    void waits(Duration delay) {
        claims.dueIn(delay);
        claimLoop.wake();
    }

    /** This worker is done with a job: it ended, waits, is parked, or belongs to another. */
    void finished(SagaRun run) {
        forget(run);
        Integer parent = run.job().parent();
        if (run.hasLeft() && parent != null) {
            // Only now, so that of several that end at the same time the last sees no other.
            joins.left(run.job().sagaId(), parent);
        }
        engine.waiters().tell(run.job().sagaId());
    }

    /** A fault of ours, not of a step: the heart finds the job held by nobody here and hands it back, so that nothing is lost. */
    void dropped(SagaRun run, Throwable error) {
        forget(run);
        if (!closed) {
            log.error(
                    "Saga {} was dropped at step \"{}\" and is tried again",
                    run.job().sagaId(),
                    run.job().step(),
                    error);
        }
    }

    /**
     * A step let go of its job because the lease is over, is another's, or the worker stops. In the last case others need not wait:
     * the claim is recorded as lost, and since no process died, nobody is suspected.
     */
    void letGo(SagaRun run) {
        JobRow job = run.job();
        Long owner = job.owner();
        if (run.stopping() == SagaRun.Stop.SHUT_DOWN && owner != null) {
            JobTable.Held held = new JobTable.Held(job.sagaId(), job.branch(), job.fence(), job.epoch());
            try {
                engine.jdbi().useHandle(handle -> engine.tables().jobs().handBackHeld(handle, List.of(held), owner));
            } catch (RuntimeException e) {
                log.warn("A job could not be handed back; others take it when the lease is over: {}", e.getMessage());
            }
        }
        finished(run);
    }

    private void forget(SagaRun run) {
        crew.forget(run);
        limits.over(run);
        if (crew.room() > 0) {
            claimLoop.wake();
        }
    }

    void handBack(SagaRun run) {
        forget(run);
        handBack(run.job());
    }

    void handBack(JobRow job) {
        Long owner = job.owner();
        if (owner != null && leaseIsValid()) {
            engine.jdbi().useHandle(handle -> engine.tables().jobs().handBack(handle, List.of(job), owner));
            engine.notifier().wakeAll();
        }
    }

    /** The same for jobs that were never given to the crew; others are told. */
    void handBackAll(Collection<JobRow> jobs, long owner) throws SQLException {
        handBack(jobs, owner);
        engine.notifier().wakeAll();
    }

    void handBack(Collection<JobRow> jobs, long owner) throws SQLException {
        control.withHandle(handle -> {
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
        claimLoop.stop();
        // First of all, so that others need not wait for what takes longer.
        inGoodTime("hand back", this::handBackUnstarted);
        deliveryLoop.stop();
        deliveries.stop();
        keepingLoop.stop();
        bulkLoop.stop();
        if (listener != null) {
            inGoodTime("stop listening", listener::close);
        }
        boolean drained = crew.awaitEmpty(drain);
        if (!drained) {
            crew.all().forEach(run -> run.stop(SagaRun.Stop.SHUT_DOWN));
            crew.awaitEmpty(Duration.ofSeconds(1));
        }
        joins.awaitEmpty(Duration.ofSeconds(1));
        heartLoop.stop();
        watchLoop.stop();
        upkeepLoop.stop();
        closed = true;
        crew.shutDown();
        inGoodTime("write its counts", () -> lanes.forEach(Lane::writeCounts));
        lanes.forEach(Lane::close);
        claims.close();
        if (crew.isEmpty()) {
            inGoodTime("sign off", heart::endIncarnation);
            engine.notifier().wakeAll();
        }
        control.close();
        engine.whenStopped().run();
        return drained;
    }

    /** What asks the database is given up after a few seconds: it may never answer, and what it would do, others do later. */
    private static void inGoodTime(String what, Runnable task) {
        Thread thread = new Thread(task, "belay-" + what.replace(' ', '-'));
        thread.setDaemon(true);
        thread.start();
        try {
            thread.join(LONGEST_ANSWER.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            log.warn("The worker stops and could not {}, for the database does not answer", what);
        }
    }

    private void handBackUnstarted() {
        List<JobRow> unstarted = new ArrayList<>();
        for (SagaRun run : crew.all()) {
            if (crew.withdraw(run)) {
                crew.forget(run);
                unstarted.add(run.job());
            }
        }
        if (unstarted.isEmpty()) {
            return;
        }
        try {
            handBack(unstarted, incarnation());
        } catch (SQLException | RuntimeException e) {
            log.warn("{} jobs could not be handed back; others take them when the lease is over", unstarted.size(), e);
        }
    }

    @Override
    public void close() {
        stop(Duration.ofSeconds(10));
    }
}
