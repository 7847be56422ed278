package dev.belay.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.Belay;
import dev.belay.FailurePolicy;
import dev.belay.JournalEntry;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.storage.ConcurrentJobModificationException;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.StorageProviderUtils.DatabaseOptions;
import org.jobrunr.storage.sql.common.SqlStorageProviderFactory;
import org.jobrunr.utils.mapper.JsonMapper;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RowsTest {
    private final AtomicInteger ran = new AtomicInteger();
    private final SagaDefinition<String, String> chain = chain();

    private SagaDefinition<String, String> chain() {
        Saga<String> saga = Saga.define("chain", String.class);
        saga.step("one", String.class, ctx -> "1-" + ran.incrementAndGet()).pure();
        saga.step("two", String.class, ctx -> "2").pure();
        return saga.returns(
                saga.step("three", String.class, ctx -> "3 " + ctx.input()).pure());
    }

    @Test
    @DisplayName("a step whose row was deleted from JobRunr's table before it ran is run all the same, once")
    void deletedFromTheTable() {
        try (Fixture fixture = new Fixture("rows_deleted");
                Belay belay = fixture.belay(chain);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            SagaHandle<String> saga = belay.start(chain, "a");
            int deleted = fixture.jdbi.withHandle(
                    handle -> handle.createUpdate("delete from " + fixture.schema + ".jobrunr_jobs where id = :id")
                            .bind("id", saga.id().toString())
                            .execute());
            assertThat(deleted).isEqualTo(1);

            runsOnce(bridge, saga);

            assertThat(fixture.statesOf(saga.id())).containsExactly("SUCCEEDED", "SUCCEEDED", "SUCCEEDED");
        }
    }

    @Test
    @DisplayName(
            "a step whose row was marked as failed or deleted in JobRunr before it ran is run all the same, once, and the mark stays")
    void markedInJobRunr() {
        try (Fixture fixture = new Fixture("rows_marked");
                Belay belay = fixture.belay(chain);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            SagaHandle<String> failed = belay.start(chain, "a");
            SagaHandle<String> deleted = belay.start(chain, "b");
            Job one = bridge.storage().getJobById(failed.id());
            bridge.storage().save(one.failed("by hand", new IllegalStateException("by hand")));
            Job other = bridge.storage().getJobById(deleted.id());
            bridge.storage().save(other.delete("by hand"));

            bridge.worker().start();

            assertThat(failed.await(Fixture.LONG)).isEqualTo("3 a");
            assertThat(deleted.await(Fixture.LONG)).isEqualTo("3 b");
            assertThat(Fixture.succeeded(failed)).containsExactly("one", "two", "three");
            assertThat(Fixture.succeeded(deleted)).containsExactly("one", "two", "three");
            assertThat(ran).hasValue(2);
            assertThat(fixture.statesOf(failed.id()))
                    .containsExactlyInAnyOrder("FAILED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED");
            assertThat(fixture.statesOf(deleted.id()))
                    .containsExactlyInAnyOrder("DELETED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED");
        }
    }

    @Test
    @DisplayName(
            "a step whose row a dead server of JobRunr's holds is run all the same, and JobRunr tries the row no second time")
    void orphaned() {
        try (Fixture fixture = new Fixture("rows_orphaned");
                Belay belay = fixture.belay(chain);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            SagaHandle<String> saga = belay.start(chain, "a");
            BackgroundJobServer dead = plainServer(fixture, bridge.server().getJsonMapper());
            Job row = bridge.storage().getJobById(saga.id());
            row.startProcessingOn(dead);
            bridge.storage().save(row);
            fixture.jdbi.useHandle(handle -> handle.execute("update " + fixture.schema
                    + ".jobrunr_jobs set updatedat = updatedat - interval '1 hour' where state = 'PROCESSING'"));

            runsOnce(bridge, saga);

            await().atMost(Fixture.LONG).until(() -> fixture.stateOf(saga.id()).equals("FAILED"));
            assertThat(bridge.storage().getJobById(saga.id()).getAmountOfRetries())
                    .isZero();
            assertThat(fixture.statesOf(saga.id()))
                    .containsExactlyInAnyOrder("FAILED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED");
            assertThat(ran).hasValue(1);
        }
    }

    @Test
    @DisplayName("deleting the row of a step that runs neither stops nor repeats the step, and the row stays deleted")
    void deletedWhileItRuns() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        Saga<String> define = Saga.define("slow", String.class);
        define.step("wait", String.class, ctx -> {
                    ran.incrementAndGet();
                    running.countDown();
                    try {
                        assertThat(goOn.await(60, TimeUnit.SECONDS)).isTrue();
                    } catch (InterruptedException e) {
                        interrupted.set(true);
                        throw e;
                    }
                    return "waited";
                })
                .pure();
        SagaDefinition<String, String> slow = define.returns(
                define.step("after", String.class, ctx -> "after").pure());
        try (Fixture fixture = new Fixture("rows_deleted_running");
                Belay belay = fixture.belay(slow);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            bridge.worker().start();
            SagaHandle<String> saga = belay.start(slow, "a");
            assertThat(running.await(60, TimeUnit.SECONDS)).isTrue();
            UUID row = fixture.rowsOf(saga.id()).get(0).id();
            int fresh = bridge.storage().getJobById(row).getVersion();
            await().atMost(Fixture.LONG)
                    .until(() -> bridge.storage().getJobById(row).getVersion() > fresh);

            deleteAsTheDashboardDoes(bridge.server().getStorageProvider(), row);

            // Longer than from one writing that the step is alive to the next.
            await().during(Duration.ofSeconds(6))
                    .atMost(Fixture.LONG)
                    .until(() -> fixture.stateOf(row).equals("DELETED"));
            goOn.countDown();
            assertThat(saga.await(Fixture.LONG)).isEqualTo("after");
            assertThat(interrupted).isFalse();
            assertThat(ran).hasValue(1);
            assertThat(Fixture.succeeded(saga)).containsExactly("wait", "after");
            assertThat(fixture.stateOf(row)).isEqualTo("DELETED");
            assertThat(fixture.statesOf(saga.id())).containsExactlyInAnyOrder("DELETED", "SUCCEEDED");
        }
    }

    /** It reads the row and saves it; the server's own heartbeat of the row may come between. */
    private static void deleteAsTheDashboardDoes(StorageProvider storage, UUID row) {
        await().atMost(Fixture.LONG)
                .ignoreExceptionsInstanceOf(ConcurrentJobModificationException.class)
                .untilAsserted(() -> storage.save(storage.getJobById(row).delete("by hand")));
    }

    @Test
    @DisplayName("each step of a happy chain has one row, and when the saga has completed all of them have succeeded")
    void happyChain() {
        try (Fixture fixture = new Fixture("rows_happy");
                Belay belay = fixture.belay(chain);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            bridge.worker().start();
            List<SagaHandle<String>> sagas = belay.startAll(chain, List.of("a", "b", "c", "d", "e"));

            sagas.forEach(saga -> saga.await(Fixture.LONG));

            for (SagaHandle<String> saga : sagas) {
                assertThat(fixture.statesOf(saga.id())).containsExactly("SUCCEEDED", "SUCCEEDED", "SUCCEEDED");
                assertThat(Fixture.succeeded(saga)).containsExactly("one", "two", "three");
            }
        }
    }

    @Test
    @DisplayName(
            "the row of an attempt that is tried again is deleted, and that of a step given up failed; JobRunr tries neither again")
    void retriedAndGivenUp() {
        Saga<String> define = Saga.define("flaky", String.class).onFailure(FailurePolicy.SUSPEND);
        define.step("flaky", String.class, ctx -> {
                    if (ran.incrementAndGet() == 1) {
                        throw new IllegalStateException("the card 4711 was refused");
                    }
                    return "done";
                })
                .pure()
                .retry(RetryPolicy.fixed(Duration.ofMillis(10)).upTo(3));
        SagaDefinition<String, String> flaky = define.returns(define.step("hopeless", String.class, ctx -> {
                    throw new IllegalStateException("the card 4711 was refused");
                })
                .pure()
                .retry(RetryPolicy.never()));
        try (Fixture fixture = new Fixture("rows_retried");
                Belay belay = fixture.belay(flaky);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            bridge.worker().start();
            SagaHandle<String> saga = belay.start(flaky, "a");

            assertThat(saga.awaitSettled(Fixture.LONG)).isEqualTo(SagaState.SUSPENDED);

            assertThat(fixture.statesOf(saga.id())).containsExactlyInAnyOrder("DELETED", "SUCCEEDED", "FAILED");
            assertThat(fixture.rowsOf(saga.id())).allSatisfy(row -> {
                assertThat(bridge.storage().getJobById(row.id()).getAmountOfRetries())
                        .isZero();
                assertThat(row.json()).doesNotContain("4711");
            });
            fixture.awaitPoll();
            fixture.awaitPoll();
            assertThat(fixture.statesOf(saga.id())).containsExactlyInAnyOrder("DELETED", "SUCCEEDED", "FAILED");
            assertThat(ran).hasValue(2);
        }
    }

    @Test
    @DisplayName("rows that an operator of JobRunr's enqueues again run nothing twice, and are put away")
    void requeued() {
        try (Fixture fixture = new Fixture("rows_requeued");
                Belay belay = fixture.belay(chain);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            bridge.worker().start();
            SagaHandle<String> saga = belay.start(chain, "a");
            saga.await(Fixture.LONG);
            List<JournalEntry> journal = saga.journal();

            for (Fixture.Row row : fixture.rowsOf(saga.id())) {
                StorageProvider storage = bridge.server().getStorageProvider();
                Job job = storage.getJobById(row.id());
                job.enqueue();
                storage.save(job);
            }

            await().atMost(Fixture.LONG)
                    .until(() -> fixture.statesOf(saga.id()).equals(List.of("DELETED", "DELETED", "DELETED")));
            assertThat(saga.journal()).isEqualTo(journal);
            assertThat(ran).hasValue(1);
        }
    }

    @Test
    @DisplayName(
            "a server of JobRunr's that has no Belay worker beside it fails the row it takes, and the step is run by one that has")
    void serverWithoutAWorker() {
        try (Fixture fixture = new Fixture("rows_plain_server");
                Belay belay = fixture.belay(chain);
                JobRunrBridge bridge = fixture.bridge(belay).open()) {
            SagaHandle<String> saga = belay.start(chain, "a");
            BackgroundJobServer plain = plainServer(fixture, bridge.server().getJsonMapper());
            plain.start();
            try {
                await().atMost(Fixture.LONG)
                        .until(() -> fixture.stateOf(saga.id()).equals("FAILED"));
                assertThat(saga.state()).isEqualTo(SagaState.RUNNING);
                assertThat(saga.journal()).isEmpty();

                runsOnce(bridge, saga);

                assertThat(fixture.statesOf(saga.id()))
                        .containsExactlyInAnyOrder("FAILED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED");
            } finally {
                plain.stop();
            }
        }
    }

    private void runsOnce(JobRunrBridge bridge, SagaHandle<String> saga) {
        bridge.worker().start();

        assertThat(saga.await(Fixture.LONG)).isEqualTo("3 a");
        assertThat(Fixture.succeeded(saga)).containsExactly("one", "two", "three");
        assertThat(ran).hasValue(1);
    }

    private static BackgroundJobServer plainServer(Fixture fixture, JsonMapper mapper) {
        StorageProvider storage =
                SqlStorageProviderFactory.using(fixture.pool, fixture.prefix(), DatabaseOptions.SKIP_CREATE);
        storage.setJobMapper(new JobMapper(mapper));
        return new BackgroundJobServer(
                storage,
                mapper,
                null,
                BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andPollInterval(Duration.ofSeconds(5))
                        .andWorkerCount(1));
    }
}
