package dev.belay.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.Belay;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.StartOptions;
import dev.belay.embedded.LocalPostgres;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class StartTest {
    private static final Set<String> THE_CONTAINERS = Set.of("commit", "rollback", "setAutoCommit", "close");

    record Consignment(String addressee) {}

    record Waybill(String number) {}

    private final SagaDefinition<Consignment, Waybill> send = send();

    private static SagaDefinition<Consignment, Waybill> send() {
        Saga<Consignment> saga = Saga.define("send", Consignment.class);
        saga.step("pack", Waybill.class, ctx -> new Waybill("W1")).pure();
        return saga.returns(saga.step(
                        "ship",
                        Waybill.class,
                        ctx -> new Waybill("W-" + ctx.input().addressee()))
                .pure());
    }

    @Test
    @DisplayName("a start whose transaction rolls back leaves neither a saga nor a row of JobRunr's")
    void rollsBack() throws SQLException {
        try (Fixture fixture = new Fixture("start_rolls_back");
                Belay belay = fixture.belay(send);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            try (Connection connection = fixture.pool.getConnection()) {
                connection.setAutoCommit(false);
                belay.within(connection).start(send, new Consignment("florence"));
                assertThat(jobsSeenBy(connection, fixture)).isEqualTo(1);
                connection.rollback();
            }
            try (Handle handle = Jdbi.open(fixture.pool)) {
                handle.begin();
                belay.within(handle).start(send, new Consignment("bob"));
                assertThat(jobsSeenBy(handle.getConnection(), fixture)).isEqualTo(1);
                handle.rollback();
            }

            assertThat(fixture.sagas()).isZero();
            assertThat(jobs(fixture)).isZero();
        }
    }

    @Test
    @DisplayName(
            "a start whose transaction commits leaves a saga and its job, which has the saga's id and names none of the application's types")
    void commits() {
        try (Fixture fixture = new Fixture("start_commits");
                Belay belay = fixture.belay(send);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            UUID id = Jdbi.create(fixture.pool).inTransaction(handle -> {
                UUID started = belay.within(handle)
                        .start(send, new Consignment("florence"))
                        .id();
                assertThat(fixture.sagas()).isZero();
                assertThat(jobs(fixture)).isZero();
                return started;
            });

            assertThat(fixture.sagas()).isEqualTo(1);
            assertThat(fixture.rowsOf(id)).singleElement().satisfies(row -> {
                assertThat(row.id()).isEqualTo(id);
                assertThat(row.state()).isEqualTo("ENQUEUED");
                assertThat(row.json())
                        .contains("send: pack", StepJob.class.getName())
                        .doesNotContain("Consignment", "Waybill", "StartTest", "florence");
            });

            bridge.worker().start();
            SagaHandle<Waybill> saga = belay.saga(id, send);
            assertThat(saga.await(Fixture.LONG)).isEqualTo(new Waybill("W-florence"));
            assertThat(fixture.rowsOf(id))
                    .hasSize(2)
                    .allSatisfy(row ->
                            assertThat(row.json()).doesNotContain("Consignment", "Waybill", "StartTest", "florence"));
        }
    }

    @Test
    @DisplayName("a start with a known key adds no second row")
    void knownKey() {
        try (Fixture fixture = new Fixture("start_key");
                Belay belay = fixture.belay(send);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            UUID first = belay.start(send, new Consignment("florence"), StartOptions.key("order 7"))
                    .id();

            UUID again = belay.start(send, new Consignment("florence"), StartOptions.key("order 7"))
                    .id();

            assertThat(again).isEqualTo(first);
            assertThat(jobs(fixture)).isEqualTo(1);
        }
    }

    @Test
    @DisplayName(
            "a pool that does not commit by itself serves both: what is rolled back leaves nothing, and what is started is run")
    void poolWithoutAutoCommit() throws SQLException {
        try (Fixture fixture = new Fixture("start_no_auto_commit", false);
                Belay belay = fixture.belay(send);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            try (Connection connection = fixture.pool.getConnection()) {
                belay.within(connection).start(send, new Consignment("nobody"));
                connection.rollback();
            }
            assertThat(fixture.sagas()).isZero();
            assertThat(jobs(fixture)).isZero();

            SagaHandle<Waybill> saga = belay.start(send, new Consignment("florence"));
            assertThat(fixture.statesOf(saga.id())).containsExactly("ENQUEUED");
            bridge.worker().start();

            assertThat(saga.await(Fixture.LONG)).isEqualTo(new Waybill("W-florence"));
            assertThat(fixture.statesOf(saga.id())).containsExactly("SUCCEEDED", "SUCCEEDED");
        }
    }

    @Test
    @DisplayName("a connection whose transaction is a container's is joined, and nobody but the container ends it")
    void managedConnection() throws SQLException {
        try (Fixture fixture = new Fixture("start_managed");
                Belay belay = fixture.belay(send);
                JobRunrBridge bridge = fixture.bridge(belay).open();
                Connection real = LocalPostgres.shared().dataSource().getConnection()) {
            real.setAutoCommit(false);
            Connection managed = managed(real);
            assertThatThrownBy(managed::commit).isInstanceOf(SQLException.class);

            belay.within(managed).start(send, new Consignment("nobody"));
            assertThat(jobsSeenBy(managed, fixture)).isEqualTo(1);
            real.rollback();
            assertThat(fixture.sagas()).isZero();
            assertThat(jobs(fixture)).isZero();

            UUID id = belay.within(managed)
                    .start(send, new Consignment("florence"))
                    .id();
            assertThat(jobs(fixture)).isZero();
            real.commit();
            assertThat(fixture.sagas()).isEqualTo(1);
            assertThat(fixture.statesOf(id)).containsExactly("ENQUEUED");
        }
    }

    private static Connection managed(Connection real) {
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, args) -> {
                    if (THE_CONTAINERS.contains(method.getName())) {
                        throw new SQLException(method.getName() + " is the container's");
                    }
                    try {
                        return method.invoke(real, args);
                    } catch (InvocationTargetException e) {
                        throw e.getTargetException();
                    }
                });
    }

    private static long jobs(Fixture fixture) {
        return fixture.count("select count(*) from " + fixture.schema + ".jobrunr_jobs");
    }

    private static long jobsSeenBy(Connection connection, Fixture fixture) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("select count(*) from " + fixture.schema + ".jobrunr_jobs")) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
