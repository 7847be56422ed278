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
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
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
    private static final Map<String, JobRunrBridge> BY_SCHEMA = new ConcurrentHashMap<>();
    private static final String UPKEEP = "belay-upkeep-";

    private final Engine engine;
    private final BackgroundJobServer server;
    private final StepRows rows;
    private final Schedules schedules;
    private final @Nullable OwnServer own;
    private final Watchdog watchdog;
    private volatile @Nullable Retention retention;

    private JobRunrBridge(
            Engine engine, BackgroundJobServer server, @Nullable OwnServer own, @Nullable String tablePrefix) {
        this.engine = engine;
        this.server = server;
        this.own = own;
        this.rows = StepRows.of(engine, tablePrefix, server.getJsonMapper());
        this.schedules = new Schedules(engine, rows, server.getStorageProvider());
        this.watchdog = new Watchdog(server);
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
            OwnServer own = server == null ? OwnServer.open(engine.dataSource(), tablePrefix, settings) : null;
            BackgroundJobServer used = own == null ? Objects.requireNonNull(server) : own.server();
            JobRunrBridge bridge;
            try {
                bridge = new JobRunrBridge(engine, used, own, tablePrefix);
            } catch (RuntimeException e) {
                if (own != null) {
                    own.close();
                }
                throw new SagaException(
                        "JobRunr's tables cannot be used: " + e.getMessage()
                                + ". They must be in the database of Belay's data source, with the prefix given to the bridge.",
                        e);
            }
            engine.accompany((connection, kind, sagas) -> bridge.rows.insert(
                    connection,
                    sagas.stream()
                            .map(saga -> bridge.rows.first(saga, kind.definition(), kind.firstStep()))
                            .toList()));
            BY_SCHEMA.put(engine.schema(), bridge);
            return bridge;
        }
    }

    static JobRunrBridge in(String schema) {
        JobRunrBridge bridge = BY_SCHEMA.get(schema);
        if (bridge == null) {
            throw new IllegalStateException("No JobRunrBridge is open in this process for Belay's schema \"" + schema
                    + "\". Open one wherever a JobRunr server runs that shares its tables.");
        }
        return bridge;
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
     * A worker, not yet started, whose steps run on the server's threads, as many at once as it has. One a server. A step that ignores its timeout keeps
     * its thread from JobRunr until it returns.
     *
     * @throws IllegalStateException if the server runs one already
     */
    public Worker worker(WorkerOptions options) {
        int threads = server.getWorkDistributionStrategy().getWorkerCount();
        if (own != null) {
            own.start();
        }
        watchdog.start();
        return engine.worker(options.platformThreads(threads), new StepDispatch(engine, server, rows));
    }

    // ---- starts

    /**
     * Starts a saga from inside a JobRunr job, once: when the job is tried again, the same saga is returned.
     *
     * @throws IllegalStateException outside of a JobRunr job
     */
    public <I, R> SagaHandle<R> start(SagaDefinition<I, R> definition, I input) {
        return start(definition, input, "");
    }

    /** Like {@link #start(SagaDefinition, Object)}, for one of several sagas of a definition that one job starts, told apart by {@code name}. */
    public <I, R> SagaHandle<R> start(SagaDefinition<I, R> definition, I input, String name) {
        if (!ThreadLocalJobContext.hasJobContext()) {
            throw new IllegalStateException("This thread runs no JobRunr job whose id could be the saga's key."
                    + " Start the saga by Belay.start, with a key of your own.");
        }
        UUID job = ThreadLocalJobContext.getJobContext().getJobId();
        String key = "jobrunr:" + job + (name.isEmpty() ? "" : ":" + name);
        return engine.start(definition, input, StartOptions.key(key));
    }

    // ---- schedules

    /**
     * Starts a saga again and again. Registering the same id again replaces its schedule.
     *
     * @throws IllegalArgumentException if the schedule cannot be read
     */
    public <I> void recurring(RecurringSaga<I> saga) {
        schedules.register(saga);
    }

    /** Ends a schedule. What it has started goes on. */
    public void remove(String id) {
        schedules.remove(id);
    }

    /**
     * Has retention and the making of partitions ride on a JobRunr schedule, visible in its dashboard. Workers look after partitions
     * and after {@code BelayBuilder.retention} themselves too; this is for those who want to see it run, or to choose when.
     *
     * @param schedule as of {@link RecurringSaga}, in UTC
     */
    public void upkeep(String schedule, Retention policy) {
        retention = policy;
        schedules.register(
                UPKEEP + engine.schema(), new JobDetails(new UpkeepJob(engine.schema())), schedule, "Belay upkeep");
    }

    void keepInOrder() {
        engine.makePartitionsAhead();
        Retention policy = retention;
        if (policy != null) {
            engine.purge(policy);
        }
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
        BY_SCHEMA.remove(engine.schema(), this);
        watchdog.close();
        if (own != null) {
            own.close();
        }
    }
}
