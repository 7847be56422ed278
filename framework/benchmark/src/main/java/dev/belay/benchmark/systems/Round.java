package dev.belay.benchmark.systems;

import dev.belay.benchmark.Load;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import javax.sql.DataSource;

/** A round of work while it goes on: how many steps have run, and whether all sagas have ended. Safe for use by many threads. */
final class Round {
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final LongAdder steps = new LongAdder();
    private final CountDownLatch lastSteps;

    Round(int sagas) {
        this.lastSteps = new CountDownLatch(sagas);
    }

    void step() {
        steps.increment();
    }

    void lastStep() {
        steps.increment();
        lastSteps.countDown();
    }

    /**
     * Returns when each saga's last step has run and the condition holds. The database is not asked before, because asking all the time
     * would be part of what is measured.
     */
    void awaitEnd(DataSource database, String condition) throws SQLException, InterruptedException {
        if (!lastSteps.await(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException(lastSteps.getCount() + " sagas have not come to their last step within "
                    + LONGEST.toMinutes() + " minutes.");
        }
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(condition)) {
            while (!holds(statement)) {
                Thread.sleep(1);
            }
        }
    }

    private static boolean holds(PreparedStatement statement) throws SQLException {
        try (ResultSet rs = statement.executeQuery()) {
            rs.next();
            return rs.getBoolean(1);
        }
    }

    /** Refuses a round in which not exactly the load was done. */
    void check(Load load) {
        if (steps.sum() != load.units()) {
            throw new IllegalStateException("The round ran " + steps.sum() + " "
                    + load.workload().unit() + ", but its load is " + load.units() + ".");
        }
    }
}
