package dev.belay.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.Saga;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Row locks are for moments: while code of the application runs, the engine has no transaction open for it. */
@BelayTest
@Isolated("it looks at everything the server does")
class RowLockTest {
    private static final int LOOKS = 20;

    @Test
    void noTransactionIsOpenWhileAStepABranchOrAnUndoRuns(SagaKit kit) {
        List<Integer> fewest = new CopyOnWriteArrayList<>();
        var saga = Saga.define("trip", String.class);
        saga.step("flight", String.class, ctx -> {
                    fewest.add(fewestOpen(kit.dataSource()));
                    return "";
                })
                .undo(u -> fewest.add(fewestOpen(kit.dataSource())));
        var branch = saga.branch("night");
        branch.step("hotel", String.class, ctx -> {
                    fewest.add(fewestOpen(kit.dataSource()));
                    return "";
                })
                .undo(u -> fewest.add(fewestOpen(kit.dataSource())));
        saga.parallel("book", branch);
        saga.step("stop", String.class, ctx -> {
            throw new dev.belay.StepRejected("no");
        });
        kit.start(saga.returnsNothing(), "oslo");

        kit.runUntilIdle();

        assertThat(fewest).hasSize(4).containsOnly(0);
    }

    /** The engine's loops open transactions too, for moments; one that is held for the step is there at every look. */
    private static int fewestOpen(DataSource database) throws SQLException, InterruptedException {
        int fewest = Integer.MAX_VALUE;
        for (int i = 0; i < LOOKS; i++) {
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet open = statement.executeQuery("select count(*) from pg_stat_activity"
                            + " where datname = current_database() and state like 'idle in transaction%'")) {
                open.next();
                fewest = Math.min(fewest, open.getInt(1));
            }
            Thread.sleep(5);
        }
        return fewest;
    }
}
