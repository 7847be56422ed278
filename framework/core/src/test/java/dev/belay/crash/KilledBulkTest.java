package dev.belay.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaState;
import dev.belay.StartOptions;
import dev.belay.Worker;
import dev.belay.embedded.LocalPostgres;
import dev.belay.inspect.BulkAction;
import dev.belay.inspect.BulkStatus;
import dev.belay.inspect.Condition;
import dev.belay.inspect.SagaFilter;
import dev.belay.inspect.Scope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledBulkTest {
    private static final int SAGAS = 1_500;
    private static final Duration LONG = Duration.ofSeconds(90);
    private static final SagaFilter SUSPENDED = SagaFilter.where(Condition.state(SagaState.SUSPENDED));

    private static SagaDefinition<Integer, Void> failing() {
        var saga = Saga.define("failing", Integer.class);
        saga.step("try", Void.class, ctx -> {
                    throw new IllegalStateException("no");
                })
                .retry(RetryPolicy.never());
        return saga.returnsNothing();
    }

    @Test
    @DisplayName("a decision about many sagas survives the workers that carry it out, and no saga has it twice")
    void killedWorkersLeaveNothingHalfDone(@TempDir Path folder) throws Exception {
        SagaDefinition<Integer, Void> failing = failing();
        UUID id = UUID.randomUUID();
        try (LocalPostgres postgres =
                        LocalPostgres.in(folder.resolve("data")).durable(true).start();
                HikariDataSource pool = CrashWorker.pool(postgres.url(), 10);
                Belay belay = Belay.on(pool).with(failing).open()) {
            belay.startAll(failing, IntStream.range(0, SAGAS).boxed().toList(), StartOptions.defaults());
            try (Worker worker = belay.worker().start()) {
                await().atMost(LONG)
                        .until(() -> belay.bulk()
                                        .forecast(SUSPENDED, BulkAction.RESOLVE, Scope.everything())
                                        .willing()
                                == SAGAS);
                worker.stop(Duration.ofSeconds(5));
            }
            belay.bulk().begin(id, SUSPENDED, BulkAction.RESOLVE, Scope.everything(), "alice", "no more");

            // These processes do not have the code of the sagas.
            killAfter(postgres, folder, belay, id, 100);
            killAfter(postgres, folder, belay, id, 500);
            try (WorkerProcess last = WorkerProcess.start(postgres.url(), folder, "chain")) {
                await().atMost(LONG).until(() -> status(belay, id).endedAt().isPresent());
                assertThat(last.isAlive()).isTrue();
            }

            assertThat(status(belay, id))
                    .extracting(BulkStatus::total, BulkStatus::done, BulkStatus::refused, BulkStatus::failed)
                    .containsExactly((long) SAGAS, (long) SAGAS, 0L, 0L);
            assertThat(count(pool, "select count(*) from belay.operation where action = 'resolve'"))
                    .isEqualTo(SAGAS);
            assertThat(count(pool, "select count(distinct saga_id) from belay.operation where action = 'resolve'"))
                    .isEqualTo(SAGAS);
            assertThat(count(pool, "select count(*) from belay.saga where state = 'RESOLVED'"))
                    .isEqualTo(SAGAS);
        }
    }

    private static void killAfter(LocalPostgres postgres, Path folder, Belay belay, UUID id, long done) {
        try (WorkerProcess process = WorkerProcess.start(postgres.url(), folder, "chain")) {
            await().atMost(LONG)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> status(belay, id).done() >= done);
            process.kill();
        }
        assertThat(status(belay, id).endedAt()).as("killed in the middle").isEmpty();
    }

    private static BulkStatus status(Belay belay, UUID id) {
        return belay.inspect().bulk(id).orElseThrow();
    }

    private static long count(HikariDataSource pool, String sql) {
        return Jdbi.create(pool)
                .withHandle(handle -> handle.createQuery(sql).mapTo(Long.class).one());
    }
}
