package dev.belay.internal.worker;

import dev.belay.Cause;
import dev.belay.SagaState;
import dev.belay.WorkerOptions;
import dev.belay.internal.coordinator.Tables;
import dev.belay.internal.queue.JobTable;
import dev.belay.internal.queue.ReservedConnection;
import dev.belay.internal.queue.WorkerTable;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop that keeps this worker's lease, learns what is paused or limited, compares what it holds with what the database says,
 * and takes over from workers whose lease is over. One write a process, not a job.
 */
final class Heart {
    private static final Logger log = LoggerFactory.getLogger(Heart.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int TAKEOVER_AT_ONCE = 500;
    private static final int BEATS_BETWEEN_THOROUGH_LOOKS = 4;

    private final RunningWorker worker;
    private final WorkerOptions options;
    private final Tables tables;
    private final Notifier notifier;
    private final Crew crew;
    private final Claims claims;
    private final ReservedConnection connection;
    private final Lease lease;
    private final Settings settings = new Settings();
    private final Jdbi jdbi;
    private final AtomicBoolean telling = new AtomicBoolean();
    private volatile long incarnation;
    private Map<Crew.Held, Unknown> unknownBefore = Map.of();
    private final Sparing comparing = new Sparing();
    private volatile boolean directionChanged;
    private int beats;

    /** A claim the crew did not know, and the round of claims it was seen in. */
    private record Unknown(long fence, long round, long seenAt) {}

    Heart(
            RunningWorker worker,
            RunningWorker.Engine engine,
            WorkerOptions options,
            Crew crew,
            Claims claims,
            ReservedConnection connection) {
        this.worker = worker;
        this.options = options;
        this.jdbi = engine.jdbi();
        this.tables = engine.tables();
        this.notifier = engine.notifier();
        this.crew = crew;
        this.claims = claims;
        this.connection = connection;
        this.lease = new Lease(options.lease());
    }

    long incarnation() {
        return incarnation;
    }

    /** A saga of which a step runs here was turned: jobs are compared at the next beat, however dear that is. */
    void tellDirectionChanged() {
        directionChanged = true;
    }

    boolean leaseIsValid() {
        return lease.isValid();
    }

    Settings settings() {
        return settings;
    }

    /** Registers as a worker nobody has seen before: a number reused after a restart could be taken for its former self. */
    void beginIncarnation() throws SQLException {
        long id = RANDOM.nextLong() & Long.MAX_VALUE;
        long sentAt = System.nanoTime();
        connection.withHandle(handle -> {
            tables.workers().register(handle, id, options.name(), options.lease());
            return id;
        });
        incarnation = id;
        lease.renewed(sentAt);
        log.info("Worker {} works as {}", options.name(), Long.toHexString(id));
    }

    Duration runOnce() throws SQLException {
        long sentAt = System.nanoTime();
        long id = incarnation;
        boolean told = directionChanged;
        directionChanged = false;
        boolean compares = told || comparing.isDue(sentAt);
        boolean idle = crew.isEmpty() && compares;
        Optional<WorkerTable.Beat> answer =
                connection.withHandle(handle -> tables.workers().heartbeat(handle, id, options.lease(), idle));
        if (answer.isEmpty()) {
            log.warn("Worker {} lost its lease: its jobs belong to others now, and it begins anew", options.name());
            loseEverything();
            beginIncarnation();
            return Duration.ZERO;
        }
        lease.renewed(sentAt);
        if (settings.learn(answer.get().settings())) {
            worker.wake();
        }
        if (answer.get().threadsAsked()) {
            tellThreads(id);
        }
        boolean thorough = ++beats % BEATS_BETWEEN_THOROUGH_LOOKS == 0;
        if ((thorough || answer.get().holdsJobs() || !crew.isEmpty()) && compares) {
            long from = System.nanoTime();
            compareClaims(id);
            comparing.took(from, System.nanoTime());
        }
        // After an outage the first worker back must not take everybody's work: only steady ones judge.
        boolean othersExpired = answer.get().othersExpired();
        if ((thorough || othersExpired) && lease.isSteady() && !worker.isStopping()) {
            takeOver(othersExpired, thorough);
        }
        return options.heartbeat();
    }

    /** On a thread of its own, by a connection of the pool: the lease does not wait for it. */
    private void tellThreads(long id) {
        if (!telling.compareAndSet(false, true)) {
            return;
        }
        Thread teller = new Thread(
                () -> {
                    try {
                        String dump = ThreadDump.of(crew.all());
                        jdbi.useHandle(handle -> tables.workers().tellThreads(handle, id, dump));
                    } catch (RuntimeException e) {
                        log.warn("What the threads do could not be written; it is tried again", e);
                    } finally {
                        telling.set(false);
                    }
                },
                "belay-threads");
        teller.setDaemon(true);
        teller.start();
    }

    private void loseEverything() {
        for (SagaRun run : crew.all()) {
            if (crew.withdraw(run)) {
                crew.forget(run);
            } else {
                run.stop(SagaRun.Stop.LOST);
            }
        }
    }

    /**
     * A saga that was turned is told to its step. A job that the database says is held here and that nobody here knows, twice
     * running, was claimed in a statement whose reply was lost, or was dropped by a step that found the lease over: it is handed
     * back. Not while the claim may still be on its way to the crew, for then it would run although it is free.
     */
    private void compareClaims(long id) throws SQLException {
        Map<Crew.Held, Unknown> unknown = new HashMap<>();
        List<JobTable.Held> letGo = new ArrayList<>();
        for (JobTable.Held job : connection.withHandle(handle -> tables.jobs().heldBy(handle, id))) {
            Crew.Held held = new Crew.Held(job.sagaId(), job.branch());
            SagaRun run = crew.find(held);
            if (run == null) {
                Unknown before = unknownBefore.get(held);
                if (before == null || before.fence() != job.fence()) {
                    unknown.put(held, new Unknown(job.fence(), claims.round(), System.nanoTime()));
                } else if (claims.isOver(before.round())
                        && claims.areStartsOver(before.seenAt())
                        && crew.find(held) == null) {
                    // Asked once more, for it may have been given to the crew just before it was over.
                    letGo.add(job);
                } else {
                    unknown.put(held, before);
                }
            } else if (run.job().epoch() < job.epoch()) {
                worker.turned(run, isTurnedBack(run));
            } else if (run.job().fence() < job.fence()) {
                run.stop(SagaRun.Stop.LOST);
            }
        }
        unknownBefore = unknown;
        if (!letGo.isEmpty()) {
            connection.withHandle(handle -> {
                tables.jobs().handBackHeld(handle, letGo, id);
                return letGo.size();
            });
            claims.lookEverywhere();
            notifier.wakeAll();
        }
    }

    /**
     * Pauses raise the epoch too, and so does what happens to a saga that is being undone already. Branches beside one that failed are
     * waited for, unless they are to stop.
     */
    private boolean isTurnedBack(SagaRun run) throws SQLException {
        return !run.job().undoing()
                && connection.withHandle(handle -> tables.sagas()
                        .find(handle, run.job().sagaId())
                        .map(saga -> saga.state() != SagaState.RUNNING
                                && !(saga.cause() == Cause.STEP_FAILED && run.drains()))
                        .orElse(true));
    }

    private void takeOver(boolean othersExpired, boolean thorough) throws SQLException {
        int dead =
                othersExpired ? connection.withHandle(handle -> tables.workers().removeExpired(handle)) : 0;
        if (dead == 0 && !thorough) {
            return;
        }
        int taken;
        int sum = 0;
        do {
            taken = connection.withHandle(handle -> tables.jobs().takeOver(handle, TAKEOVER_AT_ONCE));
            sum += taken;
        } while (taken == TAKEOVER_AT_ONCE);
        if (dead > 0 || sum > 0) {
            log.info("{} workers had died; {} jobs of the dead are free again", dead, sum);
        }
        if (sum > 0) {
            claims.lookEverywhere();
            notifier.wakeAll();
        }
    }

    /** Takes this worker's row away, so that nobody waits for its lease to be over. */
    void endIncarnation() {
        try {
            connection.withHandle(handle -> {
                tables.workers().remove(handle, incarnation);
                return true;
            });
        } catch (SQLException | RuntimeException e) {
            log.warn("The worker's row could not be removed; it goes when its lease is over", e);
        }
    }
}
