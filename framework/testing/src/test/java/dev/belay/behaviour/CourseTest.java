package dev.belay.behaviour;

import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.Next;
import dev.belay.Saga;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The way a saga takes through its steps, and through its workers. */
@BelayTest
class CourseTest {
    record Turn(int number, int sum) {}

    @Test
    void aLoopOfRoutedStepsGoesOnUntilOneOfThemSaysThatItIsOver(SagaKit kit) {
        var saga = Saga.define("sum", Turn.class);
        var act = saga.ref("act", Turn.class);
        var think = saga.ref("think", Turn.class);
        saga.step(think, (ctx, turn) -> turn.number() == 0 ? Next.end(turn.sum()) : Next.to(act, turn));
        saga.step(act, (ctx, turn) -> Next.to(think, new Turn(turn.number() - 1, turn.sum() + turn.number())));
        var sum = kit.start(saga.returns(Integer.class), new Turn(100, 0));

        kit.runUntilIdle();

        assertThat(sum.result()).isEqualTo(5050);
        assertThat(sum.journal().stream()
                        .filter(entry -> entry.kind() == Kind.ATTEMPT)
                        .map(JournalEntry::seq))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 201).boxed().toList());
    }

    @Test
    void aWorkerThatIsStoppedLetsItsStepFinishAndHandsBackTheRest(SagaKit kit) throws Exception {
        List<String> log = new CopyOnWriteArrayList<>();
        var running = new CountDownLatch(1);
        var saga = Saga.define("two", String.class);
        saga.step("first", String.class, ctx -> {
            running.countDown();
            Thread.sleep(300);
            log.add("first");
            return "1";
        });
        saga.step("second", String.class, ctx -> {
            log.add("second");
            return "2";
        });
        var two = kit.start(saga.returnsNothing(), "go");
        kit.startWorker();
        running.await();

        kit.stopWorkers();

        assertThat(log).containsExactly("first");
        assertThat(two.state()).isEqualTo(RUNNING);
        assertThat(two.view().jobs()).singleElement().satisfies(job -> {
            assertThat(job.step()).isEqualTo("second");
            assertThat(job.state()).isEqualTo("READY");
        });

        kit.runUntilIdle();

        assertThat(two.state()).isEqualTo(COMPLETED);
        assertThat(log).containsExactly("first", "second");
        assertThat(two.journal()).extracting(JournalEntry::outcome).doesNotContain(Result.LOST);
    }

    @Test
    void aStoppedWorkerHandsBackWhatItHadClaimedAndNotStarted(SagaKit kit) throws Exception {
        var letGo = new CountDownLatch(1);
        var running = new CountDownLatch(2);
        kit.workerOptions(options -> options.platformThreads(2));
        var saga = Saga.define("long", Integer.class);
        saga.step("wait", String.class, ctx -> {
            running.countDown();
            letGo.await();
            return "done";
        });
        var definition = saga.returnsNothing();
        kit.open(definition);
        var sagas =
                kit.belay().startAll(definition, IntStream.range(0, 10).boxed().toList());
        kit.startWorker();
        running.await();

        var stopping = new Thread(kit::stopWorkers);
        stopping.start();
        await().until(() -> sagas.stream()
                        .filter(one -> one.view().jobs().get(0).state().equals("READY"))
                        .count()
                == 8);
        letGo.countDown();
        stopping.join();

        kit.runUntilIdle();
        assertThat(sagas).allSatisfy(one -> assertThat(one.state()).isEqualTo(COMPLETED));
        assertThat(sagas)
                .allSatisfy(one -> assertThat(one.journal())
                        .extracting(JournalEntry::outcome)
                        .containsExactly(Result.SUCCEEDED, Result.SUCCEEDED));
    }
}
