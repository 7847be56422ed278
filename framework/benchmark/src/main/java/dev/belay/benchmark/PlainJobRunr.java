package dev.belay.benchmark;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
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
final class PlainJobRunr implements AutoCloseable {
    private static final String TABLE_PREFIX = "plain_";

    private final DataSource dataSource;
    private final StorageProvider storage;
    private final JobRequestScheduler scheduler;
    private final BackgroundJobServer server;
    private volatile CountDownLatch standsBy = new CountDownLatch(0);
    private volatile CountDownLatch begin = new CountDownLatch(0);
    private volatile CountDownLatch lastSteps = new CountDownLatch(0);
    private volatile int chains;
    private volatile int steps;

    PlainJobRunr(DataSource dataSource, int threads) {
        this.dataSource = dataSource;
        var mapper = new Jackson3JsonMapper(BasicPolymorphicTypeValidator.builder()
                .allowIfSubType(OpeningRequest.class)
                .allowIfSubType(StepRequest.class));
        this.storage = SqlStorageProviderFactory.using(dataSource, TABLE_PREFIX);
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

    /** Before {@link #run}: waits until the job that will begin the chains runs. */
    void standBy() throws InterruptedException {
        standsBy = new CountDownLatch(1);
        begin = new CountDownLatch(1);
        scheduler.enqueue(new OpeningRequest());
        standsBy.await();
    }

    /** Chains beside each other, from the start of the first to the end of the last. */
    void run(int chains, int steps) throws SQLException, InterruptedException {
        this.chains = chains;
        this.steps = steps;
        lastSteps = new CountDownLatch(chains);
        begin.countDown();
        lastSteps.await();
        while (jobsLeft()) {
            Thread.sleep(1);
        }
    }

    private boolean jobsLeft() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rs = statement.executeQuery("""
                        select exists (select from plain_jobrunr_jobs where state in ('ENQUEUED', 'PROCESSING'))""")) {
            rs.next();
            return rs.getBoolean(1);
        }
    }

    @Override
    public void close() {
        server.stop();
        storage.close();
    }
}
