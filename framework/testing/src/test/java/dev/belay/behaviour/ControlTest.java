package dev.belay.behaviour;

import static dev.belay.SagaState.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.Belay;
import dev.belay.Control;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaException;
import dev.belay.SagaHandle;
import dev.belay.WorkerOptions;
import dev.belay.internal.journal.Jdbis;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Queues and definitions that are paused, resumed and limited. */
@BelayTest
@Isolated("it measures how soon news arrive")
class ControlTest {
    private final List<String> ran = new CopyOnWriteArrayList<>();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch gate = new CountDownLatch(1);

    private SagaDefinition<String, Void> logging(String name, String queue) {
        var saga = Saga.define(name, String.class).queue(queue);
        saga.step("write", Boolean.class, ctx -> ran.add(name));
        return saga.returnsNothing();
    }

    private SagaDefinition<String, Void> twoSteps() {
        var saga = Saga.define("two", String.class);
        saga.step("first", Boolean.class, ctx -> {
            begun.countDown();
            gate.await();
            ran.add("first");
            return true;
        });
        saga.step("second", Boolean.class, ctx -> ran.add("second"));
        return saga.returnsNothing();
    }

    private static <T> List<T> ask(SagaKit kit, String question, Class<T> type) {
        return Jdbis.over(kit.dataSource())
                .withHandle(handle -> handle.createQuery(question.replace("belay.", kit.schema() + "."))
                        .mapTo(type)
                        .list());
    }

    private static String lastBeat(SagaKit kit) {
        return ask(kit, "select max(seen_at)::text from belay.worker", String.class)
                .get(0);
    }

    /** The answer to the first new beat may be on its way; by the second, the worker has taken it. */
    private static void awaitTwoBeats(SagaKit kit) {
        for (int i = 0; i < 2; i++) {
            String before = lastBeat(kit);
            await().until(() -> !lastBeat(kit).equals(before));
        }
    }

    private void nothingIsClaimedUntilItIsResumed(
            SagaKit kit, Control control, SagaDefinition<String, Void> paused, SagaDefinition<String, Void> other) {
        control.pause("alice", "the airline is down");
        List<SagaHandle<Void>> held = kit.belay().startAll(paused, Collections.nCopies(20, "x"));
        kit.startWorker().startWorker();
        for (int i = 0; i < 10; i++) {
            kit.belay().start(other, "x").await(Duration.ofSeconds(30));
        }

        assertThat(control.isPaused()).isTrue();
        assertThat(control.running()).isZero();
        assertThat(ran).doesNotContain(paused.name()).hasSize(10);
        assertThat(ask(kit, "select sum(attempt) from belay.job where state = 'R'", Integer.class))
                .containsExactly(0);

        control.resume("alice", "it is back");

        kit.runUntilIdle();
        assertThat(control.isPaused()).isFalse();
        assertThat(held).allSatisfy(saga -> assertThat(saga.state()).isEqualTo(COMPLETED));
        assertThat(ran).hasSize(30);
    }

    @Test
    void nothingOfAPausedQueueIsClaimedAndNothingOfItIsLost(SagaKit kit) {
        var paused = logging("slow", "airline");
        var other = logging("quick", "default");
        kit.open(paused, other);

        nothingIsClaimedUntilItIsResumed(kit, kit.belay().queue("airline"), paused, other);
    }

    @Test
    void nothingOfAPausedDefinitionIsClaimedAndItsQueueGoesOn(SagaKit kit) {
        var paused = logging("broken", "default");
        var other = logging("sound", "default");
        kit.open(paused, other);

        nothingIsClaimedUntilItIsResumed(kit, kit.belay().definition("broken"), paused, other);
    }

    @Test
    void aChainFinishesItsStepAndGoesOnFromTheNextOneWhenItIsResumed(SagaKit kit) throws Exception {
        var two = kit.start(twoSteps(), "x");
        kit.startWorker();
        begun.await();
        kit.belay().queue("default").pause("alice", "deploy");
        awaitTwoBeats(kit);

        gate.countDown();

        await().until(() -> ask(kit, "select state::text || seq from belay.job", String.class)
                .equals(List.of("R2")));
        assertThat(ran).containsExactly("first");
        kit.belay().queue("default").resume("alice", "deployed");
        kit.runUntilIdle();
        assertThat(two.state()).isEqualTo(COMPLETED);
        assertThat(ran).containsExactly("first", "second");
    }

    /** The worker beats every two minutes, so that only the news of the pause can make it look. */
    private void theNewsReachesAWorkerAtOnce(SagaKit kit, boolean fromItsOwnProcess) throws Exception {
        var definition = twoSteps();
        kit.open(definition);
        try (Belay other = Belay.on(kit.dataSource())
                        .schema(kit.schema())
                        .withoutMigrating()
                        .with(definition)
                        .open();
                var worker = other.worker(
                        WorkerOptions.defaults().platformThreads(2).lanes(1).lease(Duration.ofMinutes(10)))) {
            worker.start();
            kit.belay().start(definition, "x");
            begun.await();
            String before = lastBeat(kit);
            Belay pauser = fromItsOwnProcess ? other : kit.belay();
            // A process that listens late may miss one word of it: it is said until it is heard.
            await().until(() -> {
                pauser.definition("two").resume("alice", "once more");
                pauser.definition("two").pause("alice", "it misbehaves");
                return !lastBeat(kit).equals(before);
            });
            gate.countDown();
            await().until(() ->
                    ran.contains("first") && pauser.definition("two").running() == 0);

            assertThat(ask(kit, "select state::text || seq from belay.job", String.class))
                    .containsExactly("R2");
        }
    }

    @Test
    void aPauseIsKnownAtOnceInTheSameProcess(SagaKit kit) throws Exception {
        theNewsReachesAWorkerAtOnce(kit, true);
    }

    @Test
    void aPauseIsKnownAtOnceInOtherProcessesThatListen(SagaKit kit) throws Exception {
        theNewsReachesAWorkerAtOnce(kit, false);
    }

    @Test
    void aLimitedQueueIsNeverOverItsLimitAndAlwaysUsesIt(SagaKit kit) {
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        var pair = new CyclicBarrier(2);
        var saga = Saga.define("paired", Integer.class).queue("narrow");
        saga.step("meet", Boolean.class, ctx -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            // Opens only if two run at once.
            pair.await(30, TimeUnit.SECONDS);
            running.decrementAndGet();
            return true;
        });
        saga.step("part", Boolean.class, ctx -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            running.decrementAndGet();
            return true;
        });
        var definition = saga.returnsNothing();
        kit.open(definition);
        kit.belay().queue("narrow").limit(2, "alice", "the airline allows two");
        List<SagaHandle<Void>> sagas = kit.belay().startAll(definition, Collections.nCopies(60, 1));
        kit.startWorker().startWorker().startWorker();

        List<Integer> claimed = new ArrayList<>();
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            claimed.add(kit.belay().queue("narrow").running());
            return sagas.stream().allMatch(one -> one.state() == COMPLETED);
        });

        assertThat(most).hasValue(2);
        assertThat(claimed).allMatch(count -> count <= 2);
    }

    @Test
    void aRaisedLimitIsUsedAtOnceAndALimitTakenAwayIsGone(SagaKit kit) throws Exception {
        var together = new CountDownLatch(3);
        var saga = Saga.define("three", Integer.class).queue("narrow");
        saga.step("meet", Boolean.class, ctx -> {
            begun.countDown();
            together.countDown();
            together.await();
            return true;
        });
        var definition = saga.returnsNothing();
        kit.open(definition);
        var queue = kit.belay().queue("narrow");
        queue.limit(1, "alice", "one at a time");
        List<SagaHandle<Void>> sagas = kit.belay().startAll(definition, Collections.nCopies(3, 1));
        kit.startWorker().startWorker();
        begun.await();
        awaitTwoBeats(kit);
        assertThat(together.getCount()).isEqualTo(2);
        assertThat(queue.running()).isEqualTo(1);
        assertThat(queue.limit()).hasValue(1);

        queue.limit(3, "alice", "three now");

        kit.runUntilIdle();
        assertThat(sagas).allSatisfy(one -> assertThat(one.state()).isEqualTo(COMPLETED));
        queue.unlimited("alice", "enough");
        assertThat(queue.limit()).isEmpty();
        SagaHandle<Void> last = kit.belay().start(definition, 4);
        kit.runUntilIdle();
        assertThat(last.state()).isEqualTo(COMPLETED);
    }

    @Test
    void aChainOfAQueueWhoseLimitIsLoweredMakesRoomAfterItsStep(SagaKit kit) throws Exception {
        kit.start(twoSteps(), "x");
        kit.startWorker();
        begun.await();
        kit.belay().queue("default").limit(1, "alice", "gently");
        awaitTwoBeats(kit);

        gate.countDown();

        kit.runUntilIdle();
        assertThat(ran).containsExactly("first", "second");
        assertThat(ask(
                                kit,
                                "select max(fence) from (select fence from belay.journal where kind = 'A') as f",
                                Long.class)
                        .get(0))
                .as("the second step was claimed anew")
                .isGreaterThan(1);
    }

    @Test
    void everyChangeIsRecordedOnceWithActorAndReason(SagaKit kit) {
        kit.open(logging("log", "default"));
        var queue = kit.belay().queue("default");

        queue.pause("alice", "deploy");
        queue.pause("alice", "again");
        queue.limit(3, "bob", "gently");
        queue.resume("alice", "deployed");
        queue.unlimited("bob", "done");
        kit.belay().definition("log").pause("carol", "wrong prices");

        assertThat(ask(kit, """
                                select format('%s %s: %s %s (%s) %s -> %s', control_kind, control_name, actor, action, reason,
                                              before, after)
                                from belay.operation order by id""", String.class))
                .containsExactly(
                        "queue default: alice pause (deploy) open -> paused",
                        "queue default: bob limit (gently) paused -> paused, at most 3 at once",
                        "queue default: alice resume (deployed) paused, at most 3 at once -> open, at most 3 at once",
                        "queue default: bob unlimit (done) open, at most 3 at once -> open",
                        "definition log: carol pause (wrong prices) open -> paused");
    }

    @Test
    void whatCannotBeMeantIsRefusedInWords(SagaKit kit) {
        kit.open(logging("log", "default"));
        var queue = kit.belay().queue("default");

        assertThatThrownBy(() -> queue.limit(0, "alice", "stop"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The limit of queue \"default\" must be at least 1, got 0. To stop the queue, pause it.");
        assertThatThrownBy(() -> queue.pause(" ", "stop"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("An actor is needed to pause queue \"default\"; it is kept in the audit.");
        assertThatThrownBy(() -> queue.resume("alice", ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("A reason is needed to resume queue \"default\"; it is kept in the audit.");
        assertThatThrownBy(() -> kit.belay().queue(" "))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("A queue is needed by its name, got a blank one.");
        assertThatThrownBy(() -> kit.belay().definition("lag").pause("alice", "stop"))
                .isInstanceOf(SagaException.class)
                .hasMessageContaining("no process has opened Belay with it; known are [log]");
        assertThat(ask(kit, "select count(*) from belay.operation", Integer.class))
                .containsExactly(0);
    }
}
