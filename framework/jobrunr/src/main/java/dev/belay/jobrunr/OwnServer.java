package dev.belay.jobrunr;

import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.jobrunr.server.configuration.BackgroundJobServerThreadType;
import org.jobrunr.server.configuration.DefaultBackgroundJobServerWorkerPolicy;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.sql.common.SqlStorageProviderFactory;
import org.jobrunr.utils.mapper.JsonMapper;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator;

/** A JobRunr server made by the bridge, with the choices that are safe. */
final class OwnServer implements AutoCloseable {
    /** The shortest JobRunr allows. What waits for its poll is only what Belay does not bring itself: recurring jobs, and the application's. */
    private static final Duration POLL = Duration.ofSeconds(5);

    private static final int WORKERS_A_PROCESSOR = 8;

    private final BackgroundJobServer server;
    private final StorageProvider storage;
    private final @Nullable LocalDashboard dashboard;
    private boolean started;

    /** How to serve JobRunr's dashboard. */
    record DashboardSettings(int port, String user, String password) {}

    /** What may be chosen. */
    static final class Settings {
        int workers = Runtime.getRuntime().availableProcessors() * WORKERS_A_PROCESSOR;
        List<String> allowed = List.of();

        @Nullable
        JobActivator activator;

        @Nullable
        DashboardSettings dashboard;
    }

    private OwnServer(BackgroundJobServer server, StorageProvider storage, @Nullable LocalDashboard dashboard) {
        this.server = server;
        this.storage = storage;
        this.dashboard = dashboard;
    }

    static OwnServer open(DataSource dataSource, @Nullable String tablePrefix, Settings settings) {
        JsonMapper mapper = mapper(settings.allowed);
        StorageProvider storage = SqlStorageProviderFactory.using(dataSource, tablePrefix);
        storage.setJobMapper(new JobMapper(mapper));
        BackgroundJobServerConfiguration configuration =
                BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andBackgroundJobServerWorkerPolicy(new DefaultBackgroundJobServerWorkerPolicy(
                                settings.workers, BackgroundJobServerThreadType.PlatformThreads))
                        .andPollInterval(POLL);
        BackgroundJobServer server = new BackgroundJobServer(storage, mapper, settings.activator, configuration);
        DashboardSettings shown = settings.dashboard;
        try {
            LocalDashboard dashboard = shown == null ? null : LocalDashboard.serve(storage, mapper, shown);
            return new OwnServer(server, storage, dashboard);
        } catch (RuntimeException e) {
            storage.close();
            throw e;
        }
    }

    /** Reads no type that is not named here: a row of JobRunr's says itself of which types it is. */
    static JsonMapper mapper(List<String> packages) {
        BasicPolymorphicTypeValidator.Builder allowed = BasicPolymorphicTypeValidator.builder()
                .allowIfSubType(StepJob.class)
                .allowIfSubType(RecurringSagaJob.class)
                .allowIfSubType(UpkeepJob.class);
        List<String> prefixes = packages.stream()
                .map(name -> name.endsWith(".") ? name : name + ".")
                .toList();
        prefixes.forEach(allowed::allowIfSubType);
        return new AllowedTypes(new Jackson3JsonMapper(allowed), prefixes);
    }

    BackgroundJobServer server() {
        return server;
    }

    synchronized void start() {
        if (!started) {
            started = true;
            server.start();
        }
    }

    int dashboardPort() {
        LocalDashboard served = dashboard;
        if (served == null) {
            throw new IllegalStateException("No dashboard was asked for; see JobRunrBridge.Builder.dashboard.");
        }
        return served.port();
    }

    @Override
    public synchronized void close() {
        if (dashboard != null) {
            dashboard.close();
        }
        if (started) {
            server.stop();
        }
        storage.close();
    }
}
