package dev.belay.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.OperationRefused;
import dev.belay.Purged;
import dev.belay.Retention;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.StartOptions;
import dev.belay.UnknownSaga;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

@BelayTest
class RetentionTest {
    private static final Retention A_DAY = Retention.of(Duration.ofDays(1));
    private static final int MANY = 200_000;

    private static SagaDefinition<String, Void> note() {
        var saga = Saga.define("note", String.class);
        saga.step("write", String.class, ctx -> ctx.input());
        return saga.returnsNothing();
    }

    private static SagaDefinition<String, Void> stuck() {
        var saga = Saga.define("stuck", String.class);
        saga.step("fail", String.class, ctx -> {
                    throw new IllegalStateException("broken");
                })
                .retry(RetryPolicy.never());
        return saga.returnsNothing();
    }

    private static <T> T with(SagaKit kit, org.jdbi.v3.core.HandleCallback<T, RuntimeException> work) {
        return Jdbi.create(kit.dataSource()).withHandle(work);
    }

    private static <T> T ask(SagaKit kit, Class<T> type, String sql, Object... arguments) {
        return with(kit, handle -> handle.select(sql, arguments).mapTo(type).one());
    }

    private static int execute(SagaKit kit, String sql, Object... arguments) {
        return with(kit, handle -> handle.execute(sql.replace("belay.", kit.schema() + "."), arguments));
    }

    private static long count(SagaKit kit, String table, String condition, Object... arguments) {
        return with(kit, handle -> select(handle, kit, table, condition, arguments));
    }

    private static long select(Handle handle, SagaKit kit, String table, String condition, Object... arguments) {
        return handle.select("select count(*) from " + kit.schema() + "." + table + " where " + condition, arguments)
                .mapTo(Long.class)
                .one();
    }

    /** Ended sagas with two journal rows each, as if they had run some days ago. */
    private static void generate(SagaKit kit, int sagas, int daysAgo) {
        execute(kit, """
                call belay.make_partitions(((belay.now() at time zone 'UTC')::date - %d))""".formatted(daysAgo));
        execute(kit, """
                with made as (
                  insert into belay.saga (id, plan_id, state, start_key, started_at, ended_at)
                  select belay.new_id(at), (select min(id) from belay.plan where definition = 'note'), 'COMPLETED', 'old-%1$d-' || n, at, at
                    from (select n, ((belay.now() at time zone 'UTC')::date - %1$d)::timestamp at time zone 'UTC'
                                    + n * interval '1 millisecond' as at from generate_series(1, %2$d) n) times
                  returning id, start_key
                ), keys as (insert into belay.saga_key select 'note', start_key, id from made)
                insert into belay.journal (saga_id, branch, seq, run, direction, kind, n, outcome, step, recorded_at)
                select id, 0, 1, 0, '+', kind::"char", 1, 'S', 'write', belay.now() from made, unnest(array['A', 'E']) kind""".formatted(daysAgo, sagas));
    }

    @Test
    void nothingIsPurgedUnlessAskedFor(SagaKit kit) {
        var saga = kit.start(note(), "a");
        kit.runUntilIdle();
        kit.advance(Duration.ofDays(3650));
        kit.runUntilIdle();

        assertThat(kit.belay().purge(Retention.forever())).isEqualTo(Purged.NOTHING);
        assertThat(kit.belay()
                        .purge(Retention.forever().others(Duration.ofDays(1)))
                        .sagas())
                .isZero();
        assertThat(saga.state()).isEqualTo(SagaState.COMPLETED);
    }

    @Test
    void agesBelowTheFloorAreRefused() {
        assertThatThrownBy(() -> Retention.of(Duration.ofMinutes(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT5M")
                .hasMessageContaining("operator");
    }

    @Test
    void anEndedSagaGoesWithAllThatIsItsAndFreesItsKey(SagaKit kit) {
        var note = note();
        var saga = kit.start(note, "a", StartOptions.key("k"));
        var resolved = kit.start(stuck(), "b");
        kit.runUntilIdle();
        kit.operator("alice").resolve(resolved.id(), "nobody needs it");

        assertThat(kit.belay().purge(A_DAY)).isEqualTo(Purged.NOTHING);
        kit.advance(Duration.ofHours(25));
        Purged purged = kit.belay().purge(Retention.forever().completed(Duration.ofDays(1)));

        assertThat(purged.sagas()).isOne();
        assertThat(purged.keys()).isOne();
        assertThat(purged.journalEntries()).isGreaterThan(1);
        assertThatThrownBy(saga::state).isInstanceOf(UnknownSaga.class);
        assertThat(resolved.state()).isEqualTo(SagaState.RESOLVED);
        assertThat(kit.start(note, "a", StartOptions.key("k")).id()).isNotEqualTo(saga.id());

        assertThat(kit.belay().purge(A_DAY.keepingAudit()).decisions()).isZero();
        assertThat(count(kit, "operation", "saga_id = ?", resolved.id())).isOne();
        assertThat(count(kit, "saga", "id = ?", resolved.id())).isZero();
    }

    @Test
    void aFamilyStaysWhileAnythingOfItIsOpenOrYoung(SagaKit kit) {
        var note = note();
        List<SagaHandle<Void>> family =
                List.of(kit.start(note, "root"), kit.start(note, "child"), kit.start(note, "grandchild"));
        var openRoot = kit.start(stuck(), "open root");
        var itsChild = kit.start(note, "child of an open root");
        for (int member = 1; member < 3; member++) {
            execute(
                    kit,
                    "update belay.saga set root_id = ?, parent_id = ? where id = ?",
                    family.get(0).id(),
                    family.get(member - 1).id(),
                    family.get(member).id());
        }
        execute(kit, "update belay.saga set root_id = ? where id = ?", openRoot.id(), itsChild.id());
        kit.runUntilIdle();
        kit.advance(Duration.ofDays(2));
        UUID grandchild = family.get(2).id();
        execute(kit, "update belay.saga set ended_at = belay.now() where id = ?", grandchild);

        assertThat(kit.belay().purge(A_DAY).sagas()).isZero();
        assertThatThrownBy(() -> kit.operator("alice").purge(itsChild.id(), "tidy"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("it belongs to saga " + openRoot.id());

        kit.advance(Duration.ofDays(2));
        assertThat(kit.belay().purge(A_DAY).sagas()).isEqualTo(3);
        assertThat(openRoot.state()).isEqualTo(SagaState.SUSPENDED);
        assertThat(itsChild.state()).isEqualTo(SagaState.COMPLETED);
        assertThat(itsChild.journal()).hasSizeGreaterThan(1);

        kit.operator("alice").resolve(openRoot.id(), "given up");
        assertThat(kit.operator("alice").purge(openRoot.id(), "tidy").sagas()).isEqualTo(2);
    }

    @Test
    void anEndThatNobodyWasToldOfHoldsItsSaga(SagaKit kit) {
        var saga = kit.start(note(), "a");
        kit.runUntilIdle();
        execute(kit, """
                insert into belay.outbox (saga_id, plan_id, event, recorded_at, due_at)
                select id, -1, 'COMPLETED', ended_at, 'infinity' from belay.saga""");
        kit.advance(Duration.ofDays(9));

        assertThat(kit.belay().purge(A_DAY).sagas()).isZero();
        assertThatThrownBy(() -> kit.operator("alice").purge(saga.id(), "tidy"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("has not been told");

        execute(kit, "delete from belay.outbox");
        assertThat(kit.belay().purge(A_DAY))
                .isEqualTo(new Purged(1, 0, 0, 0, List.of(today(kit).minusDays(9))));
    }

    @Test
    void manySagasArePurgedWhileOthersGoOn(SagaKit kit) {
        var course = Saga.define("course", String.class);
        var ran = new AtomicInteger();
        for (int step = 0; step < 100; step++) {
            course.step("step " + step, Integer.class, ctx -> {
                Thread.sleep(10);
                return ran.incrementAndGet();
            });
        }
        var hundredSteps = course.returnsNothing();
        var note = note();
        kit.patience(Duration.ofMinutes(5)).open(note, hundredSteps, stuck());
        generate(kit, MANY, 10);
        generate(kit, MANY / 10, 5);
        UUID pinning = with(
                kit,
                handle -> handle.select("select max(id::text)::uuid from " + kit.schema() + ".saga where started_at < "
                                + kit.schema() + ".now() - interval '9 days'")
                        .mapTo(UUID.class)
                        .one());
        execute(kit, "update belay.saga set state = 'SUSPENDED', ended_at = null where id = ?", pinning);
        execute(kit, """
                insert into belay.job (saga_id, plan_id, state, run_at, step) select id, plan_id, 'P', belay.now(), 'write'
                from belay.saga where id = ?""", pinning);
        kit.startWorker();
        var saga = kit.belay().start(hundredSteps, "go");

        CompletableFuture<Purged> purge =
                CompletableFuture.supplyAsync(() -> kit.belay().purge(A_DAY));
        kit.runUntilIdle();
        Purged purged = purge.join();

        assertThat(saga.state()).isEqualTo(SagaState.COMPLETED);
        assertThat(ran).hasValue(100);
        assertThat(saga.journal()).hasSize(101);
        assertThat(purged.sagas()).isEqualTo(MANY - 1 + MANY / 10);
        assertThat(purged.keys()).isEqualTo(MANY - 1 + MANY / 10);
        assertThat(purged.journalEntries()).isEqualTo(2 * (MANY - 1));
        assertThat(purged.days()).containsExactly(today(kit).minusDays(5));
        assertThat(count(kit, "journal", "saga_id = ?", pinning)).isEqualTo(2);
        assertThat(count(kit, "saga_key", "true")).isOne();
        assertThat(kit.belay()
                        .start(note, "again", StartOptions.key("old-10-1"))
                        .state())
                .isEqualTo(SagaState.RUNNING);

        kit.operator("alice").resolve(pinning, "unpinned");
        kit.advance(Duration.ofDays(2));
        kit.runUntilIdle();
        assertThat(kit.belay().purge(A_DAY).days()).contains(today(kit).minusDays(12));
    }

    private static LocalDate today(SagaKit kit) {
        return kit.now().atZone(ZoneOffset.UTC).toLocalDate();
    }

    @Test
    void aDepartureThatWasCutOffIsFinishedByTheNextPurge(SagaKit kit) throws SQLException {
        kit.open(note());
        generate(kit, 100, 10);
        String day = today(kit).minusDays(10).toString().replace('-', '_');
        execute(kit, "comment on table belay.saga_" + day + " is 'belay: leaving'");
        execute(kit, "comment on table belay.journal_" + day + " is 'belay: leaving'");
        detachAndBeCutOff(kit, day);
        assertThat(ask(
                        kit,
                        Integer.class,
                        "select count(*) from pg_inherits where inhdetachpending and inhparent = ?::regclass",
                        kit.schema() + ".saga"))
                .isOne();

        Purged purged = kit.belay().purge(A_DAY);

        assertThat(purged.sagas()).isEqualTo(100);
        assertThat(purged.days()).containsExactly(today(kit).minusDays(10));
        assertThat(ask(
                        kit,
                        Boolean.class,
                        "select to_regclass(?) is null and to_regclass(?) is null",
                        kit.schema() + ".saga_" + day,
                        kit.schema() + ".journal_" + day))
                .isTrue();
    }

    /** Somebody reads the table, so that the statement has to wait; then it is cancelled, as if its process had died. */
    private static void detachAndBeCutOff(SagaKit kit, String day) throws SQLException {
        try (var reader = kit.dataSource().getConnection();
                var detacher = kit.dataSource().getConnection()) {
            reader.setAutoCommit(false);
            reader.createStatement()
                    .executeQuery("select count(*) from " + kit.schema() + ".saga")
                    .close();
            var statement = detacher.createStatement();
            statement.setQueryTimeout(1);
            assertThatThrownBy(() -> statement.execute("alter table " + kit.schema() + ".saga detach partition "
                            + kit.schema() + ".saga_" + day + " concurrently"))
                    .isInstanceOf(SQLException.class);
            reader.rollback();
        }
    }

    @Test
    void aDayThatComesBackHasItsTurnedSagas(SagaKit kit) {
        kit.open(note());
        generate(kit, 10, 10);
        String day = today(kit).minusDays(10).toString().replace('-', '_');
        execute(kit, "update belay.saga set state = 'COMPENSATED' where start_key = 'old-10-1'");
        for (String table : List.of("saga", "journal")) {
            execute(kit, "comment on table belay." + table + "_" + day + " is 'belay: leaving'");
            execute(kit, "alter table belay." + table + " detach partition belay." + table + "_" + day);
        }
        execute(
                kit,
                "update belay.saga_" + day
                        + " set state = 'COMPENSATING', ended_at = null where start_key = 'old-10-1'");

        kit.belay().purge(A_DAY);

        assertThat(count(kit, "saga", "start_key = 'old-10-1'")).isOne();
        assertThat(count(kit, "saga_turned", "true")).isOne();
        execute(kit, "update belay.saga set state = 'COMPENSATED', ended_at = started_at where start_key = 'old-10-1'");
        kit.belay().purge(A_DAY);
        assertThat(count(kit, "saga", "true")).isZero();
        assertThat(count(kit, "saga_turned", "true")).isZero();
    }

    @Test
    void whatSomebodyElseDetachedIsLeftAlone(SagaKit kit) {
        kit.open(note());
        generate(kit, 10, 10);
        String day = today(kit).minusDays(10).toString().replace('-', '_');
        execute(kit, "alter table belay.saga detach partition belay.saga_" + day);

        kit.belay().purge(A_DAY);

        assertThat(count(kit, "saga_" + day, "true")).isEqualTo(10);
    }

    @Test
    void workersCarryOutTheRetention(SagaKit kit) {
        kit.engineOptions(engine -> engine.retention(A_DAY)).open(note());
        generate(kit, 100, 10);

        kit.startWorker();

        Awaitility.await().until(() -> count(kit, "saga", "true") == 0);
        kit.stopWorkers();
    }

    @Test
    void anOperatorsPurgeIsAudited(SagaKit kit) {
        var saga = kit.start(note(), "a");
        kit.runUntilIdle();
        var version = saga.view().version();

        Purged purged = kit.operator("alice").expecting(version).purge(saga.id(), "asked for by its owner");

        assertThat(purged.sagas()).isOne();
        assertThat(count(kit, "saga", "true") + count(kit, "journal", "true")).isZero();
        List<Map<String, Object>> audit = with(
                kit,
                handle -> handle.select(
                                "select actor, action, reason, before, after from " + kit.schema() + ".operation")
                        .mapToMap()
                        .list());
        assertThat(audit)
                .containsExactly(Map.of(
                        "actor", "alice",
                        "action", "purge",
                        "reason", "asked for by its owner",
                        "before", "COMPLETED",
                        "after", "PURGED"));
        assertThatThrownBy(() -> kit.operator("alice").purge(saga.id(), "again"))
                .isInstanceOf(UnknownSaga.class);
    }
}
