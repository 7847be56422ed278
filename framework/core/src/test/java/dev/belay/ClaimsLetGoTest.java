package dev.belay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.embedded.LocalPostgres;
import dev.belay.internal.journal.Jdbis;
import dev.belay.internal.journal.Schema;
import dev.belay.internal.queue.JobTable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import javax.sql.DataSource;
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

    @Test
    void aClaimWhoseReplyIsOnItsWayIsNotHandedBack() throws Exception {
        CountDownLatch claimed = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        DataSource slow = afterTheFirstClaim(LocalPostgres.shared().dataSource(), () -> {
            claimed.countDown();
            assertThatCode(goOn::await).doesNotThrowAnyException();
        });
        Saga<String> saga = Saga.define("on-its-way", String.class);
        saga.step("effect", String.class, ctx -> {
            log.add("effect");
            return "done";
        });
        SagaDefinition<String, Void> definition = saga.returnsNothing();
        HikariConfig config = new HikariConfig();
        config.setDataSource(slow);
        try (HikariDataSource slowPool = new HikariDataSource(config);
                Belay belay = Belay.on(slowPool).schema(SCHEMA).with(definition).open()) {
            SagaHandle<Void> handle = belay.start(definition, "in");
            belay.worker(WorkerOptions.defaults().lease(Duration.ofMinutes(5))).start();
            assertThat(claimed.await(20, TimeUnit.SECONDS)).isTrue();

            for (int beat = 1; beat <= 12; beat++) {
                awaitNextBeat(belay, beat);
            }
            goOn.countDown();

            assertThat(handle.awaitSettled(Duration.ofSeconds(20))).isEqualTo(SagaState.COMPLETED);
            assertThat(handle.journal()).noneMatch(entry -> entry.outcome() == Result.LOST);
            assertThat(log).containsExactly("effect");
        } finally {
            goOn.countDown();
        }
    }

    /** What is paused or not is told to the heart at once. */
    private void awaitNextBeat(Belay belay, int beat) {
        OffsetDateTime before = seenAt();
        Control another = belay.queue("another");
        if (beat % 2 == 1) {
            another.pause("alice", "a beat");
        } else {
            another.resume("alice", "a beat");
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> seenAt().isAfter(before));
    }

    private OffsetDateTime seenAt() {
        return jdbi.withHandle(handle -> handle.createQuery("select seen_at from claims_let_go.worker")
                .mapTo(OffsetDateTime.class)
                .one());
    }

    /** Calls {@code then} when the first claim is committed, before whoever sent it hears of it. */
    private static DataSource afterTheFirstClaim(DataSource source, Runnable then) {
        AtomicBoolean first = new AtomicBoolean(true);
        return answering(
                DataSource.class,
                source,
                (opened, none) -> opened instanceof Connection connection
                        ? answering(
                                Connection.class,
                                connection,
                                (made, args) -> made instanceof PreparedStatement statement
                                                && ((String) args[0]).contains("with recursive allowed")
                                        ? answering(PreparedStatement.class, statement, (result, noArgs) -> {
                                            if (Boolean.TRUE.equals(result) && first.compareAndSet(true, false)) {
                                                then.run();
                                            }
                                            return result;
                                        })
                                        : made)
                        : opened);
    }

    /** Like {@code target}, but each result of a call is what {@code answer} makes of it and the call's arguments. */
    private static <T> T answering(Class<T> type, T target, BiFunction<Object, Object[], Object> answer) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            try {
                return answer.apply(method.invoke(target, args), args);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }

    private void claimAndLetGo() {
        JobTable jobs = new JobTable(new Schema(SCHEMA));
        List<Integer> plans = jdbi.withHandle(handle -> handle.createQuery("select id from claims_let_go.plan")
                .mapTo(Integer.class)
                .list());
        jdbi.useHandle(handle -> {
            assertThat(jobs.claim(handle, new JobTable.Request("default", plans, 0, 1, OWNER, "", false, Instant.MIN))
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
