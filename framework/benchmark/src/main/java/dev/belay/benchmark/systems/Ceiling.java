package dev.belay.benchmark.systems;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.benchmark.Contender;
import dev.belay.benchmark.Load;
import dev.belay.benchmark.Place;
import dev.belay.benchmark.Workload;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;

/**
 * What the database can do when nobody decides anything: the rows that Belay writes for a workload, written to tables of the same
 * shape by bare JDBC. For one saga a loop that commits each step; for many, statements over {@code unnest} of 100 sagas at a time
 * on two connections.
 */
public final class Ceiling implements Contender {
    private static final int BATCH = 100;
    private static final int CONNECTIONS = 2;

    private static final String START = """
            with s as (
              insert into ceiling.saga (id, plan_id, started_at, input_type, input)
              select belay.new_id(now()), 1, now(), 'nothing', '{}' from generate_series(1, ?) returning id
            ), j as (
              insert into ceiling.job (saga_id, plan_id, step, queue, run_at)
              select id, 1, 'step-1', 'default', now() from s
            )
            select id from s""";
    private static final String CLAIM = """
            update ceiling.job set state = 'C', owner = 1, fence = fence + 1, attempt = attempt + 1
            where saga_id = any(?) and branch = 0""";
    private static final String ADVANCE = """
            with moved as (
              update ceiling.job j set seq = ?, step = ? from unnest(?) as m(saga_id)
              where j.saga_id = m.saga_id and j.branch = 0 returning m.saga_id
            )
            insert into ceiling.journal (saga_id, branch, seq, run, direction, kind, n, item, outcome, step, worker, fence,
                                         recorded_at, took_us)
            select saga_id, 0, ?, 0, '+', 'A', 1, 0, 'S', ?, 1, 1, now(), 1 from moved""";
    private static final String END = """
            with gone as (
              delete from ceiling.job j using unnest(?) as m(saga_id)
              where j.saga_id = m.saga_id and j.branch = 0 returning m.saga_id
            ), ended as (
              update ceiling.saga s set state = 'COMPLETED', ended_at = now() from gone where s.id = gone.saga_id
            )
            insert into ceiling.journal (saga_id, branch, seq, run, direction, kind, n, item, outcome, step, worker, fence,
                                         recorded_at, took_us)
            select saga_id, 0, ?, 0, '+', kind, 1, 0, 'S', ?, 1, 1, now(), 1
            from gone, unnest(array['A', 'E']::"char"[]) as kind""";

    private final HikariDataSource pool;

    /** Makes the tables in a database of their own. */
    public Ceiling(Place place) throws SQLException {
        this.pool = place.pool("ceiling", CONNECTIONS + 1);
        Belay.on(pool).open().close();
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("""
                    create schema ceiling;
                    create table ceiling.saga (like belay.saga including all);
                    create table ceiling.journal (like belay.journal including all);
                    create table ceiling.job (like belay.job including all)
                      with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
                            autovacuum_vacuum_cost_delay = 0, vacuum_truncate = false)""");
        }
    }

    @Override
    public String name() {
        return "ceiling";
    }

    @Override
    public String configuration() {
        return "the rows that belay writes, by bare JDBC: one commit a step for one saga, " + BATCH
                + " sagas a statement on " + CONNECTIONS + " connections for many";
    }

    @Override
    public DataSource dataSource() {
        return pool;
    }

    @Override
    public boolean runs(Workload workload) {
        return workload == Workload.ONE_SAGA || workload == Workload.MANY_SAGAS;
    }

    @Override
    public void run(Load load) throws Exception {
        if (load.workload() == Workload.MANY_SAGAS) {
            manySagas(load.sagas(), load.steps());
            return;
        }
        for (int i = 0; i < load.sagas(); i++) {
            oneSaga(load.steps());
        }
    }

    @Override
    public void close() {
        pool.close();
    }

    private void oneSaga(int steps) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            run(connection, 1, steps);
        }
    }

    private void manySagas(int sagas, int steps) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        try {
            List<Callable<Void>> work = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                work.add(() -> {
                    try (Connection connection = pool.getConnection()) {
                        for (int done = 0; done < sagas / CONNECTIONS; done += BATCH) {
                            run(connection, Math.min(BATCH, sagas / CONNECTIONS - done), steps);
                        }
                    }
                    return null;
                });
            }
            for (Future<Void> future : threads.invokeAll(work)) {
                future.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    private static void run(Connection connection, int sagas, int steps) throws SQLException {
        Object[] ids = start(connection, sagas);
        try (PreparedStatement claim = connection.prepareStatement(CLAIM)) {
            claim.setArray(1, connection.createArrayOf("uuid", ids));
            claim.executeUpdate();
        }
        try (PreparedStatement advance = connection.prepareStatement(ADVANCE)) {
            for (int seq = 1; seq < steps; seq++) {
                advance.setInt(1, seq + 1);
                advance.setString(2, "step-" + (seq + 1));
                advance.setArray(3, connection.createArrayOf("uuid", ids));
                advance.setInt(4, seq);
                advance.setString(5, "step-" + seq);
                advance.executeUpdate();
            }
        }
        try (PreparedStatement end = connection.prepareStatement(END)) {
            end.setArray(1, connection.createArrayOf("uuid", ids));
            end.setInt(2, steps);
            end.setString(3, "step-" + steps);
            end.executeUpdate();
        }
    }

    private static Object[] start(Connection connection, int sagas) throws SQLException {
        List<UUID> ids = new ArrayList<>();
        try (PreparedStatement start = connection.prepareStatement(START)) {
            start.setInt(1, sagas);
            try (ResultSet rs = start.executeQuery()) {
                while (rs.next()) {
                    ids.add(rs.getObject(1, UUID.class));
                }
            }
        }
        return ids.toArray();
    }
}
