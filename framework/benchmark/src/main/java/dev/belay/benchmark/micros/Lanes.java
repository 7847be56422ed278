package dev.belay.benchmark.micros;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.JournalEntry;
import dev.belay.benchmark.Place;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Schema;
import dev.belay.internal.journal.StatTable;
import dev.belay.internal.queue.Companion;
import dev.belay.internal.queue.JobRow;
import dev.belay.internal.queue.Lane;
import dev.belay.internal.queue.Move;
import dev.belay.internal.queue.MoveStatement;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;

/** Moves to the next step, through one lane to a real server. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class Lanes {
    private static final int BATCH = 100;
    private static final long OWNER = 1;

    private final MoveStatement statement = new MoveStatement(new Schema("belay"));

    @SuppressWarnings("NullAway.Init") // opened before each trial
    private Place place;

    @SuppressWarnings("NullAway.Init") // opened before each trial
    private HikariDataSource pool;

    @SuppressWarnings("NullAway.Init") // opened before each trial
    private Lane lane;

    @Setup
    public void open() throws IOException, SQLException {
        place = Place.open();
        pool = place.pool("lanes", 4);
        Belay.on(pool).open().close();
        lane = new Lane("lane", pool, statement, new StatTable(new Schema("belay")), Companion.NONE);
        lane.reserve();
    }

    @TearDown
    public void close() throws IOException {
        lane.close();
        pool.close();
        place.close();
    }

    /** A saga that goes from step to step by itself. */
    @State(Scope.Thread)
    public static class OneSaga {
        @SuppressWarnings("NullAway.Init") // claimed before each trial
        private JobRow job;

        @Setup
        public void claim(Lanes lanes) throws SQLException {
            try (Connection connection = lanes.pool.getConnection()) {
                job = claimed(connection, 1).get(0);
            }
        }
    }

    /** Sagas that go on together, on a connection of their own. */
    @State(Scope.Thread)
    public static class ManySagas {
        @SuppressWarnings("NullAway.Init") // claimed before each trial
        private List<JobRow> jobs;

        @SuppressWarnings("NullAway.Init") // taken before each trial
        private Connection connection;

        @Setup
        public void claim(Lanes lanes) throws SQLException {
            connection = lanes.pool.getConnection();
            jobs = claimed(connection, BATCH);
        }

        @TearDown
        public void giveBack() throws SQLException {
            connection.close();
        }
    }

    @Benchmark
    public void oneThread(OneSaga saga) {
        submit(saga);
    }

    @Benchmark
    @Threads(16)
    public void sixteenThreads(OneSaga saga) {
        submit(saga);
    }

    /** The statement without the lane. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void statementOf100(ManySagas sagas) throws SQLException {
        List<Move> moves = sagas.jobs.stream().map(Lanes::next).toList();
        if (statement.apply(sagas.connection, moves).cardinality() != BATCH) {
            throw new IllegalStateException("Not all jobs were as they should be.");
        }
        sagas.jobs = moves.stream().map(move -> move.from().after(move)).toList();
    }

    private void submit(OneSaga saga) {
        Pending pending = new Pending(next(saga.job));
        lane.submit(pending);
        Lane.Result result = pending.settled.join();
        if (!(result instanceof Lane.Result.Applied)) {
            throw new IllegalStateException("The lane said " + result);
        }
        saga.job = saga.job.after(pending.move);
    }

    private static Move next(JobRow job) {
        JournalRow row = JournalRow.attempt(
                job.place(), job.attempt(), job.item(), JournalEntry.Result.SUCCEEDED, OWNER, job.fence(), 1);
        return Move.to(job, row, Move.Target.next(job, "step"));
    }

    private static final class Pending extends Lane.Entry.OfMove {
        private final Move move;
        private final CompletableFuture<Lane.Result> settled = new CompletableFuture<>();

        Pending(Move move) {
            this.move = move;
        }

        @Override
        public Move move() {
            return move;
        }

        @Override
        public void settled(Lane.Result result) {
            settled.complete(result);
        }
    }

    private static List<JobRow> claimed(Connection connection, int count) throws SQLException {
        List<JobRow> jobs = new ArrayList<>();
        try (PreparedStatement insert = connection.prepareStatement("""
                insert into belay.job (saga_id, plan_id, attempt, state, fence, owner, run_at, step)
                select belay.new_id(now()), 1, 1, 'C', 1, ?, now(), 'step' from generate_series(1, ?) returning saga_id""")) {
            insert.setLong(1, OWNER);
            insert.setInt(2, count);
            try (ResultSet rs = insert.executeQuery()) {
                while (rs.next()) {
                    jobs.add(job(rs.getObject(1, UUID.class)));
                }
            }
        }
        return jobs;
    }

    private static JobRow job(UUID saga) {
        return new JobRow(
                saga,
                0,
                1,
                1,
                0,
                0,
                1,
                0,
                0,
                0,
                JobRow.State.CLAIMED,
                false,
                1,
                0,
                OWNER,
                Instant.now(),
                "default",
                "step",
                null,
                null,
                null);
    }
}
