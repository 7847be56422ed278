package dev.belay.benchmark.systems;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.benchmark.Contender;
import dev.belay.benchmark.Load;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Workload;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.sql.common.SqlStorageProviderFactory;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator;

/**
 * JobRunr without Belay under the same workloads: each step is a job, whose handler enqueues the next one. At its best: the shortest poll it
 * allows, and what is measured begins inside a job, because what comes from outside waits for that poll.
 */
public final class JobRunrSystem implements Contender {
    private static final Set<Workload> ABLE = Set.of(Workload.ONE_SAGA, Workload.MANY_SAGAS, Workload.ONE_STEP);

    private final HikariDataSource pool;
    private final int threads;
    private final StorageProvider storage;
    private final JobRequestScheduler scheduler;
    private final BackgroundJobServer server;
    private volatile CountDownLatch standsBy = new CountDownLatch(0);
    private volatile CountDownLatch begin = new CountDownLatch(0);
    private volatile CountDownLatch lastSteps = new CountDownLatch(0);
    private volatile int chains;
    private volatile int steps;

    /** Starts its server. */
    public JobRunrSystem(Place place, int threads) throws SQLException {
        this.pool = place.pool("jobrunr", threads + 16);
        this.threads = threads;
        var mapper = new Jackson3JsonMapper(BasicPolymorphicTypeValidator.builder()
                .allowIfSubType(OpeningRequest.class)
                .allowIfSubType(StepRequest.class));
        this.storage = SqlStorageProviderFactory.using(pool);
        storage.setJobMapper(new JobMapper(mapper));
        this.scheduler = new JobRequestScheduler(storage);
        this.server = new BackgroundJobServer(
                storage,
                mapper,
                new Handlers(),
                BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andPollInterval(Duration.ofSeconds(5))
                        .andWorkerCount(threads));
        server.start();
    }

    /** The job that is there before the clock runs, and begins the chains when it is told to. */
    public static final class OpeningRequest implements JobRequest {
        @Override
        public Class<OpeningHandler> getJobRequestHandler() {
            return OpeningHandler.class;
        }
    }

    /** A step, with how many are left with it. */
    public static final class StepRequest implements JobRequest {
        private int left;

        /** For the library that reads it. */
        private StepRequest() {}

        StepRequest(int left) {
            this.left = left;
        }

        @Override
        public Class<StepHandler> getJobRequestHandler() {
            return StepHandler.class;
        }
    }

    public final class OpeningHandler implements JobRequestHandler<OpeningRequest> {
        @Override
        public void run(OpeningRequest request) throws InterruptedException {
            standsBy.countDown();
            begin.await();
            scheduler.enqueue(Stream.generate(() -> new StepRequest(steps)).limit(chains));
        }
    }

    public final class StepHandler implements JobRequestHandler<StepRequest> {
        @Override
        public void run(StepRequest request) {
            if (request.left > 1) {
                scheduler.enqueue(new StepRequest(request.left - 1));
            } else {
                lastSteps.countDown();
            }
        }
    }

    private final class Handlers implements JobActivator {
        @Override
        @SuppressWarnings("NullAway") // Null is JobRunr's word for "not mine".
        public <T> @Nullable T activateJob(Class<T> type) {
            return type == StepHandler.class
                    ? type.cast(new StepHandler())
                    : type == OpeningHandler.class ? type.cast(new OpeningHandler()) : null;
        }
    }

    @Override
    public String name() {
        return "jobrunr";
    }

    @Override
    public String configuration() {
        return "each job enqueues the next, many at once in one bulk, " + threads
                + " workers, the shortest poll it allows (5 s), started inside a job so that its poll is not counted";
    }

    @Override
    public DataSource dataSource() {
        return pool;
    }

    @Override
    public boolean runs(Workload workload) {
        return ABLE.contains(workload);
    }

    /** Waits until the job that will begin the chains runs. */
    @Override
    public void prepare(Load load) throws InterruptedException {
        standsBy = new CountDownLatch(1);
        begin = new CountDownLatch(1);
        scheduler.enqueue(new OpeningRequest());
        standsBy.await();
    }

    /** One saga after the other is one chain as long as all of them. */
    @Override
    public void run(Load load) throws SQLException, InterruptedException {
        boolean one = load.workload() == Workload.ONE_SAGA;
        this.chains = one ? 1 : load.sagas();
        this.steps = one ? load.units() : load.steps();
        lastSteps = new CountDownLatch(chains);
        begin.countDown();
        lastSteps.await();
        while (jobsLeft()) {
            Thread.sleep(1);
        }
    }

    private boolean jobsLeft() throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rs = statement.executeQuery("""
                        select exists (select from jobrunr_jobs where state in ('ENQUEUED', 'PROCESSING'))""")) {
            rs.next();
            return rs.getBoolean(1);
        }
    }

    @Override
    public void close() {
        server.stop();
        storage.close();
        pool.close();
    }
}
