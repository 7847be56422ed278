package dev.belay.conformance;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RESOLVED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.Failure;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SemanticLock;
import dev.belay.testing.SagaKit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Sagas that want the same semantic lock. */
interface LockScenarios {

    @Test
    @DisplayName("38 of two sagas that want the same lock the second waits, and has it as soon as the first has ended")
    default void secondWaitsForTheLock(SagaKit kit) {
        var diary = new Diary();
        var definition = locking(diary, false);
        var first = kit.start(definition, "broken");
        kit.runUntilIdle();
        var second = kit.start(definition, "fine");
        kit.runUntilIdle();
        assertThat(first.state()).isEqualTo(SUSPENDED);
        assertThat(second.state()).isEqualTo(RUNNING);
        assertThat(diary.lines()).containsExactly("work");
        assertThat(kit.belay().locks()).extracting(SemanticLock::saga).containsExactly(first.id(), second.id());

        kit.operator("ann").resolve(first.id(), "settled by hand");

        // No worker has run: the lock passed on in the transaction that ended the first.
        assertThat(first.state()).isEqualTo(RESOLVED);
        assertThat(kit.belay().locks()).singleElement().satisfies(lock -> {
            assertThat(lock.saga()).isEqualTo(second.id());
            assertThat(lock.isHeld()).isTrue();
        });
        kit.runUntilIdle();
        assertThat(second.state()).isEqualTo(COMPLETED);
        assertThat(diary.lines()).containsExactly("work", "work");
        assertThat(kit.belay().locks()).isEmpty();
    }

    @Test
    @DisplayName("38 of two sagas that want the same lock the second fails without an effect, if it is not to wait")
    default void secondFailsForTheLock(SagaKit kit) {
        var diary = new Diary();
        var definition = locking(diary, true);
        var first = kit.start(definition, "broken");
        kit.runUntilIdle();

        var second = kit.start(definition, "fine");
        kit.runUntilIdle();

        assertThat(second.state()).isEqualTo(COMPENSATED);
        assertThat(second.view().failure().map(Failure::message))
                .contains("Lock \"account 1\" is held by saga " + first.id() + ".");
        assertThat(diary.lines()).containsExactly("work");
        assertThat(kit.belay().locks()).extracting(SemanticLock::saga).containsExactly(first.id());
    }

    private static SagaDefinition<String, Void> locking(Diary diary, boolean orFail) {
        var saga = Saga.define("transfer", String.class);
        var lock = saga.lockOne("lock", ctx -> "account 1");
        if (orFail) {
            lock.orFail();
        }
        saga.step("work", String.class, ctx -> {
                    diary.note("work");
                    if (ctx.input().equals("broken")) {
                        throw new IllegalStateException("broken");
                    }
                    return "done";
                })
                .undo(diary.undoes())
                .retry(RetryPolicy.never());
        return saga.returnsNothing();
    }
}
