package dev.belay.jobrunr.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.embedded.LocalPostgres;
import dev.belay.jobrunr.JobRunrBridge;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.jobrunr.server.JobSteward;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** JobRunr's own look for work and Belay's claim reach for the same rows. */
class ServerRacesTest {
    private static final int SAGAS = 300;
    private static final int THREADS = 8;
    private static final Duration LONG = Duration.ofSeconds(90);

    private final Map<String, AtomicInteger> ran = new ConcurrentHashMap<>();

    @Test
    @DisplayName("steps that JobRunr fetches while Belay claims them run once, and all their rows end")
    void fetchedWhileClaimed() throws Exception {
        SagaDefinition<Integer, String> definition = definition();
        ExecutorService looking = Executors.newSingleThreadExecutor();
        AtomicBoolean over = new AtomicBoolean();
        try (LocalPostgres postgres = LocalPostgres.temporary();
                HikariDataSource pool = CrashServer.pool(postgres.url(), 20);
                Belay belay = Belay.on(pool).with(definition).open();
                JobRunrBridge bridge = JobRunrBridge.on(belay).workers(THREADS).open();
                Worker worker = bridge.worker(WorkerOptions.defaults().poll(Duration.ofMillis(20)))
                        .start()) {
            await().atMost(LONG).until(() -> bridge.server().isRunning());
            Future<?> looks = looking.submit(() -> {
                look(bridge.server().getJobSteward(), over);
                return over;
            });

            List<SagaHandle<String>> sagas =
                    belay.startAll(definition, IntStream.range(0, SAGAS).boxed().toList());

            for (SagaHandle<String> saga : sagas) {
                assertThat(saga.awaitSettled(LONG)).isEqualTo(SagaState.COMPLETED);
            }
            over.set(true);
            looks.get();
            assertThat(ran)
                    .hasSize(SAGAS * 3)
                    .allSatisfy((step, times) -> assertThat(times).hasValue(1));
            Jdbi jdbi = Jdbi.create(pool);
            assertThat(count(jdbi, "select count(*) from belay.journal where kind = 'A' and outcome = 'S'"))
                    .isEqualTo(SAGAS * 3L);
            assertThat(count(jdbi, "select count(*) from belay.journal where kind = 'A' and outcome <> 'S'"))
                    .isZero();
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(count(
                                    jdbi,
                                    "select count(*) from jobrunr_jobs where state not in ('SUCCEEDED', 'DELETED')"))
                            .isZero());
            // A first step may be carried by a row that JobRunr's server has given back meanwhile.
            assertThat(count(jdbi, "select count(*) from jobrunr_jobs where state = 'SUCCEEDED'"))
                    .isBetween(SAGAS * 2L, SAGAS * 3L);
            System.out.printf(
                    "ServerRacesTest: JobRunr fetched %d of %d first steps by itself, and gave %d rows back%n",
                    count(
                            jdbi,
                            "select count(*) from jobrunr_jobs where id in (select id::text from belay.saga) and version > 2"),
                    SAGAS,
                    count(jdbi, "select count(*) from jobrunr_jobs where state = 'DELETED'"));
        } finally {
            over.set(true);
            looking.shutdownNow();
        }
    }

    /** What JobRunr does at each poll, and whenever one of its threads falls idle. */
    private static void look(JobSteward steward, AtomicBoolean over) throws InterruptedException {
        while (!over.get()) {
            steward.notifyThreadOccupied();
            steward.notifyThreadIdle();
            Thread.sleep(1);
        }
    }

    private SagaDefinition<Integer, String> definition() {
        Saga<Integer> saga = Saga.define("walk", Integer.class);
        saga.step("one", String.class, context -> ran(context.input(), "one")).pure();
        saga.step("two", String.class, context -> ran(context.input(), "two")).pure();
        return saga.returns(saga.step("three", String.class, context -> ran(context.input(), "three"))
                .pure());
    }

    private String ran(int number, String step) throws InterruptedException {
        ran.computeIfAbsent(number + "/" + step, key -> new AtomicInteger()).incrementAndGet();
        Thread.sleep(number % 4);
        return step;
    }

    private static long count(Jdbi jdbi, String query) {
        return jdbi.withHandle(
                handle -> handle.createQuery(query).mapTo(Long.class).one());
    }
}
