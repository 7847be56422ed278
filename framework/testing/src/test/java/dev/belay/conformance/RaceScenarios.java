package dev.belay.conformance;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.StartOptions;
import dev.belay.StepRejected;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Several who want the same thing at the same time. */
interface RaceScenarios {

    @Test
    @DisplayName("40 several workers race for one saga, and each step and each undo has exactly one successful commit")
    default void oneSuccessForEachStep(SagaKit kit) {
        int steps = 20;
        // Each step and undo fails once and waits for the clock to be moved, so that all workers look for the job at
        // once.
        var again = RetryPolicy.fixed(Duration.ofMinutes(1)).upTo(50);
        var saga = Saga.define("contested", String.class);
        for (int i = 1; i <= steps; i++) {
            saga.step("step " + i, Integer.class, ctx -> {
                        failTheFirstTime(ctx.attempt());
                        return ctx.seq();
                    })
                    .retry(again)
                    .undo(u -> failTheFirstTime(u.attempt()))
                    .undoRetry(again);
        }
        saga.step("reject", String.class, ctx -> {
            throw new StepRejected("back");
        });
        var contested = kit.start(saga.returnsNothing(), "go");
        for (int i = 0; i < 4; i++) {
            kit.startWorker();
        }

        kit.runToTheEnd();

        assertThat(contested.state()).isEqualTo(COMPENSATED);
        var successes = contested.journal().stream()
                .filter(entry -> entry.kind() == Kind.ATTEMPT && entry.outcome() == Result.SUCCEEDED)
                .toList();
        assertThat(successes)
                .filteredOn(entry -> !entry.undoing())
                .extracting(JournalEntry::step)
                .containsExactlyElementsOf(numbered(1, steps));
        assertThat(successes)
                .filteredOn(JournalEntry::undoing)
                .extracting(JournalEntry::step)
                .containsExactlyElementsOf(numbered(steps, 1));
        assertThat(contested.journal())
                .filteredOn(entry -> entry.outcome() == Result.FAILED)
                .hasSize(2 * steps);
        assertThat(contested.journal())
                .filteredOn(entry -> entry.kind() == Kind.LATE)
                .isEmpty();
        assertThat(workersOf(kit, contested.id())).hasSizeGreaterThan(1);
    }

    private static void failTheFirstTime(int attempt) {
        if (attempt == 1) {
            throw new IllegalStateException("not at once");
        }
    }

    private static List<String> numbered(int from, int to) {
        int step = from <= to ? 1 : -1;
        return IntStream.rangeClosed(0, Math.abs(to - from))
                .mapToObj(i -> "step " + (from + i * step))
                .toList();
    }

    private static List<Long> workersOf(SagaKit kit, UUID saga) {
        return Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery("select distinct worker from " + kit.schema()
                                + ".journal where saga_id = ? and worker is not null")
                        .bind(0, saga)
                        .mapTo(Long.class)
                        .list());
    }

    @Test
    @DisplayName("41 the same key started from many threads at once starts one saga")
    default void sameKeyStartsOneSaga(SagaKit kit) throws Exception {
        int threads = 16;
        var diary = new Diary();
        var saga = Saga.define("order", Integer.class);
        saga.step("pack", String.class, diary.does());
        var definition = saga.returnsNothing();
        kit.open(definition);
        var together = new CyclicBarrier(threads);
        var pool = Executors.newFixedThreadPool(threads);
        List<Future<UUID>> started = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int number = i;
            started.add(pool.submit(() -> {
                together.await();
                return kit.belay()
                        .start(definition, number, StartOptions.key("order-4711"))
                        .id();
            }));
        }
        List<UUID> ids = new ArrayList<>();
        for (Future<UUID> one : started) {
            ids.add(one.get());
        }
        pool.shutdown();

        kit.runUntilIdle();

        assertThat(ids).hasSize(threads).containsOnly(ids.get(0));
        assertThat(kit.belay().saga(ids.get(0)).state()).isEqualTo(COMPLETED);
        assertThat(diary.lines()).containsExactly("pack");
        int sagas = Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery("select count(*) from " + kit.schema() + ".saga")
                        .mapTo(Integer.class)
                        .one());
        assertThat(sagas).isEqualTo(1);
    }
}
