package dev.belay.internal.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.embedded.LocalPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReservedConnectionTest {
    private final ReservedConnection connection =
            new ReservedConnection(LocalPostgres.shared().dataSource());

    private static boolean execute(Connection open, String sql) throws SQLException {
        try (var statement = open.createStatement()) {
            return statement.execute(sql);
        }
    }

    @Test
    void aCallThatIsNeverAnsweredHoldsNobodyUpWhoCloses() throws Exception {
        var begun = new CountDownLatch(1);
        var call = CompletableFuture.supplyAsync(() -> {
            try {
                return connection.call(open -> {
                    begun.countDown();
                    return execute(open, "select pg_sleep(60)");
                });
            } catch (SQLException e) {
                return e;
            }
        });
        begun.await();

        long from = System.nanoTime();
        connection.close();

        assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(10));
        assertThat(call.get(10, TimeUnit.SECONDS)).isInstanceOf(SQLException.class);
    }

    @Test
    void anErrorReplacesTheConnectionAndClosingEndsIt() throws SQLException {
        assertThatThrownBy(() -> connection.call(open -> execute(open, "select nothing")))
                .isInstanceOf(SQLException.class);
        boolean answered = connection.call(open -> execute(open, "select 1"));
        assertThat(answered).isTrue();

        connection.close();

        assertThatThrownBy(connection::reserve)
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("closed for good");
    }
}
