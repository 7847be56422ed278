package dev.belay.benchmark.studies;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.benchmark.Place;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A load that goes on for as long as somebody watches it: sagas of ten steps, so many of them open at any time, and a new one for
 * each that ends; started by one thread and carried out by one worker with default options.
 */
final class Traffic implements AutoCloseable {
    static final String NAME = "traffic";
    static final int STEPS = 10;
    private static final int THREADS = 16;
    private static final int CONNECTIONS = 32;
    private static final int MOST_STARTED_AT_ONCE = 200;
    private static final Duration LONGEST_END = Duration.ofMinutes(2);

    private final HikariDataSource pool;
    private final Clocked clocked;
    private final Backends backends;
    private final SagaDefinition<Integer, Void> definition;
    private final Belay belay;
    private final Worker worker;
    /** Each open saga has a place, where it notes when its last step ended. */
    private final BlockingQueue<Integer> freePlaces = new LinkedBlockingQueue<>();

    private final AtomicLongArray lastStepEnded;
    private final LongAdder steps = new LongAdder();
    private final AtomicLong started = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();
    private final LongAccumulator longestGap = new LongAccumulator(Math::max, 0);
    private volatile boolean going;
    private volatile @Nullable Thread starter;
    private volatile @Nullable RuntimeException failure;

    /** A worker, with nothing to do, on the database of that name with up to {@code open} sagas open at a time. */
    Traffic(Place place, String database, int open) throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(place.database(database) + "&ApplicationName=" + NAME);
        config.setMaximumPoolSize(CONNECTIONS);
        config.setMaxLifetime(0);
        this.pool = new HikariDataSource(config);
        this.clocked = Clocked.over(pool);
        this.backends = new Backends(place, database, NAME);
        this.lastStepEnded = new AtomicLongArray(open);
        for (int i = 0; i < open; i++) {
            freePlaces.add(i);
        }
        this.definition = definition();
        this.belay = Belay.on(clocked.dataSource()).with(definition).open();
        this.worker = belay.worker(WorkerOptions.defaults().platformThreads(THREADS));
    }

    /** Connections to the same database. */
    HikariDataSource pool() {
        return pool;
    }

    private SagaDefinition<Integer, Void> definition() {
        Saga<Integer> saga = Saga.define(NAME, Integer.class);
        for (int i = 1; i <= STEPS; i++) {
            boolean first = i == 1;
            boolean last = i == STEPS;
            saga.step("step-" + i, Void.class, context -> {
                int place = context.input();
                long now = System.nanoTime();
                if (!first) {
                    longestGap.accumulate(now - lastStepEnded.get(place));
                }
                lastStepEnded.set(place, now);
                steps.increment();
                if (last) {
                    ended.incrementAndGet();
                    freePlaces.add(place);
                }
                return null;
            });
        }
        return saga.returnsNothing();
    }

    void startWorker() {
        worker.start();
    }

    /** Begins to start sagas, at most so many steps a second on average. */
    void begin(double stepsPerSecond) {
        going = true;
        Thread thread = new Thread(() -> startUntilEnd(stepsPerSecond), "traffic");
        starter = thread;
        thread.start();
    }

    private void startUntilEnd(double stepsPerSecond) {
        long from = System.nanoTime();
        long before = started.get();
        try {
            while (going) {
                double due = (System.nanoTime() - from) / 1e9 * stepsPerSecond / STEPS - (started.get() - before);
                int most = (int) Math.min(MOST_STARTED_AT_ONCE, due);
                List<Integer> places = new ArrayList<>();
                freePlaces.drainTo(places, Math.max(0, most));
                if (places.isEmpty()) {
                    Thread.sleep(1);
                } else {
                    start(places);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    private void start(List<Integer> places) {
        started.addAndGet(places.size());
        belay.startAll(definition, places);
    }

    /** Starts so many sagas at once and waits until the last step of the last of them has run; returns the seconds it took. */
    double round(int sagas) throws InterruptedException {
        long until = ended.get() + sagas;
        List<Integer> places = new ArrayList<>();
        freePlaces.drainTo(places, sagas);
        if (places.size() < sagas) {
            throw new IllegalStateException("Of " + sagas + " sagas only " + places.size() + " may be open at a time.");
        }
        long from = System.nanoTime();
        start(places);
        while (ended.get() < until) {
            Thread.sleep(1);
        }
        return (System.nanoTime() - from) / 1e9;
    }

    /** Starts no more, waits until all have ended, and says whether the database agrees that all of them completed. */
    boolean end() throws InterruptedException, SQLException {
        going = false;
        Thread thread = starter;
        if (thread != null) {
            thread.join();
        }
        if (failure != null) {
            throw failure;
        }
        long until = System.nanoTime() + LONGEST_END.toNanos();
        while (System.nanoTime() < until) {
            try (Connection connection = pool.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet rs = statement.executeQuery("""
                            select not exists (select from belay.job),
                                   (select count(*) from belay.saga s join belay.plan p on p.id = s.plan_id
                                     where p.definition = 'traffic' and s.state = 'COMPLETED' and s.started_at >= w.since)
                              from (select min(started_at) as since from belay.worker) w""")) {
                rs.next();
                if (rs.getBoolean(1)) {
                    return rs.getLong(2) == started.get();
                }
            }
            Thread.sleep(20);
        }
        return false;
    }

    /** Begins to count anew. */
    Window window() throws SQLException, IOException {
        return new Window();
    }

    /** What happened from its making on. */
    final class Window {
        private final long fromNanos = System.nanoTime();
        private final long fromSteps = steps.sum();
        private final double fromClaims = clocked.claims.millis();
        private final double fromAdvances = clocked.advances.millis();
        private final double fromProcessor = backends.seconds();

        private Window() throws SQLException, IOException {
            longestGap.reset();
            clocked.claims.longestMillis();
            clocked.advances.longestMillis();
        }

        /** What it came to until now. */
        Figures close() throws SQLException, IOException {
            RuntimeException failed = failure;
            if (failed != null) {
                throw failed;
            }
            long did = steps.sum() - fromSteps;
            if (did == 0 || clocked.claims.statements() == 0 || clocked.advances.statements() == 0) {
                throw new IllegalStateException("Nothing was done, or its statements were not recognised.");
            }
            return new Figures(
                    did / ((System.nanoTime() - fromNanos) / 1e9),
                    (clocked.claims.millis() - fromClaims) * 1000 / did,
                    (clocked.advances.millis() - fromAdvances) * 1000 / did,
                    (backends.seconds() - fromProcessor) * 1e6 / did,
                    clocked.claims.longestMillis(),
                    clocked.advances.longestMillis(),
                    longestGap.get() / 1e6);
        }
    }

    /**
     * A window in figures.
     *
     * @param claimMicros how long claims took, for each step
     * @param advanceMicros the same of advances; several go on at once
     * @param serverMicros the processor time of the server's sessions for each step; 0 where the system does not tell
     * @param longestGap milliseconds between two steps of one saga, at the most
     */
    record Figures(
            double stepsPerSecond,
            double claimMicros,
            double advanceMicros,
            double serverMicros,
            double longestClaim,
            double longestAdvance,
            double longestGap) {

        /** By the processor's clock if there is one: others who use the machine stop the one on the wall, not this one. */
        double cost() {
            return serverMicros > 0 ? serverMicros : claimMicros + advanceMicros;
        }

        static String heading() {
            return String.format(
                    "%-16s %9s %10s %10s %10s %10s %10s %10s",
                    "", "steps/s", "server us", "claim us", "advance us", "max claim", "max adv.", "max gap ms");
        }

        String line(String name) {
            return String.format(
                    "%-16s %,9.0f %10.1f %10.1f %10.1f %10.1f %10.1f %10.1f",
                    name,
                    stepsPerSecond,
                    serverMicros,
                    claimMicros,
                    advanceMicros,
                    longestClaim,
                    longestAdvance,
                    longestGap);
        }
    }

    @Override
    public void close() {
        going = false;
        Thread thread = starter;
        if (thread != null) {
            thread.interrupt();
        }
        worker.close();
        belay.close();
        pool.close();
    }
}
