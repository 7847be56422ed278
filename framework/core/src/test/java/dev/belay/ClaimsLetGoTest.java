package dev.belay;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.embedded.LocalPostgres;
import dev.belay.internal.journal.Jdbis;
import dev.belay.internal.journal.Schema;
import dev.belay.internal.queue.JobTable;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of jobs that a living worker holds and does not run any more. */
class ClaimsLetGoTest {
    private static final String SCHEMA = "claims_let_go";
    private static final long OWNER = 42;

    private final List<String> log = new CopyOnWriteArrayList<>();
    private HikariDataSource pool;
    private Jdbi jdbi;

    @BeforeEach
    void open() {
        HikariConfig config = new HikariConfig();
        config.setDataSource(LocalPostgres.shared().dataSource());
        pool = new HikariDataSource(config);
        jdbi = Jdbis.over(pool);
        jdbi.useHandle(handle -> handle.execute("drop schema if exists claims_let_go cascade"));
    }

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void stepThatMayHaveBegunIsUndoneAlthoughItsClaimWasHandedBack() {
        Saga<String> saga = Saga.define("let-go", String.class);
        saga.step("effect", String.class, ctx -> "done").undo(u -> log.add("undo " + u.outcome()));
        SagaDefinition<String, Void> definition = saga.returnsNothing();
        try (Belay belay = Belay.on(pool).schema(SCHEMA).with(definition).open()) {
            SagaHandle<Void> handle = belay.start(definition, "in");
            claimAndLetGo();

            handle.cancel("changed my mind");
            belay.worker().start();

            assertThat(handle.awaitSettled(Duration.ofSeconds(20))).isEqualTo(SagaState.COMPENSATED);
            assertThat(log).containsExactly("undo UNKNOWN");
            assertThat(handle.journal())
                    .anyMatch(entry -> entry.kind() == Kind.ATTEMPT && entry.outcome() == Result.LOST);
        }
    }

    private void claimAndLetGo() {
        JobTable jobs = new JobTable(new Schema(SCHEMA));
        List<Integer> plans = jdbi.withHandle(handle -> handle.createQuery("select id from claims_let_go.plan")
                .mapTo(Integer.class)
                .list());
        jdbi.useHandle(handle -> {
            assertThat(jobs.claim(handle, new JobTable.Request("default", plans, 0, 1, OWNER, "", false))
                            .jobs())
                    .hasSize(1);
            jobs.handBackHeld(handle, jobs.heldBy(handle, OWNER), OWNER);
            assertThat(jobs.heldBy(handle, OWNER)).isEmpty();
        });
    }

    @Test
    void undoAfterAHungStepDoesNotWaitForTwoHeartbeats() {
        CountDownLatch release = new CountDownLatch(1);
        Saga<String> saga = Saga.define("hung", String.class).onFailure(FailurePolicy.COMPENSATE);
        saga.step("hang", String.class, ctx -> {
                    while (release.getCount() > 0) {
                        Thread.onSpinWait();
                    }
                    return "late";
                })
                .undo(u -> log.add("undo"))
                .retry(RetryPolicy.never())
                .timeout(Duration.ofMillis(100));
        SagaDefinition<String, Void> definition = saga.returnsNothing();
        WorkerOptions heartbeatOfAMinute =
                WorkerOptions.defaults().lease(Duration.ofMinutes(5)).timeoutGrace(Duration.ofMillis(100));
        try (Belay belay = Belay.on(pool).schema(SCHEMA).with(definition).open()) {
            belay.worker(heartbeatOfAMinute).start();

            SagaHandle<Void> handle = belay.start(definition, "in");

            assertThat(handle.awaitSettled(Duration.ofSeconds(20))).isEqualTo(SagaState.COMPENSATED);
            assertThat(log).containsExactly("undo");
        } finally {
            release.countDown();
        }
    }
}
