package dev.belay.jobrunr;

import dev.belay.Belay;
import dev.belay.Retention;
import dev.belay.SagaDefinition;
import dev.belay.SagaException;
import dev.belay.SagaHandle;
import dev.belay.StartOptions;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.internal.Engine;
import dev.belay.internal.queue.Companion;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.JobDetails;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.JobActivator;
import org.jobrunr.server.runner.ThreadLocalJobContext;
import org.jobrunr.storage.StorageProvider;
import org.jspecify.annotations.Nullable;

/**
 * Between Belay and JobRunr in one database: each saga step becomes a persisted JobRunr job, on the servers and in the dashboard that a team
 * has, while Belay chains the steps, tries them again and undoes them.
 *
 * <pre>{@code
 * try (Belay belay = Belay.on(dataSource).with(orders).open();
 *         JobRunrBridge jobRunr = JobRunrBridge.on(belay).server(yourServer).open()) {
 *     jobRunr.worker().start();
 *     belay.start(orders, order);
 * }
 * }</pre>
 *
 * <p>A step's JobRunr job and its journal rows are written in one transaction, and a saga that is started in a transaction of the application's
 * appears in both or in neither. JobRunr tries no step again: retries, backoff and final states are the saga's. A job that is
 * deleted, lost or orphaned in JobRunr loses nothing, because what is due is read from Belay's tables.
 *
 * <p>Thread-safe. One bridge a process and schema; close it before its {@link Belay}.
 */
public final class JobRunrBridge implements AutoCloseable {
    private static final String UPKEEP = "belay-upkeep";

    private final Engine engine;
    private final BackgroundJobServer server;
    private final StepRows rows;
    private final Schedules schedules;
    private final @Nullable OwnServer own;
    private final @Nullable Watchdog watchdog;
    private final Companion.OfStarts starts;
    private final AtomicReference<@Nullable StepDispatch> steps = new AtomicReference<>();
    private volatile @Nullable Retention retention;

    private JobRunrBridge(
            Engine engine,
            BackgroundJobServer server,
            @Nullable OwnServer own,
            @Nullable String tablePrefix,
            boolean watched) {
        this.engine = engine;
        this.server = server;
        this.own = own;
        this.rows = new StepRows(engine.schema(), engine.dataSource(), tablePrefix, server.getJsonMapper());
        this.schedules = new Schedules(engine, rows, server.getStorageProvider());
        this.watchdog = watched ? new Watchdog(server) : null;
        this.starts = (connection, kind, sagas) -> rows.insert(
                connection,
                sagas.stream()
                        .map(saga -> rows.first(saga, kind.definition(), kind.firstStep()))
                        .toList());
    }

    /** A bridge to be built for an engine, which must be of {@link Belay#on}. */
    public static Builder on(Belay belay) {
        if (!(belay instanceof Engine engine)) {
            throw new IllegalArgumentException("The bridge needs what Belay.on(…).open() returned, got "
                    + belay.getClass().getName() + ".");
        }
        return new Builder(engine);
    }

    /** What a bridge is built of. */
    public static final class Builder {
        private final Engine engine;
        private final OwnServer.Settings settings = new OwnServer.Settings();
        private @Nullable BackgroundJobServer server;
        private @Nullable String tablePrefix;
        private boolean watched;

        private Builder(Engine engine) {
            this.engine = engine;
        }

        /**
         * Runs steps on the threads of this server of the application's, whose tables must be in the database of the engine's data
         * source. Its JSON mapper must be able to read {@link StepJob}: with Jackson 3, allow the sub-types of
         * {@code org.jobrunr.jobs.lambdas.JobRequest}. Whoever made it starts and stops it, stopping Belay's worker first.
         */
        public Builder server(BackgroundJobServer theirs) {
            this.server = theirs;
            return this;
        }

        /** What comes before the names of JobRunr's tables, a schema with its dot too. Nothing unless set. */
        public Builder tablePrefix(String prefix) {
            this.tablePrefix = prefix;
            return this;
        }

        /**
         * Starts the application's server again too when it has stopped by itself, as JobRunr does after a handful of database errors. It cannot be told from a
         * stop that the application asks for: close the bridge before that. A server made here is always watched.
         */
        public Builder watched() {
            this.watched = true;
            return this;
        }

        /** Where the server made here gets the handlers of other jobs from; see {@link GuiceActivator}. */
        public Builder jobActivator(JobActivator activator) {
            settings.activator = activator;
            return this;
        }

        /** How many threads the server made here has; eight a processor unless set. */
        public Builder workers(int count) {
            settings.workers = count;
            return this;
        }

        /**
         * Lets the server made here read jobs of these packages of the application's too. Any other type in a row is refused. Belay's own jobs
         * need nothing.
         */
        public Builder allowJobsOf(String... packages) {
            settings.allowed = java.util.List.of(packages);
            return this;
        }

        /**
         * Serves JobRunr's dashboard too, on the loopback address alone and behind a name and password.
         *
         * @param port 0 for any; see {@link #dashboardPort}
         */
        public Builder dashboard(int port, String user, String password) {
            if (user.isBlank() || password.isBlank()) {
                throw new IllegalArgumentException(
                        "JobRunr's dashboard needs a user and a password: whoever reaches it can delete jobs.");
            }
            settings.dashboard = new OwnServer.DashboardSettings(port, user, password);
            return this;
        }

        /**
         * Opens the bridge. From here on sagas started by the engine appear in JobRunr too. Without {@link #server} it makes one of
         * its own, with JobRunr's tables if they are missing: no usage reporting, no dashboard unless asked for, and no type in a row that is not allowed.
         *
         * @throws SagaException if JobRunr's tables are missing or of another release
         */
        public JobRunrBridge open() {
            OwnServer own = null;
            try {
                own = server == null ? OwnServer.open(engine.dataSource(), tablePrefix, settings) : null;
                BackgroundJobServer used = own == null ? Objects.requireNonNull(server) : own.server();
                JobRunrBridge bridge = new JobRunrBridge(engine, used, own, tablePrefix, own != null || watched);
                Bridges.open(bridge, engine.schema());
                engine.accompany(bridge.starts);
                return bridge;
            } catch (SagaException | IllegalStateException e) {
                closeAfter(own);
                throw e;
            } catch (RuntimeException e) {
                closeAfter(own);
                throw new SagaException(
                        "JobRunr's tables cannot be used: " + e.getMessage()
                                + ". They must be in the database of Belay's data source, with the prefix given to the bridge.",
                        e);
            }
        }

        private static void closeAfter(@Nullable OwnServer own) {
            if (own != null) {
                own.close();
            }
        }
    }

    // ---- what performs the jobs of steps

    /** What a thread of the server's does for the row of a step. */
    Runnable workFor(Job job) {
        StepDispatch running = steps.get();
        return running != null
                ? running.workFor(job)
                : () -> rows.saveAlone(StepRows.copyOf(job)
                        .delete("No worker of Belay's runs beside this server, and another runs the step"));
    }

    void begin(StepDispatch dispatch) {
        if (!steps.compareAndSet(null, dispatch)) {
            throw new IllegalStateException("The JobRunr server " + server.getId()
                    + " runs a Belay worker already; stop that one first, or give this one a server of its own.");
        }
    }

    void end(StepDispatch dispatch) {
        steps.compareAndSet(dispatch, null);
    }

    /** The server whose threads run the steps. */
    public BackgroundJobServer server() {
        return server;
    }

    /** The port of the dashboard that {@link Builder#dashboard} asked for. */
    public int dashboardPort() {
        if (own == null) {
            throw new IllegalStateException("This bridge serves no dashboard: the server is the application's own.");
        }
        return own.dashboardPort();
    }

    /** A worker of queue "default", with as many slots as the server has threads. */
    public Worker worker() {
        return worker(WorkerOptions.defaults());
    }

    /**
     * A worker, not yet started, whose steps run when the server has a thread for them, as many at once as it has. The code runs on a thread of
     * Belay's while JobRunr's waits, so that JobRunr, which interrupts its threads when it stops, interrupts no step. One at a time
     * for a bridge: starting a second one throws an {@link IllegalStateException}.
     */
    public Worker worker(WorkerOptions options) {
        int threads = server.getWorkDistributionStrategy().getWorkerCount();
        startServer();
        WorkerOptions adjusted = options.platformThreads(threads);
        return engine.worker(adjusted, new StepDispatch(this, engine, server, rows, adjusted));
    }

    /** The server made here starts with the first use: a bridge that is opened for starts alone needs none. */
    private void startServer() {
        if (own != null) {
            own.start();
        }
        if (watchdog != null) {
            watchdog.start();
        }
    }

    // ---- starts

    /**
     * Starts a saga from inside a JobRunr job, once: when the job is tried again, the same saga is returned.
     *
     * @throws IllegalStateException outside of a JobRunr job
     */
    public <I, R> SagaHandle<R> start(SagaDefinition<I, R> definition, I input) {
        return start(definition, input, "", StartOptions.defaults());
    }

    /** Like {@link #start(SagaDefinition, Object)}, for one of several sagas of a definition that one job starts, told apart by {@code name}. */
    public <I, R> SagaHandle<R> start(SagaDefinition<I, R> definition, I input, String name) {
        return start(definition, input, name, StartOptions.defaults());
    }

    /** The same with a tenant, a priority or a deadline; the key is the job's, and {@code options} must have none. */
    public <I, R> SagaHandle<R> start(SagaDefinition<I, R> definition, I input, String name, StartOptions options) {
        if (options.startKey().isPresent()) {
            throw new IllegalArgumentException(
                    "A saga that a JobRunr job starts has the job's id as its key; leave the key \""
                            + options.startKey().get() + "\" out, or start it by Belay.start.");
        }
        if (!ThreadLocalJobContext.hasJobContext()) {
            throw new IllegalStateException("This thread runs no JobRunr job whose id could be the saga's key."
                    + " Start the saga by Belay.start, with a key of your own.");
        }
        UUID job = ThreadLocalJobContext.getJobContext().getJobId();
        String key = "jobrunr:" + job + (name.isEmpty() ? "" : ":" + name);
        return engine.start(
                definition,
                input,
                new StartOptions(Optional.of(key), options.priority(), options.tenant(), options.deadline()));
    }

    // ---- schedules

    /**
     * Starts a saga again and again. Registering the same id again replaces its schedule.
     *
     * @throws IllegalArgumentException if the schedule cannot be read
     */
    public <I> void recurring(RecurringSaga<I> saga) {
        schedules.register(saga);
        startServer();
    }

    /** Ends a schedule. What it has started goes on. */
    public void remove(String id) {
        schedules.remove(id);
    }

    /**
     * Has retention and the making of partitions ride on a JobRunr schedule, visible in its dashboard. Workers look after partitions
     * and after {@code BelayBuilder.retention} themselves too; this is for those who want to see it run, or to choose when.
     *
     * <p>Call it in every process that has a server: any of them may come to do it.
     *
     * @param schedule as of {@link RecurringSaga}, in UTC
     */
    public void upkeep(String schedule, Retention policy) {
        retention = policy;
        schedules.register(UPKEEP, new JobDetails(new UpkeepJob(engine.schema())), schedule, "Belay upkeep");
        startServer();
    }

    void keepInOrder() {
        Retention policy = retention;
        if (policy == null) {
            throw new IllegalStateException(
                    "This process does not know what upkeep may purge. Call JobRunrBridge.upkeep"
                            + " wherever a JobRunr server runs.");
        }
        engine.makePartitionsAhead();
        engine.purge(policy);
    }

    Schedules schedules() {
        return schedules;
    }

    StorageProvider storage() {
        return server.getStorageProvider();
    }

    /** Ends the watch over the server, and the server too if the bridge has made it. Close workers first. */
    @Override
    public void close() {
        engine.leaveAlone(starts);
        Bridges.close(this, engine.schema());
        if (watchdog != null) {
            watchdog.close();
        }
        if (own != null) {
            own.close();
        }
        rows.close();
    }
}
