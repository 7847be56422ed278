package dev.belay.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.SagaView;
import dev.belay.crash.CrashSagas.By;
import dev.belay.crash.CrashSagas.Order;
import dev.belay.crash.Ledger.Event;
import dev.belay.embedded.LocalPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoisonTest {
    private static final Duration LONG = Duration.ofSeconds(120);

    @Test
    @DisplayName("a step that ends its process every time is parked, and the sagas beside it complete")
    void parksTheStepThatKillsItsProcess(@TempDir Path folder) throws Exception {
        SagaDefinition<Order, By> definition = CrashSagas.poison(Ledger.ofThisProcess(folder), true);
        try (LocalPostgres postgres = LocalPostgres.temporary();
                HikariDataSource pool = CrashWorker.pool(postgres.url(), 4);
                Belay belay = Belay.on(pool).with(definition).open()) {
            SagaHandle<By> poison = belay.start(definition, new Order(0));
            List<SagaHandle<By>> innocent =
                    belay.startAll(definition, List.of(new Order(1), new Order(2), new Order(3)));

            int deaths = workUntilParked(postgres, folder, poison);

            SagaView parked = poison.view();
            assertThat(parked.state()).isEqualTo(SagaState.SUSPENDED);
            assertThat(parked.failure().orElseThrow().type()).isEqualTo("PROCESS_DIED");
            // The first death leaves no trace of who caused it, then two make the step a suspect, and one more its only
            // one.
            assertThat(deaths).isEqualTo(4);
            try (WorkerProcess mended = WorkerProcess.start(postgres.url(), folder, "poison, mended")) {
                belay.operator("alice").retry(poison.id(), "mended and deployed");
                assertThat(poison.await(LONG)).isEqualTo(new By(mended.pid()));
                for (SagaHandle<By> saga : innocent) {
                    saga.await(LONG);
                    assertThat(saga.state()).isEqualTo(SagaState.COMPLETED);
                }
            }
        }
    }

    /** Starts a worker anew each time one dies, as an orchestrator would; says how many died. */
    private static int workUntilParked(LocalPostgres postgres, Path folder, SagaHandle<By> poison) throws Exception {
        int deaths = 0;
        long until = System.nanoTime() + LONG.toNanos();
        WorkerProcess worker = WorkerProcess.start(postgres.url(), folder, "poison");
        try {
            while (poison.state() == SagaState.RUNNING && System.nanoTime() < until) {
                if (!worker.isAlive()) {
                    assertThat(worker.ledger(Event.BEGIN)).anyMatch(line -> line.saga() == 0);
                    deaths++;
                    worker = WorkerProcess.start(postgres.url(), folder, "poison");
                }
                Thread.sleep(50);
            }
        } finally {
            worker.close();
        }
        return deaths;
    }
}
