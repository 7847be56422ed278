package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.JournalEntry;
import dev.belay.Next;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Sleeps: they hold nothing while they last, end when they should, and survive whatever happens meanwhile. */
@BelayTest
class SleepTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final List<String> done = new CopyOnWriteArrayList<>();

    private SagaDefinition<String, String> nap(SagaKit kit) {
        var saga = Saga.define("nap", String.class);
        saga.step("lie down", String.class, ctx -> note("lie down")).undo(u -> note("undo lie down"));
        saga.sleep("sleep", ctx -> {
            kit.crashPoint("falling asleep");
            return HOUR;
        });
        return saga.returns(saga.step("get up", String.class, ctx -> {
                    kit.crashPoint("getting up");
                    return note("get up");
                })
                .undo(u -> note("undo get up")));
    }

    private String note(String line) {
        done.add(line);
        return line;
    }

    private static Stream<JournalEntry> waits(SagaHandle<?> saga) {
        return saga.journal().stream().filter(entry -> entry.kind() == JournalEntry.Kind.WAIT);
    }

    @Test
    @DisplayName("a hundred sleepers hold neither a thread nor a connection of a worker that has one thread")
    void holdsNothing(SagaKit kit) {
        kit.workerOptions(options -> options.platformThreads(1));
        var definition = nap(kit);
        kit.open(definition);
        var sleepers = kit.belay().startAll(definition, java.util.Collections.nCopies(100, "cat"));
        kit.startWorker();
        kit.runUntilIdle();
        assertThat(sleepers).allSatisfy(sleeper -> assertThat(sleeper.state()).isEqualTo(RUNNING));

        var awake = Saga.define("awake", String.class);
        var answer = kit.start(awake.returns(awake.step("answer", String.class, ctx -> "42")), "question");
        kit.runUntilIdle();
        assertThat(answer.result()).isEqualTo("42");
        assertThat(claimed(kit)).isZero();

        kit.advance(HOUR);
        kit.runUntilIdle();
        assertThat(sleepers).allSatisfy(sleeper -> assertThat(sleeper.state()).isEqualTo(COMPLETED));
    }

    private static int claimed(SagaKit kit) {
        return Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery(
                                "select count(*) from " + kit.schema() + ".job where owner is not null")
                        .mapTo(Integer.class)
                        .one());
    }

    @Test
    void sleepSurvivesCrashesBeforeDuringAndAfter(SagaKit kit) {
        kit.crashAt("falling asleep");
        var nap = kit.start(nap(kit), "cat");
        kit.runUntilIdle();
        assertThat(done).containsExactly("lie down");

        kit.startWorker();
        kit.crashWorker();
        kit.advance(HOUR.minusMinutes(1));
        kit.runUntilIdle();
        assertThat(done).containsExactly("lie down");

        kit.crashAt("getting up");
        kit.advance(Duration.ofMinutes(1));
        kit.runUntilIdle();

        assertThat(nap.state()).isEqualTo(COMPLETED);
        assertThat(done).containsExactly("lie down", "get up");
        assertThat(waits(nap)).hasSize(1);
    }

    @Test
    void cancelWakesASleeperAndUndoesWhatWasBefore(SagaKit kit) {
        var nap = kit.start(nap(kit), "cat");
        kit.runUntilIdle();

        nap.cancel("the house is on fire");
        kit.runUntilIdle();

        assertThat(nap.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("lie down", "undo lie down");
    }

    @Test
    void sleeperWokenForNothingSleepsOnToItsTime(SagaKit kit) {
        var nap = kit.start(nap(kit), "cat");
        kit.runUntilIdle();
        kit.advance(Duration.ofMinutes(20));

        Jdbi.create(kit.dataSource())
                .useHandle(handle -> handle.execute(
                        "update %1$s.job set state = 'R', awaits = null, run_at = %1$s.now()".formatted(kit.schema())));
        kit.runUntilIdle();

        assertThat(done).containsExactly("lie down");
        assertThat(nap.view().jobs())
                .singleElement()
                .satisfies(job -> assertThat(job.awaits()).contains("time"));
        kit.advance(Duration.ofMinutes(40).plusSeconds(1));
        kit.runUntilIdle();
        assertThat(nap.state()).isEqualTo(COMPLETED);
        assertThat(waits(nap)).hasSize(1);
    }

    @Test
    void sleepLongerThanItsStepMayTakeFailsUnlessTheDeadlineIsExtended(SagaKit kit) {
        var saga = Saga.define("nap", String.class);
        saga.sleep("sleep", HOUR).within(Duration.ofMinutes(30));
        var definition = saga.returnsNothing();
        var fails = kit.start(definition, "cat");
        var extended = kit.start(definition, "dog");
        kit.runUntilIdle();

        kit.operator("alice").extendStepDeadline(extended.id(), Duration.ofHours(2), "let it sleep");
        kit.runUntilIdle();
        kit.advance(Duration.ofMinutes(30));
        kit.runUntilIdle();
        assertThat(fails.state()).isEqualTo(SUSPENDED);
        assertThat(fails.view().failure().orElseThrow().type()).isEqualTo("STEP_DEADLINE_PASSED");
        assertThat(extended.state()).isEqualTo(RUNNING);

        kit.advance(Duration.ofMinutes(31));
        kit.runUntilIdle();
        assertThat(extended.state()).isEqualTo(COMPLETED);
    }

    @Test
    void routedStepMayChooseItsSuccessorForLater(SagaKit kit) {
        var saga = Saga.define("poll", Integer.class);
        var look = saga.ref("look", Integer.class);
        saga.step(look, (ctx, n) -> {
                    note("look " + n);
                    return n == 3 ? Next.end(n) : Next.to(look, n + 1).after(Duration.ofMinutes(10));
                })
                .goesTo("look")
                .pure();
        var poll = kit.start(saga.returns(Integer.class), 1);

        kit.runUntilIdle();
        assertThat(done).containsExactly("look 1");
        kit.advance(Duration.ofMinutes(10));
        kit.runUntilIdle();
        assertThat(done).containsExactly("look 1", "look 2");
        kit.runToTheEnd();

        assertThat(poll.result()).isEqualTo(3);
        assertThat(poll.journal().stream().filter(entry -> entry.kind() == JournalEntry.Kind.ATTEMPT))
                .allSatisfy(entry -> assertThat(entry.n()).isEqualTo(1))
                .hasSize(3);
    }

    @Test
    @DisplayName("a pivot that is chosen for later has not begun: a cancel before its time undoes the saga at once")
    void cancelBeforeADelayedPivot(SagaKit kit) {
        var saga = Saga.define("order", Integer.class);
        saga.step("reserve", Integer.class, (ctx, n) -> Next.step("pay").after(HOUR))
                .goesTo("pay")
                .undo(u -> note("undo reserve"));
        saga.pivot("pay", String.class, ctx -> note("pay")).retry(RetryPolicy.never());
        var order = kit.start(saga.returnsNothing(), 1);
        kit.runUntilIdle();

        order.cancel("too expensive");
        kit.runUntilIdle();

        assertThat(order.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("undo reserve");
    }
}
