package dev.belay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.embedded.LocalPostgres;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** What the engine takes from the application's pool, and in what state it gives it back. */
class BorrowedConnectionsTest {
    private static final String SCHEMA = "borrowed";

    private static HikariDataSource pool(int size) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(LocalPostgres.shared().dataSource());
        config.setMaximumPoolSize(size);
        config.setConnectionTimeout(300);
        return new HikariDataSource(config);
    }

    @Test
    void aWorkerThatCannotHaveItsConnectionsSaysSoAndGivesBackWhatItTook() {
        try (HikariDataSource small = pool(4);
                Belay belay = Belay.on(small).schema(SCHEMA).open()) {
            Worker worker = belay.worker();

            assertThatThrownBy(worker::start)
                    .isInstanceOf(SagaException.class)
                    .hasMessageContaining("it keeps 5 for itself (2 to commit steps, 1 to claim, 1 for its heartbeat,"
                            + " 1 to listen)")
                    .hasMessageContaining("after 4 the data source gave no more")
                    .hasMessageContaining("at least 6 connections");
            assertThat(small.getHikariPoolMXBean().getActiveConnections()).isZero();
        }
    }

    @Test
    void aWorkerThatCouldNotStartCanBeStartedLater() {
        try (HikariDataSource pool = pool(4);
                Belay belay = Belay.on(pool).schema(SCHEMA).open()) {
            Worker worker = belay.worker();
            assertThatThrownBy(worker::start).isInstanceOf(SagaException.class);

            pool.setMaximumPoolSize(6);
            worker.start();

            assertThat(worker.stop(java.time.Duration.ofSeconds(5))).isTrue();
        }
    }

    @Test
    void lookingAtASagaChangesNoSettingOfTheSession() {
        Queue<String> called = new ConcurrentLinkedQueue<>();
        Saga<String> saga = Saga.define("seen", String.class);
        saga.step("only", String.class, ctx -> "done");
        SagaDefinition<String, Void> definition = saga.returnsNothing();
        try (HikariDataSource pool = pool(8);
                Belay belay = Belay.on(watched(pool, called))
                        .schema(SCHEMA)
                        .with(definition)
                        .open()) {
            SagaView view = belay.start(definition, "in").view();

            assertThat(view.state()).isEqualTo(SagaState.RUNNING);
            assertThat(called).isNotEmpty().doesNotContain("setTransactionIsolation", "setReadOnly");
        }
    }

    private static DataSource watched(DataSource source, Queue<String> called) {
        return proxy(DataSource.class, source, called);
    }

    private static <T> T proxy(Class<T> type, T target, Queue<String> called) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            called.add(method.getName());
            try {
                Object result = method.invoke(target, args);
                return result instanceof Connection connection ? proxy(Connection.class, connection, called) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }
}
