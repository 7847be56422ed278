package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPENSATION_FAILED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.Failure;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaAborted;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SemanticLock;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Semantic locks: who holds them, who waits, and when they pass on. */
@BelayTest
class LockTest {
    private final List<String> done = new CopyOnWriteArrayList<>();

    /** Takes the locks of its input, then stops until an operator retries. */
    private SagaDefinition<String, Void> stopping() {
        var saga = Saga.define("stopping", String.class);
        saga.lock("lock", ctx -> List.of(ctx.input().split(",")));
        work(saga, "stops");
        return saga.returnsNothing();
    }

    private SagaDefinition<String, Void> quick() {
        var saga = Saga.define("quick", String.class);
        saga.lock("lock", ctx -> List.of(ctx.input().split(",")));
        work(saga, "works");
        return saga.returnsNothing();
    }

    private void work(Saga<String> saga, String what) {
        saga.step("work", String.class, ctx -> {
                    if (what.equals("stops") && ctx.attempt() < 3) {
                        throw new IllegalStateException("stopped");
                    }
                    done.add(what + " " + ctx.input());
                    return what;
                })
                .undo(undo -> {})
                .retry(RetryPolicy.never());
    }

    private static List<UUID> line(SagaKit kit, String key) {
        return kit.belay().locks().stream()
                .filter(lock -> lock.key().equals(key))
                .map(SemanticLock::saga)
                .toList();
    }

    private static SagaHandle<Void> startAndRest(SagaKit kit, SagaDefinition<String, Void> definition, String keys) {
        var saga = kit.start(definition, keys);
        kit.runUntilIdle();
        return saga;
    }

    @Test
    void whoAskedFirstIsNextAndAllWhoWaitComeToIt(SagaKit kit) {
        var first = startAndRest(kit, stopping(), "a");
        List<UUID> expected = new ArrayList<>(List.of(first.id()));
        var quick = quick();
        for (int i = 0; i < 5; i++) {
            expected.add(startAndRest(kit, quick, "a").id());
        }
        assertThat(line(kit, "a")).isEqualTo(expected);

        kit.operator("ann").resolve(first.id(), "by hand");

        assertThat(line(kit, "a")).isEqualTo(expected.subList(1, 6));
        kit.runUntilIdle();
        assertThat(done).hasSize(5);
        assertThat(kit.belay().locks()).isEmpty();
    }

    @Test
    void allKeysAreHeldBeforeTheSagaGoesOn(SagaKit kit) {
        var a = startAndRest(kit, stopping(), "a");
        var b = startAndRest(kit, stopping(), "b");
        var both = startAndRest(kit, quick(), "b,a,c");
        assertThat(both.view().jobs())
                .singleElement()
                .satisfies(job -> assertThat(job.state()).isEqualTo("WAITING"));

        kit.operator("ann").resolve(a.id(), "by hand");
        kit.runUntilIdle();
        assertThat(both.state()).isEqualTo(RUNNING);
        assertThat(done).isEmpty();
        kit.operator("ann").resolve(b.id(), "by hand");
        kit.runUntilIdle();

        assertThat(both.state()).isEqualTo(COMPLETED);
        assertThat(kit.belay().locks()).isEmpty();
    }

    @Test
    void whoDoesNotWaitLeavesNothingInAnyLine(SagaKit kit) {
        var holder = startAndRest(kit, stopping(), "a");
        var saga = Saga.define("impatient", String.class);
        saga.lock("lock", ctx -> List.of("b", "a")).orFail();
        var impatient = startAndRest(kit, saga.returnsNothing(), "");

        assertThat(impatient.state()).isEqualTo(COMPENSATED);
        assertThat(impatient.view().failure().map(Failure::message))
                .hasValueSatisfying(message ->
                        assertThat(message).contains("\"a\"", holder.id().toString()));
        assertThat(kit.belay().locks()).extracting(SemanticLock::key).containsExactly("a");
    }

    @Test
    void whoHasWaitedTooLongLeavesTheLineAndFails(SagaKit kit) {
        startAndRest(kit, stopping(), "a");
        var saga = Saga.define("patient", String.class);
        saga.lock("lock", ctx -> List.of("b", "a")).within(Duration.ofMinutes(5));
        var patient = startAndRest(kit, saga.returnsNothing(), "");
        var behind = startAndRest(kit, quick(), "b");
        assertThat(behind.state()).isEqualTo(RUNNING);

        kit.advance(Duration.ofMinutes(6));
        kit.runUntilIdle();

        assertThat(patient.state()).isEqualTo(SUSPENDED);
        assertThat(patient.view().failure().map(Failure::message))
                .hasValueSatisfying(message -> assertThat(message).contains("PT5M"));
        assertThat(behind.state()).isEqualTo(COMPLETED);
        assertThat(line(kit, "a")).hasSize(1);
    }

    @Test
    void aSagaMayAskAgainForWhatItHolds(SagaKit kit) {
        var saga = Saga.define("twice", String.class);
        saga.lockOne("first", ctx -> "a");
        saga.lock("second", ctx -> List.of("a", "b"));
        var left = saga.branch("left");
        left.lockOne("left lock", ctx -> "a");
        var right = saga.branch("right");
        right.lockOne("right lock", ctx -> "a");
        saga.parallel("both", left, right);
        var twice = startAndRest(kit, saga.returnsNothing(), "");

        assertThat(twice.state()).isEqualTo(COMPLETED);
        assertThat(kit.belay().locks()).isEmpty();
    }

    /** Two branches wait for the same key; the one that asked first gives up, and the saga keeps its place. */
    @Test
    void aPlaceInLineOutlivesTheStepThatTookIt(SagaKit kit) {
        var holder = startAndRest(kit, stopping(), "a");
        var saga = Saga.define("branches", String.class);
        var patient = saga.branch("patient");
        patient.lockOne("patient lock", ctx -> "a").within(Duration.ofMinutes(1));
        var other = saga.branch("other");
        other.lockOne("other lock", ctx -> "a");
        saga.parallel("both", patient, other);
        var branches = startAndRest(kit, saga.returnsNothing(), "");
        var last = startAndRest(kit, quick(), "a");

        kit.advance(Duration.ofMinutes(2));
        kit.runUntilIdle();

        assertThat(line(kit, "a")).containsExactly(holder.id(), branches.id(), last.id());
        kit.operator("ann").resolve(holder.id(), "by hand");
        kit.runUntilIdle();
        assertThat(branches.state()).isEqualTo(SUSPENDED);
        assertThat(line(kit, "a")).containsExactly(branches.id(), last.id());
    }

    /** Locks are kept while an undo has failed for good, and given up when an operator closes the saga. */
    @Test
    void aFailedUndoKeepsTheLockUntilTheSagaIsResolved(SagaKit kit) {
        var saga = Saga.define("broken", String.class);
        saga.lockOne("lock", ctx -> "a");
        saga.step("work", String.class, ctx -> {
                    throw new SagaAborted("no");
                })
                .undo(undo -> {
                    throw new IllegalStateException("cannot");
                })
                .undoRetry(RetryPolicy.never());
        var broken = startAndRest(kit, saga.returnsNothing(), "");
        var next = startAndRest(kit, quick(), "a");
        assertThat(broken.state()).isEqualTo(COMPENSATION_FAILED);
        assertThat(next.state()).isEqualTo(RUNNING);
        assertThat(line(kit, "a")).containsExactly(broken.id(), next.id());

        kit.operator("ann").resolve(broken.id(), "by hand");
        kit.runUntilIdle();

        assertThat(next.state()).isEqualTo(COMPLETED);
    }

    @Test
    void aSagaThatIsCancelledInLineLeavesIt(SagaKit kit) {
        var holder = startAndRest(kit, stopping(), "a");
        var cancelled = startAndRest(kit, quick(), "a");
        var last = startAndRest(kit, quick(), "a");

        cancelled.cancel("not needed");
        kit.runUntilIdle();

        assertThat(cancelled.state()).isEqualTo(COMPENSATED);
        assertThat(line(kit, "a")).containsExactly(holder.id(), last.id());
    }

    /** The step's own transaction ends the saga, and gives up its locks with it. */
    @Test
    void aLastStepInTheEnginesTransactionGivesUpTheLocks(SagaKit kit) {
        var saga = Saga.define("transactional", String.class);
        saga.lockOne("lock", ctx -> "a");
        saga.transaction("write", String.class, (ctx, handle) -> {
                    handle.execute("select 1");
                    return "written";
                })
                .withoutUndo("a test");
        var definition = saga.returnsNothing();
        var one = kit.start(definition, "");
        var other = kit.start(definition, "");

        kit.runUntilIdle();

        assertThat(List.of(one.state(), other.state())).containsOnly(COMPLETED);
        assertThat(kit.belay().locks()).isEmpty();
    }

    @Test
    void noTwoSagasEverHoldTheSameKey(SagaKit kit) {
        Map<String, UUID> holders = new ConcurrentHashMap<>();
        List<String> clashes = new CopyOnWriteArrayList<>();
        var saga = Saga.define("hammer", String.class);
        saga.lock("lock", ctx -> List.of(ctx.input().split(",")));
        saga.step("work", String.class, ctx -> {
                    for (String key : ctx.input().split(",")) {
                        UUID other = holders.putIfAbsent(key, ctx.sagaId());
                        if (other != null) {
                            clashes.add(key);
                        }
                    }
                    Thread.sleep(2);
                    for (String key : ctx.input().split(",")) {
                        holders.remove(key, ctx.sagaId());
                    }
                    return "";
                })
                .pure();
        var definition = saga.returnsNothing();
        var random = new Random(38);
        List<SagaHandle<Void>> sagas = new ArrayList<>();
        kit.open(definition);
        kit.startWorker().startWorker().startWorker();
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 8; i++) {
                List<String> keys = new ArrayList<>(List.of("a", "b", "c"));
                Collections.shuffle(keys, random);
                sagas.add(kit.start(definition, String.join(",", keys.subList(0, 1 + random.nextInt(3)))));
            }
        }

        kit.runUntilIdle();

        assertThat(clashes).isEmpty();
        assertThat(sagas).allSatisfy(one -> assertThat(one.state()).isEqualTo(COMPLETED));
        assertThat(kit.belay().locks()).isEmpty();
    }
}
