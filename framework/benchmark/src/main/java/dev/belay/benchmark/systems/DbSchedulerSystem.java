package dev.belay.benchmark.systems;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.serializer.Serializer;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.benchmark.Contender;
import dev.belay.benchmark.Load;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Workload;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * db-scheduler: a saga is one instance of a task, which reschedules itself for the next step at once. It commits what it does to its table by
 * itself, so that a step cannot share its transaction.
 */
public final class DbSchedulerSystem implements Contender {
    private static final Set<Workload> ABLE =
            Set.of(Workload.ONE_SAGA, Workload.MANY_SAGAS, Workload.ONE_STEP, Workload.IDLE);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final double FETCH_AT = 4.0;
    private static final double FETCH_UP_TO = 20.0;
    /** Instances are told how many steps are left with them. */
    private static final TaskDescriptor<Integer> SAGA = TaskDescriptor.of("saga", Integer.class);

    private final HikariDataSource pool;
    private final int threads;
    private final Scheduler scheduler;
    private volatile Round round = new Round(0);
    private volatile long ranAt;

    /** Starts its scheduler. */
    public DbSchedulerSystem(Place place, int threads) throws SQLException {
        this.pool = place.pool("db-scheduler", threads + 16, "reWriteBatchedInserts=true");
        this.threads = threads;
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("""
                    create table scheduled_tasks (
                      task_name text not null, task_instance text not null, task_data bytea,
                      execution_time timestamptz not null, picked boolean not null, picked_by text,
                      last_success timestamptz, last_failure timestamptz, consecutive_failures int,
                      last_heartbeat timestamptz, version bigint not null, priority smallint,
                      primary key (task_name, task_instance));
                    create index execution_time_idx on scheduled_tasks (execution_time);
                    create index last_heartbeat_idx on scheduled_tasks (last_heartbeat)""");
        }
        this.scheduler = Scheduler.create(pool, Tasks.custom(SAGA).execute((instance, context) -> step(instance)))
                .threads(threads)
                .pollUsingLockAndFetch(FETCH_AT, FETCH_UP_TO)
                .enableImmediateExecution()
                .pollingInterval(POLL)
                .serializer(new Digits())
                .build();
        scheduler.start();
    }

    private CompletionHandler<Integer> step(TaskInstance<Integer> instance) {
        ranAt = System.nanoTime();
        int left = instance.getData();
        if (left > 1) {
            round.step();
            return (completed, operations) -> operations.reschedule(completed, Instant.now(), left - 1);
        }
        return (completed, operations) -> {
            operations.remove();
            round.lastStep();
        };
    }

    @Override
    public String name() {
        return "db-scheduler";
    }

    @Override
    public String configuration() {
        return "db-scheduler " + version() + ", a task that reschedules itself, lock-and-fetch (" + FETCH_AT + ", "
                + FETCH_UP_TO + "), immediate execution, polled each " + POLL.toMillis() + " ms, " + threads
                + " threads, started in batches, a pool of " + pool.getMaximumPoolSize() + " connections";
    }

    @Override
    public DataSource dataSource() {
        return pool;
    }

    @Override
    public boolean runs(Workload workload) {
        return ABLE.contains(workload);
    }

    @Override
    public void prepare(Load load) {
        scheduler.resume();
    }

    @Override
    public void run(Load load) throws Exception {
        if (load.workload() == Workload.ONE_SAGA) {
            for (int i = 0; i < load.sagas(); i++) {
                runTogether(new Load(Workload.ONE_SAGA, 1, load.steps()));
            }
        } else {
            runTogether(load);
        }
    }

    private void runTogether(Load load) throws Exception {
        round = new Round(load.sagas());
        Stream<TaskInstance<?>> sagas = Stream.generate(
                        () -> SAGA.instance(UUID.randomUUID().toString())
                                .data(load.steps())
                                .build())
                .limit(load.sagas())
                .map(saga -> saga);
        scheduler.scheduleBatch(sagas, Instant.now());
        round.awaitEnd(pool, "select not exists (select from scheduled_tasks)");
        round.check(load);
    }

    @Override
    public long startToRunning() throws Exception {
        long from = System.nanoTime();
        runTogether(new Load(Workload.IDLE, 1, 1));
        return ranAt - from;
    }

    @Override
    public void rest() {
        scheduler.pause();
    }

    @Override
    public void close() {
        scheduler.stop();
        pool.close();
    }

    private static String version() {
        Properties properties = new Properties();
        try (InputStream in = Scheduler.class.getResourceAsStream(
                "/META-INF/maven/com.github.kagkarlsson/db-scheduler/pom.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            throw new IllegalStateException("The version of db-scheduler could not be read", e);
        }
        return properties.getProperty("version", "of unknown version");
    }

    /** Writes a number as its digits, as its JSON serializers would; Java's own serialization takes eighty bytes. */
    private static final class Digits implements Serializer {
        @Override
        public byte[] serialize(Object data) {
            return String.valueOf(data).getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public <T> T deserialize(Class<T> type, byte[] digits) {
            return type.cast(Integer.valueOf(new String(digits, StandardCharsets.US_ASCII)));
        }
    }
}
