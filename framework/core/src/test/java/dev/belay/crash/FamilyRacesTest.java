package dev.belay.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.belay.Belay;
import dev.belay.OperationRefused;
import dev.belay.Outcome;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.StepContext;
import dev.belay.StepRejected;
import dev.belay.UndoContext;
import dev.belay.Worker;
import dev.belay.WorkerOptions;
import dev.belay.embedded.LocalPostgres;
import dev.belay.internal.journal.Jdbis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Parents and children that change at the same time, a hundred times: one legal outcome remains, and no deadlock. */
class FamilyRacesTest {
    private static final int RACES = 100;
    private static final int AT_ONCE = 8;
    private static final String SCHEMA = "race_family";
    private static final Duration LONG = Duration.ofSeconds(60);

    /** The input of a family that races. */
    record Lot(String name, long sleepMicros, boolean fails) {}

    /** What was done and is not undone, as family and step. */
    private final Set<String> effects = ConcurrentHashMap.newKeySet();

    /** Undos that found nothing although their step had succeeded. */
    private final Set<String> doubled = ConcurrentHashMap.newKeySet();

    @Test
    @DisplayName("a cancel of the parent that races the end of its child undoes both, or is refused and undoes neither")
    void childEndAgainstParentCancel() throws Exception {
        long seed = System.nanoTime();
        System.out.println("FamilyRacesTest with seed " + seed);
        try (LocalPostgres postgres = LocalPostgres.temporary()) {
            try (HikariDataSource pool = CrashWorker.pool(postgres.url(), 40)) {
                race(pool, seed);
            }
            KilledWorkersTest.assertNoDeadlock(postgres);
        }
    }

    private void race(HikariDataSource pool, long seed) throws Exception {
        SagaDefinition<Lot, String> definition = parent(child());
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try (Belay belay = Belay.on(pool).schema(SCHEMA).with(definition).open();
                Worker worker = belay.worker(WorkerOptions.defaults()
                                .platformThreads(12)
                                .poll(Duration.ofMillis(20))
                                .withoutNotifications())
                        .start()) {
            List<Future<?>> races = new ArrayList<>();
            for (int i = 0; i < RACES; i++) {
                Random random = new Random(seed + i);
                String name = "family " + i;
                races.add(threads.submit(() -> {
                    round(pool, belay, definition, name, random);
                    return null;
                }));
            }
            for (Future<?> race : races) {
                race.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private void round(
            HikariDataSource pool, Belay belay, SagaDefinition<Lot, String> definition, String name, Random random)
            throws Exception {
        Lot lot = new Lot(name, random.nextInt(6_000), random.nextInt(4) == 0);
        SagaHandle<String> parent = belay.start(definition, lot);
        pause(random.nextInt(20_000));

        boolean refused = cancel(parent);

        SagaState end = parent.awaitSettled(LONG);
        Jdbi jdbi = Jdbis.over(pool);
        assertThat(end).isEqualTo(refused ? SagaState.COMPLETED : SagaState.COMPENSATED);
        assertThat(lot.fails() && refused).isFalse();
        List<String> children = column(jdbi, "select state from race_family.saga where parent_id = :saga", parent.id());
        assertThat(children).hasSizeLessThan(2).allMatch(state -> state.equals(end.name()));
        assertThat(effects.stream().filter(effect -> effect.startsWith(name + "/")))
                .hasSize(refused ? 3 : 0);
        assertThat(doubled).isEmpty();
        assertThat(column(jdbi, """
                        select j.step from race_family.journal j join race_family.saga s on s.id = j.saga_id
                         where :saga in (s.id, s.root_id) and j.kind = 'A' and j.outcome in ('S', 'E')
                         group by s.id, j.step, j.branch, j.seq, j.run, j.direction, j.item having count(*) > 1""", parent.id())).isEmpty();
        assertThat(column(jdbi, """
                        select s.id::text from race_family.saga s where :saga in (s.id, s.root_id)
                           and 1 <> (select count(*) from race_family.journal j where j.saga_id = s.id and j.kind = 'E')""", parent.id())).isEmpty();
        assertThat(column(jdbi, """
                        select j.step from race_family.job j join race_family.saga s on s.id = j.saga_id
                         where :saga in (s.id, s.root_id)""", parent.id())).isEmpty();
        await().atMost(LONG)
                .until(() -> column(
                                jdbi, "select seq::text from race_family.wake_up where saga_id = :saga", parent.id())
                        .isEmpty());
    }

    private static boolean cancel(SagaHandle<?> saga) {
        try {
            saga.cancel("a race");
            return false;
        } catch (OperationRefused e) {
            return true;
        }
    }

    private static List<String> column(Jdbi jdbi, String question, UUID saga) {
        return jdbi.withHandle(handle -> handle.createQuery(question)
                .bind("saga", saga)
                .mapTo(String.class)
                .list());
    }

    private static void pause(long micros) throws InterruptedException {
        Thread.sleep(micros / 1000, (int) (micros % 1000) * 1000);
    }

    private String effect(StepContext<Lot> context) {
        effects.add(context.input().name() + "/" + context.step());
        return context.step();
    }

    private void undo(UndoContext<Lot, String> undo) {
        boolean there = effects.remove(undo.input().name() + "/" + undo.step());
        if (!there && undo.outcome() == Outcome.SUCCEEDED) {
            doubled.add(undo.input().name() + "/" + undo.step());
        }
    }

    private SagaDefinition<Lot, String> child() {
        Saga<Lot> saga = Saga.define("child", Lot.class);
        saga.step("first", String.class, this::effect).undo(this::undo);
        return saga.returns(saga.step("last", String.class, context -> {
                    try {
                        pause(context.input().sleepMicros());
                    } catch (InterruptedException e) {
                        // The step was asked to stop, and does not: what it does is undone after it.
                    }
                    if (context.input().fails()) {
                        throw new StepRejected("it fails");
                    }
                    return effect(context);
                })
                .undo(this::undo));
    }

    private SagaDefinition<Lot, String> parent(SagaDefinition<Lot, String> child) {
        Saga<Lot> saga = Saga.define("parent", Lot.class);
        saga.step("before", String.class, this::effect).undo(this::undo);
        return saga.returns(saga.child("child", child, context -> context.input()));
    }
}
