package dev.belay.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.crash.CrashSagas.By;
import dev.belay.crash.CrashSagas.Order;
import dev.belay.crash.Ledger.Event;
import dev.belay.embedded.LocalPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoppedWorkerTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @Test
    @DisplayName("a worker stopped inside an activity changes nothing when it comes back, and works on as a new one")
    void stoppedInsideAnActivity(@TempDir Path folder) throws Exception {
        stopAndGoOn(folder, "activity");
    }

    @Test
    @DisplayName("a worker stopped inside a step changes nothing when it comes back, and works on as a new one")
    void stoppedInsideAStep(@TempDir Path folder) throws Exception {
        stopAndGoOn(folder, "step");
    }

    private static void stopAndGoOn(Path folder, String where) throws Exception {
        SagaDefinition<Order, By> held =
                CrashSagas.held(Ledger.ofThisProcess(folder), folder, where.equals("activity"), false);
        try (LocalPostgres postgres = LocalPostgres.temporary();
                HikariDataSource pool = CrashWorker.pool(postgres.url(), 4);
                Belay belay = Belay.on(pool).with(held).open();
                WorkerProcess first = WorkerProcess.start(postgres.url(), folder, where + ", holding")) {
            Jdbi jdbi = Jdbi.create(pool);
            SagaHandle<By> whole = belay.start(held, new Order(1));
            SagaHandle<By> open = belay.start(held, new Order(-1));
            await().atMost(LONG).until(() -> first.ledger(Event.BEGIN).size() == 2);
            long stale = ownerOf(jdbi, whole.id());

            first.stop();
            try (WorkerProcess second = WorkerProcess.start(postgres.url(), folder, where)) {
                assertThat(whole.await(LONG)).isEqualTo(new By(second.pid()));
                await().atMost(LONG)
                        .until(() ->
                                open.view().jobs().get(0).step().equals("after") && ownerOf(jdbi, open.id()) != stale);
                List<String> before = rows(jdbi);

                Files.createFile(folder.resolve(CrashSagas.RELEASE));
                first.goOn();
                await().atMost(LONG).until(() -> sagasWithLateRows(jdbi) == 2);

                assertThat(first.ledger(Event.END)).hasSize(2);
                assertThat(rows(jdbi)).isEqualTo(before);
                Files.createFile(folder.resolve(CrashSagas.FINISH));
                assertThat(open.await(LONG)).isEqualTo(new By(second.pid()));
            }

            assertThat(lateWriters(jdbi)).containsOnly(stale);
            SagaHandle<By> next = belay.start(held, new Order(2));
            assertThat(next.await(LONG)).isEqualTo(new By(first.pid()));
            long now = jdbi.withHandle(handle -> handle.createQuery("select id from belay.worker where name = :name")
                    .bind("name", CrashWorker.name(first.pid()))
                    .mapTo(Long.class)
                    .one());
            assertThat(now).isNotEqualTo(stale);
            assertThat(workersOf(jdbi, next.id())).containsOnly(now);
            assertThat(next.state()).isEqualTo(SagaState.COMPLETED);
        }
    }

    private static long ownerOf(Jdbi jdbi, UUID saga) {
        return jdbi.withHandle(handle -> handle.createQuery("select owner from belay.job where saga_id = :saga")
                .bind("saga", saga)
                .mapTo(Long.class)
                .findOne()
                .orElse(0L));
    }

    /** Every row that a worker could change, but for the late results, as text. */
    private static List<String> rows(Jdbi jdbi) {
        return jdbi.withHandle(
                handle -> handle.createQuery("""
                        select 'saga ' || t::text as row from belay.saga t
                        union all select 'job ' || t::text from belay.job t
                        union all select 'journal ' || t::text from belay.journal t where kind <> 'Z'
                        union all select 'operation ' || t::text from belay.operation t
                        union all select 'outbox ' || t::text from belay.outbox t
                        order by row""").mapTo(String.class).list());
    }

    private static long sagasWithLateRows(Jdbi jdbi) {
        return jdbi.withHandle(
                handle -> handle.createQuery("select count(distinct saga_id) from belay.journal where kind = 'Z'")
                        .mapTo(Long.class)
                        .one());
    }

    private static List<Long> lateWriters(Jdbi jdbi) {
        return jdbi.withHandle(handle -> handle.createQuery("select worker from belay.journal where kind = 'Z'")
                .mapTo(Long.class)
                .list());
    }

    private static List<Long> workersOf(Jdbi jdbi, UUID saga) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "select worker from belay.journal where saga_id = :saga and kind in ('A', 'C') and outcome = 'S'")
                .bind("saga", saga)
                .mapTo(Long.class)
                .list());
    }
}
