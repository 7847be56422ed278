package dev.belay.testing;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.BelayBuilder;
import dev.belay.Operator;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.StartOptions;
import dev.belay.WorkerOptions;
import dev.belay.internal.Engine;
import dev.belay.internal.journal.Jdbis;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Drives sagas by hand, on a real database: starts them, runs them until there is nothing to do, moves the clock, and crashes
 * workers.
 *
 * <p>A kit has a schema of its own, which is dropped when the kit is closed. Nothing runs between {@link #start} and
 * {@link #runUntilIdle()} unless {@link #startWorker()} was called, so that a test reads from top to bottom:
 *
 * <pre>{@code
 * var trip = kit.start(bookTrip, new TripRequest("Oslo"));   // the hotel is full for today
 *
 * kit.runUntilIdle();                                        // the hotel step waits for its next attempt
 * kit.advance(Duration.ofHours(1));
 * kit.runUntilIdle();
 *
 * assertThat(trip.result()).isEqualTo(…);
 * }</pre>
 *
 * <p>What moves is the database's clock as Belay's tables see it: retries, and the times in the journal. It only moves forward.
 * Leases and the timeouts of running steps keep to real time, and so does {@code System.currentTimeMillis()} in your code.
 *
 * <p>Thread-safe where it says so: {@link #crashPoint} is called by steps; everything else belongs to the test's own thread.
 */
public final class SagaKit implements AutoCloseable {
    private static final int SLOTS = 8;
    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration POLL = Duration.ofMillis(25);
    private static final Duration LOOK = Duration.ofMillis(5);
    private static final int MOST_JUMPS = 10_000;

    private final DataSource database;
    private final String schema;
    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final Map<String, SagaDefinition<?, ?>> definitions = new LinkedHashMap<>();
    private final List<WorkerProcess> workers = new ArrayList<>();
    private final Set<String> armed = ConcurrentHashMap.newKeySet();
    private WorkerStarter starter = WorkerStarter.builtIn();
    private UnaryOperator<WorkerOptions> adjustment = UnaryOperator.identity();
    private UnaryOperator<BelayBuilder> engineOptions = UnaryOperator.identity();
    private Duration patience = Duration.ofSeconds(60);
    private Belay belay;
    private int workersMade;

    private SagaKit(DataSource database, String schema) {
        this.database = database;
        this.schema = schema;
        this.pool = WorkerProcess.pool(database, SLOTS);
        this.jdbi = Jdbis.over(pool);
        this.belay = Belay.on(pool).schema(schema).open();
        makeClock();
    }

    /** A kit with a new schema in the given database. */
    public static SagaKit on(DataSource database) {
        return new SagaKit(database, "t_" + UUID.randomUUID().toString().replace("-", ""));
    }

    // ---- sagas

    /**
     * Takes the given definitions, and no others, as the code there is from now on: what a deploy does. Workers that were running
     * are stopped gracefully first.
     */
    public SagaKit open(SagaDefinition<?, ?>... code) {
        stopWorkers();
        belay.close();
        definitions.clear();
        for (SagaDefinition<?, ?> definition : code) {
            definitions.put(definition.toString(), definition);
        }
        BelayBuilder builder = Belay.on(pool).schema(schema).withoutMigrating().with(definitions.values());
        belay = engineOptions.apply(builder).open();
        return this;
    }

    /**
     * Changes how engines are opened from now on, the test's own and those of workers: gives them listeners and webhooks, for
     * instance. Opens the test's own anew.
     */
    public SagaKit engineOptions(UnaryOperator<BelayBuilder> options) {
        engineOptions = options;
        return open(definitions.values().toArray(new SagaDefinition<?, ?>[0]));
    }

    /** Starts a saga; its definition becomes known to the kit if it is not yet. */
    public <I, R> SagaHandle<R> start(SagaDefinition<I, R> definition, I input) {
        return start(definition, input, StartOptions.defaults());
    }

    /** Starts a saga with options; its definition becomes known to the kit if it is not yet. */
    public <I, R> SagaHandle<R> start(SagaDefinition<I, R> definition, I input, StartOptions options) {
        if (!definitions.containsValue(definition)) {
            definitions.put(definition.toString(), definition);
            open(definitions.values().toArray(new SagaDefinition<?, ?>[0]));
        }
        return belay.start(definition, input, options);
    }

    /** The engine that the test itself uses; it has no workers. A new one after each {@link #open}. */
    public Belay belay() {
        return belay;
    }

    /** What {@code actor} may do to sagas that are stuck. */
    public Operator operator(String actor) {
        return belay.operator(actor);
    }

    // ---- running

    /**
     * Works until no saga has anything to do now: all have ended, wait for an operator, or wait for a time that has not come. What
     * happened has been told to listeners and webhooks by then, or they have failed to hear it. Runs on the workers that were started by hand; if there is none, or all have
     * crashed, on one that is started for this call and stopped after it.
     *
     * @throws AssertionError if that takes longer than a minute (see {@link #patience}), with what is still to be done
     */
    public void runUntilIdle() {
        run(this::workUntilIdle);
    }

    /**
     * Like {@link #runUntilIdle()}, but moves the clock whenever everything that is left waits for a time, and goes on until
     * nothing waits any more. A step that never succeeds is tried until its retries are used up.
     */
    public void runToTheEnd() {
        run(() -> {
            workUntilIdle();
            for (int jumps = 0; jumps < MOST_JUMPS; jumps++) {
                Optional<Duration> wait = untilNextDue();
                if (wait.isEmpty()) {
                    return;
                }
                advance(wait.get());
                workUntilIdle();
            }
            throw new AssertionError("After " + MOST_JUMPS + " jumps of the clock there is still something waiting: "
                    + unfinished("state = 'W'"));
        });
    }

    private void run(Runnable work) {
        boolean byHand = !hasNoWorker();
        boolean done = false;
        try {
            work.run();
            done = true;
        } finally {
            if (!done) {
                // What did not come to an end by itself would not let itself be stopped either.
                crashWorker();
            } else if (!byHand) {
                stopWorkers();
            }
        }
    }

    private void workUntilIdle() {
        long until = System.nanoTime() + patience.toNanos();
        while (!isIdle()) {
            if (hasNoWorker()) {
                startWorker();
            }
            if (System.nanoTime() - until > 0) {
                throw new AssertionError(
                        "There is still something to do after " + patience + ": " + unfinished("state <> 'P'")
                                + ". A step may be waiting for the test, or its definition or queue has no worker.");
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("The test was interrupted while its sagas ran.", e);
        }
    }

    private boolean isIdle() {
        boolean jobsRest = ask("""
                select not exists (select from %1$s.job
                                    where state in ('R', 'C') or (state = 'W' and run_at <= %1$s.now()))
                   and not exists (select from %1$s.job g
                                    where awaits = 'join' and state = 'W'
                                      and not exists (select from %1$s.job b where b.saga_id = g.saga_id and b.parent = g.branch))
                   and not exists (select from %1$s.wake_up)
                   and not exists (select from %1$s.bulk where ended_at is null)
                   and not exists (select from %1$s.job w join %1$s.limit_slot l on w.awaits = 'limit:' || l.key and l.slot >= 0
                                    where w.state = 'W'
                                      and not exists (select from %1$s.job h
                                                       where h.saga_id = l.saga_id and h.branch = l.branch and h.seq = l.seq
                                                         and h.fence = l.fence and h.state = 'C' and h.direction = '+'))
                   and not exists (select from %1$s.saga where deadline_at <= %1$s.now() and not paused
                                                           and state in ('RUNNING', 'SUSPENDED'))""", Boolean.class);
        // Only now: a job that ends leaves an event.
        return jobsRest && untilNextDelivery().filter(Duration::isZero).isEmpty();
    }

    private Optional<Duration> untilNextDue() {
        Long micros = jdbi.withHandle(handle -> handle.createQuery("""
                                select ceil(extract(epoch from min(at) - %1$s.now()) * 1000000)::bigint
                                from (select run_at from %1$s.job where state = 'W' and run_at < 'infinity'
                                      union all select deadline_at from %1$s.saga
                                                 where deadline_at > %1$s.now() and state in ('RUNNING', 'SUSPENDED')) as waiting(at)""".formatted(schema))
                .mapTo(Long.class)
                .findOne()
                .orElse(null));
        Optional<Duration> job = Optional.ofNullable(micros).map(left -> Duration.ofNanos(Math.max(0, left) * 1000));
        return Stream.concat(job.stream(), untilNextDelivery().stream()).min(Comparator.naturalOrder());
    }

    private Optional<Duration> untilNextDelivery() {
        return ((Engine) belay).untilNextDelivery();
    }

    private String unfinished(String condition) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                                select format('saga %%s, step "%%s" in queue "%%s", %%s%%s', saga_id, step, queue,
                                              case state when 'R' then 'ready' when 'C' then 'running' else 'waiting' end,
                                              case direction when '-' then ', being undone' else '' end)
                                from %s.job where %s order by saga_id limit 10""".formatted(schema, condition))
                .mapTo(String.class)
                .list()
                .toString());
    }

    private <T> T ask(String question, Class<T> type) {
        return jdbi.withHandle(handle ->
                handle.createQuery(question.formatted(schema)).mapTo(type).one());
    }

    /** How long {@link #runUntilIdle()} waits before it fails; a minute unless set. */
    public SagaKit patience(Duration atMost) {
        patience = atMost;
        return this;
    }

    // ---- workers

    /**
     * Starts a worker that works in the background until the test ends, it is stopped, or it crashes. Call it several times for
     * several workers: each has connections of its own, as if it were alone in its process.
     */
    public SagaKit startWorker() {
        WorkerOptions options = adjustment.apply(WorkerOptions.defaults()
                .name("worker-" + ++workersMade)
                .platformThreads(SLOTS)
                .lease(LEASE)
                .poll(POLL)
                .withoutNotifications()
                .queues(queues()));
        WorkerProcess worker =
                WorkerProcess.start(database, schema, definitions.values(), engineOptions, starter, options);
        synchronized (this) {
            workers.add(worker);
        }
        return this;
    }

    private String[] queues() {
        String[] queues = definitions.values().stream()
                .map(SagaDefinition::queue)
                .distinct()
                .toArray(String[]::new);
        return queues.length == 0 ? new String[] {"default"} : queues;
    }

    /** Whether no worker runs: none was started, or all have been stopped or have crashed. */
    public synchronized boolean hasNoWorker() {
        return workers.isEmpty();
    }

    /** Stops all workers gracefully: each finishes what it runs and hands back the rest. */
    public void stopWorkers() {
        takeWorkers().forEach(WorkerProcess::stop);
    }

    private synchronized List<WorkerProcess> takeWorkers() {
        List<WorkerProcess> taken = List.copyOf(workers);
        workers.clear();
        return taken;
    }

    /**
     * Crashes all workers, as if their processes were killed: their connections are cut, nothing is handed back, and nothing that
     * their steps still do is recorded. Their leases are over at once; the next worker takes over after it has been up for one
     * lease of two seconds.
     */
    public void crashWorker() {
        List<WorkerProcess> taken = takeWorkers();
        taken.forEach(WorkerProcess::crash);
        List<String> names = taken.stream().map(WorkerProcess::name).toList();
        jdbi.useHandle(handle -> handle.createUpdate(
                        "update %s.worker set expires_at = seen_at where name = any(:names)".formatted(schema))
                .bindArray("names", String.class, names)
                .execute());
        jdbi.useHandle(handle -> handle.execute(
                "update %1$s.outbox set taken = false, due_at = %1$s.now() where taken".formatted(schema)));
    }

    /** The next time a step comes to the {@link #crashPoint} of this name, the workers crash; once. */
    public SagaKit crashAt(String point) {
        armed.add(point);
        return this;
    }

    /**
     * To be called by steps and undos: a place where a worker may crash. Does nothing unless the test has asked for it by
     * {@link #crashAt}; then it is {@link #crashWorker()}, and the code after it does not run. Any thread.
     */
    public void crashPoint(String point) {
        if (armed.remove(point)) {
            crashWorker();
            throw new WorkerCrashed(point);
        }
    }

    /**
     * Undoes a saga as if the worker of {@code step} had died after the step's effect and before its record, and runs that to the end.
     * The step's undo is told {@link dev.belay.Outcome#UNKNOWN} and has no output; every undo must be fit for that, look for the
     * effect itself, and say {@code nothingToUndo()} if it finds none. Call it when the saga has nothing to do: completed, waiting, or
     * suspended.
     *
     * <p>What the step really returned is struck from this test's journal, and a completed saga is opened again.
     */
    public void undoWithoutOutcome(SagaHandle<?> saga, String step) {
        UUID id = saga.id();
        jdbi.useTransaction(handle -> {
            int attempts = handle.createUpdate("""
                                update %s.journal
                                   set outcome = 'L', output_type = null, output = null, output_bytes = null, error = null
                                 where saga_id = :saga and step = :step and kind = 'A' and direction = '+'""".formatted(schema))
                    .bind("saga", id)
                    .bind("step", step)
                    .execute();
            if (attempts == 0) {
                throw new AssertionError(
                        "Step \"" + step + "\" of saga " + id + " has not run, so there is nothing to undo.");
            }
            if (saga.state() == SagaState.COMPLETED) {
                openAgain(handle, id, saga.view().definition());
            }
        });
        String why = "the test wants to see it undone";
        if (saga.state() == SagaState.SUSPENDED) {
            operator("the test").forceCompensate(id, why);
        } else {
            operator("the test").cancel(id, why);
        }
        runToTheEnd();
    }

    private void openAgain(Handle handle, UUID saga, String definition) {
        handle.createUpdate("""
                                with last as (
                                  delete from %1$s.journal where saga_id = :saga and kind = 'E' returning seq, step
                                ), opened as (
                                  update %1$s.saga
                                     set state = 'SUSPENDED', cause = 'OPERATOR', epoch = epoch + 1, ended_at = null,
                                         output_type = null, output = null, output_bytes = null
                                   where id = :saga returning id, plan_id, epoch
                                )
                                insert into %1$s.job (saga_id, plan_id, seq, step, queue, state, fence, epoch, attempt, run_at)
                                select id, plan_id, seq, step, :queue, 'P', epoch << 32, epoch, 1000, %1$s.now() from opened, last""".formatted(schema))
                .bind("saga", saga)
                .bind(
                        "queue",
                        definitions.values().stream()
                                .filter(known -> known.name().equals(definition))
                                .map(SagaDefinition::queue)
                                .findFirst()
                                .orElse("default"))
                .execute();
    }

    /** Makes workers that are started from now on by another starter. */
    public SagaKit workersBy(WorkerStarter starter) {
        this.starter = starter;
        return this;
    }

    /** Changes the options of workers that are started from now on; unless changed, eight threads and a lease of two seconds. */
    public SagaKit workerOptions(UnaryOperator<WorkerOptions> adjustment) {
        this.adjustment = adjustment;
        return this;
    }

    // ---- the database and its clock

    private void makeClock() {
        jdbi.useTransaction(handle -> {
            handle.execute("create table %s.test_clock (ahead interval not null)".formatted(schema));
            handle.execute("insert into %s.test_clock values (interval '0')".formatted(schema));
            // Stable, like the function it replaces: a volatile one would keep claims from using their index.
            handle.execute("""
                    create or replace function %1$s.now() returns timestamptz language sql stable parallel safe
                      return pg_catalog.now() + (select ahead from %1$s.test_clock)""".formatted(schema));
        });
    }

    /** Moves the clock of this test's schema forward. What becomes due by that runs at the next {@link #runUntilIdle()}. */
    public void advance(Duration by) {
        if (by.isNegative()) {
            throw new IllegalArgumentException("The clock only moves forward, got " + by);
        }
        jdbi.useTransaction(handle -> {
            handle.createUpdate(
                            "update %s.test_clock set ahead = ahead + :by * interval '1 microsecond'".formatted(schema))
                    .bind("by", by.toNanos() / 1000)
                    .execute();
            makePartitions(handle);
        });
        belay.wake();
    }

    /** The tables have partitions for the coming days only; sagas started after a longer jump need those of their day. */
    private void makePartitions(Handle handle) {
        LocalDate today = now(handle).atZone(ZoneOffset.UTC).toLocalDate();
        for (LocalDate day : List.of(today, today.plusDays(1))) {
            handle.createUpdate("call %s.make_partitions(:day)".formatted(schema))
                    .bind("day", day)
                    .execute();
        }
    }

    /** The time by the clock of this test's schema. */
    public Instant now() {
        return jdbi.withHandle(this::now);
    }

    private Instant now(Handle handle) {
        return handle.createQuery("select %s.now()".formatted(schema))
                .mapTo(OffsetDateTime.class)
                .one()
                .toInstant();
    }

    /** The database that the test runs on; not cut when workers crash. */
    public DataSource dataSource() {
        return pool;
    }

    /** The schema of Belay's tables in this test. */
    public String schema() {
        return schema;
    }

    /** Stops the workers and drops the schema. */
    @Override
    public void close() {
        try {
            stopWorkers();
        } finally {
            belay.close();
            jdbi.useHandle(handle -> handle.execute("drop schema if exists %s cascade".formatted(schema)));
            pool.close();
        }
    }
}
