package dev.belay.benchmark.systems;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.benchmark.Contender;
import dev.belay.benchmark.Load;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Workload;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
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
    private static final Set<Workload> ABLE =
            Set.of(Workload.ONE_SAGA, Workload.MANY_SAGAS, Workload.ONE_STEP, Workload.IDLE);
    private static final Duration POLL = Duration.ofSeconds(5);

    private static final String ALL_ENDED =
            "select not exists (select from jobrunr_jobs where state in ('ENQUEUED', 'PROCESSING'))";

    private final HikariDataSource pool;
    private final int threads;
    private final StorageProvider storage;
    private final JobRequestScheduler scheduler;
    private final BackgroundJobServer server;
    private volatile CountDownLatch standsBy = new CountDownLatch(0);
    private volatile CountDownLatch begin = new CountDownLatch(0);
    private volatile Round round = new Round(0);
    private volatile long ranAt;
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
                        .andPollInterval(POLL)
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
            ranAt = System.nanoTime();
            if (request.left > 1) {
                round.step();
                scheduler.enqueue(new StepRequest(request.left - 1));
            } else {
                round.lastStep();
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
        return "JobRunr " + BackgroundJobServer.class.getPackage().getImplementationVersion()
                + ", each job enqueues the next, many at once in one bulk, " + threads
                + " workers, the shortest poll it allows (" + POLL.toSeconds()
                + " s), started inside a job so that its poll is not counted but in idle, a pool of "
                + pool.getMaximumPoolSize() + " connections";
    }

    @Override
    public DataSource dataSource() {
        return pool;
    }

    @Override
    public boolean runs(Workload workload) {
        return ABLE.contains(workload);
    }

    /** It takes several times as long as the others; idle waits for half a poll on average, each time. */
    @Override
    public double share(Workload workload) {
        return workload == Workload.IDLE ? 0.05 : 0.25;
    }

    /** Waits until the job that will begin the chains runs. */
    @Override
    public void prepare(Load load) throws InterruptedException {
        if (load.workload() == Workload.IDLE) {
            return;
        }
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
        round = new Round(chains);
        begin.countDown();
        round.awaitEnd(pool, ALL_ENDED);
        round.check(load);
    }

    /** Starts at any time between two polls; else each start would come just after the poll that found the one before. */
    @Override
    public long startToRunning() throws SQLException, InterruptedException {
        Thread.sleep(ThreadLocalRandom.current().nextLong(POLL.toMillis()));
        round = new Round(1);
        long from = System.nanoTime();
        scheduler.enqueue(new StepRequest(1));
        round.awaitEnd(pool, ALL_ENDED);
        return ranAt - from;
    }

    @Override
    public void close() {
        server.stop();
        storage.close();
        pool.close();
    }
}
