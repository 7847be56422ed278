package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Result;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.StepRejected;
import dev.belay.UnknownSaga;
import dev.belay.conformance.ReplyLosingDataSource;
import dev.belay.embedded.LocalPostgres;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What commits together with a saga: rows of its steps, and its start. */
@BelayTest
class TransactionTest {
    private Jdbi jdbi;
    private String account;

    @BeforeEach
    void makeAccounts(SagaKit kit) {
        jdbi = Jdbi.create(kit.dataSource());
        account = kit.schema() + ".account";
        jdbi.useHandle(handle -> handle.execute("create table " + account + " (entry text not null)"));
    }

    private int write(Handle handle, String entry) {
        return handle.execute("insert into " + account + " values (?)", entry);
    }

    private List<String> entries() {
        return jdbi.withHandle(handle -> handle.createQuery("select entry from " + account)
                .mapTo(String.class)
                .list());
    }

    @Test
    void aRowOfATransactionalStepAppearsTogetherWithItsJournalRow(SagaKit kit) throws Exception {
        var written = new CountDownLatch(1);
        var looked = new CountDownLatch(1);
        var saga = Saga.define("pay", String.class);
        var debit = saga.transaction("debit", Integer.class, (ctx, handle) -> {
            int rows = write(handle, "debit " + ctx.input());
            written.countDown();
            looked.await();
            return rows;
        });
        var pay = kit.start(saga.returns(debit), "9");
        kit.startWorker();

        written.await();
        assertThat(entries()).isEmpty();
        assertThat(pay.journal()).isEmpty();
        looked.countDown();
        kit.runUntilIdle();

        assertThat(pay.result()).isEqualTo(1);
        assertThat(entries()).containsExactly("debit 9");
        // The same transaction wrote both.
        assertThat(jdbi.<Boolean, RuntimeException>withHandle(
                        handle -> handle.createQuery("select count(distinct xmin::text) = 1 from (select xmin from "
                                        + account + " union all select xmin from " + kit.schema()
                                        + ".journal where kind = 'A') as both_rows")
                                .mapTo(Boolean.class)
                                .one()))
                .isTrue();
    }

    @Test
    void aFailedAttemptRollsItsRowsBackAndTheNextWritesThemOnce(SagaKit kit) {
        var calls = new AtomicInteger();
        var saga = Saga.define("pay", String.class);
        saga.transaction("debit", Integer.class, (ctx, handle) -> {
            write(handle, "debit in attempt " + ctx.attempt());
            if (calls.incrementAndGet() < 3) {
                throw new IllegalStateException("after the write");
            }
            return 1;
        });
        var pay = kit.start(saga.returnsNothing(), "9");

        kit.runToTheEnd();

        assertThat(pay.state()).isEqualTo(COMPLETED);
        assertThat(entries()).containsExactly("debit in attempt 3");
    }

    @Test
    void aTransactionalStepTakesEffectExactlyOnceThoughItsWorkerCrashesBeforeTheCommit(SagaKit kit) {
        var calls = new AtomicInteger();
        var saga = Saga.define("pay", String.class);
        saga.transaction("debit", Integer.class, (ctx, handle) -> {
            calls.incrementAndGet();
            write(handle, "debit");
            kit.crashPoint("written");
            return 1;
        });
        kit.crashAt("written");
        var pay = kit.start(saga.returnsNothing(), "9");

        kit.runUntilIdle();

        assertThat(pay.state()).isEqualTo(COMPLETED);
        assertThat(calls).hasValue(2);
        assertThat(entries()).containsExactly("debit");
    }

    @Test
    void aTransactionalStepOfACancelledSagaLeavesNothing(SagaKit kit) throws Exception {
        var written = new CountDownLatch(1);
        var cancelled = new CountDownLatch(1);
        var undone = new AtomicInteger();
        var saga = Saga.define("pay", String.class);
        saga.transaction("debit", Integer.class, (ctx, handle) -> {
                    write(handle, "debit");
                    written.countDown();
                    while (cancelled.getCount() > 0) {
                        try {
                            cancelled.await();
                        } catch (InterruptedException e) {
                            // Asked to stop; this step finishes what it began.
                        }
                    }
                    return 1;
                })
                .undo(u -> undone.incrementAndGet());
        var pay = kit.start(saga.returnsNothing(), "9");
        kit.startWorker();
        written.await();

        pay.cancel("changed my mind");
        cancelled.countDown();
        kit.runUntilIdle();

        assertThat(pay.state()).isEqualTo(COMPENSATED);
        assertThat(entries()).isEmpty();
        assertThat(undone).hasValue(0);
        assertThat(pay.journal().get(0).outcome()).isEqualTo(Result.REJECTED);
    }

    @Test
    void anUndoInTheEnginesTransactionTakesEffectExactlyOnce(SagaKit kit) {
        var saga = Saga.define("pay", String.class);
        saga.transaction("debit", Integer.class, (ctx, handle) -> write(handle, "debit"))
                .undoInTransaction((u, handle) -> {
                    write(handle, "credit");
                    kit.crashPoint("credited");
                    if (u.attempt() < 3) {
                        throw new IllegalStateException("after the write");
                    }
                });
        saga.step("ship", String.class, ctx -> {
            throw new StepRejected("strike");
        });
        kit.crashAt("credited");
        var pay = kit.start(saga.returnsNothing(), "9");

        kit.runToTheEnd();

        assertThat(pay.state()).isEqualTo(COMPENSATED);
        assertThat(entries()).containsExactly("debit", "credit");
    }

    @Test
    void aTransactionalStepThatViolatesAConstraintAtCommitIsAFailedAttempt(SagaKit kit) {
        jdbi.useHandle(handle -> handle.execute(
                "alter table " + account + " add constraint one_entry unique (entry) deferrable initially deferred"));
        var saga = Saga.define("pay", String.class);
        saga.transaction("debit", Integer.class, (ctx, handle) -> write(handle, "same") + write(handle, "same"))
                .retry(RetryPolicy.never());
        var pay = kit.start(saga.returnsNothing(), "9");

        kit.runUntilIdle();

        assertThat(pay.state()).isEqualTo(SUSPENDED);
        assertThat(entries()).isEmpty();
        assertThat(pay.journal()).extracting(JournalEntry::outcome).containsExactly(Result.GAVE_UP);
    }

    @Test
    void aTransactionalStepWhoseCommitIsNotAnsweredIsNeitherRepeatedNorLate() {
        var debits = commitLost(true);

        assertThat(debits.lines()).containsExactly("debit 1");
        assertThat(debits.journal()).containsExactly(Result.SUCCEEDED, Result.SUCCEEDED);
    }

    @Test
    void aTransactionalStepThatBreaksBeforeItsCommitRunsAgainAndUsesUpNoRetry() {
        var debits = commitLost(false);

        assertThat(debits.lines()).containsExactly("debit 2");
        assertThat(debits.journal()).containsExactly(Result.REJECTED, Result.SUCCEEDED, Result.SUCCEEDED);
    }

    private record Debits(List<String> lines, List<Result> journal) {}

    private static Debits commitLost(boolean made) {
        var database = new ReplyLosingDataSource(LocalPostgres.shared().dataSource());
        try (var kit = SagaKit.on(database)) {
            var own = Jdbi.create(kit.dataSource());
            String table = kit.schema() + ".account";
            own.useHandle(handle -> handle.execute("create table " + table + " (entry text not null)"));
            var saga = Saga.define("pay", String.class);
            saga.transaction("debit", Integer.class, (ctx, handle) -> {
                        if (ctx.attempt() == 1) {
                            database.loseNextCommitHere(made);
                        }
                        return handle.execute("insert into " + table + " values (?)", "debit " + ctx.attempt());
                    })
                    .retry(RetryPolicy.never());
            saga.step("ship", Integer.class, ctx -> 1);
            var pay = kit.start(saga.returnsNothing(), "9");

            kit.runToTheEnd();

            assertThat(database.lost()).isEqualTo(1);
            assertThat(pay.state()).isEqualTo(COMPLETED);
            return new Debits(
                    own.withHandle(handle -> handle.createQuery("select entry from " + table)
                            .mapTo(String.class)
                            .list()),
                    pay.journal().stream()
                            .filter(entry -> entry.kind() != JournalEntry.Kind.END)
                            .map(JournalEntry::outcome)
                            .toList());
        }
    }

    private static SagaDefinition<Integer, Integer> doubling() {
        var saga = Saga.define("double", Integer.class);
        return saga.returns(saga.step("double", Integer.class, ctx -> 2 * ctx.input()));
    }

    @Test
    void aStartInATransactionThatRollsBackNeverHappened(SagaKit kit) {
        var definition = doubling();
        kit.open(definition);
        UUID[] id = new UUID[1];

        assertThatThrownBy(() -> jdbi.useTransaction(handle -> {
                    write(handle, "order");
                    id[0] = kit.belay().within(handle).start(definition, 1).id();
                    throw new IllegalStateException("changed my mind");
                }))
                .hasMessage("changed my mind");

        assertThat(entries()).isEmpty();
        assertThatThrownBy(() -> kit.belay().saga(id[0]).state()).isInstanceOf(UnknownSaga.class);
    }

    @Test
    void aStartInATransactionThatCommitsRunsAfterIt(SagaKit kit) {
        var definition = doubling();
        kit.open(definition).startWorker();

        var saga = jdbi.inTransaction(handle -> {
            write(handle, "order");
            return kit.belay().within(handle).start(definition, 21);
        });
        kit.runUntilIdle();

        assertThat(entries()).containsExactly("order");
        assertThat(saga.result()).isEqualTo(42);
    }

    @Test
    void aStartInAForeignJdbcTransactionCommitsAndRollsBackWithIt(SagaKit kit) throws Exception {
        var definition = doubling();
        kit.open(definition);
        try (var connection = kit.dataSource().getConnection()) {
            connection.setAutoCommit(false);
            var gone = kit.belay().within(connection).start(definition, 1);
            connection.rollback();
            assertThatThrownBy(gone::state).isInstanceOf(UnknownSaga.class);

            var kept = kit.belay().within(connection).start(definition, 21);
            connection.commit();
            kit.belay().wake();
            kit.runUntilIdle();
            assertThat(kept.result()).isEqualTo(42);
        }
    }

    @Test
    void fiveThousandKeyedStartsAreOneStartHoweverOftenTheyAreMade(SagaKit kit) {
        var definition = doubling();
        kit.open(definition);
        Map<String, Integer> inputs = new LinkedHashMap<>();
        IntStream.range(0, 5_000).forEach(i -> inputs.put("order-" + i, i));

        var first = kit.belay().startAll(definition, inputs);
        var second = kit.belay().startAll(definition, inputs);
        kit.runUntilIdle();
        inputs.put("order-5000", 5_000);
        var third = kit.belay().startAll(definition, inputs);
        kit.runUntilIdle();

        assertThat(first).hasSize(5_000);
        first.forEach((key, saga) -> assertThat(second.get(key).id()).isEqualTo(saga.id()));
        first.forEach((key, saga) -> assertThat(third.get(key).id()).isEqualTo(saga.id()));
        assertThat(first.values().stream().map(saga -> saga.id()).distinct()).hasSize(5_000);
        assertThat(first.get("order-4711").result()).isEqualTo(9_422);
        assertThat(third.get("order-5000").result()).isEqualTo(10_000);
        int sagas = jdbi.withHandle(handle -> handle.createQuery(
                        "select count(*) filter (where state = 'COMPLETED') from " + kit.schema() + ".saga")
                .mapTo(Integer.class)
                .one());
        assertThat(sagas).isEqualTo(5_001);
    }
}
