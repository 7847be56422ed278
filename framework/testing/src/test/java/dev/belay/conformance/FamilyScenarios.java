package dev.belay.conformance;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.OperationRefused;
import dev.belay.Retention;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.StepRejected;
import dev.belay.UnknownSaga;
import dev.belay.embedded.LocalPostgres;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Sagas that are steps of others. */
interface FamilyScenarios extends Workers {

    private static SagaDefinition<String, Void> leaf(Diary diary) {
        var saga = Saga.define("leaf", String.class);
        saga.step("leaf", String.class, diary.does()).undo(diary.undoes());
        return saga.returnsNothing();
    }

    private static List<UUID> family(SagaKit kit, SagaHandle<?> root) {
        return Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery("select id from " + kit.schema()
                                + ".saga where root_id = :root order by started_at, id")
                        .bind("root", root.id())
                        .mapTo(UUID.class)
                        .list());
    }

    @Test
    @DisplayName("24 a child that had completed is undone when its parent is, the deepest of the family first")
    default void completedChildrenAreUndone(SagaKit kit) {
        var diary = new Diary();
        var middle = Saga.define("middle", String.class);
        middle.step("middle", String.class, diary.does()).undo(diary.undoes());
        middle.child("to leaf", leaf(diary), ctx -> ctx.input() + "/leaf");
        var root = Saga.define("root", String.class);
        root.step("root", String.class, diary.does()).undo(diary.undoes());
        root.child("to middle", middle.returnsNothing(), ctx -> ctx.input() + "/middle");
        root.step("reject", String.class, ctx -> {
            assertThat(family(kit, kit.belay().saga(ctx.sagaId())))
                    .hasSize(2)
                    .allMatch(child -> kit.belay().saga(child).state() == COMPLETED);
            throw new StepRejected("no");
        });
        var family = kit.start(root.returnsNothing(), "f");

        kit.runUntilIdle();

        assertThat(family.state()).isEqualTo(COMPENSATED);
        assertThat(diary.lines())
                .containsExactly(
                        "root",
                        "middle",
                        "leaf",
                        "undo leaf(f/middle/leaf) SUCCEEDED leaf!",
                        "undo middle(f/middle) SUCCEEDED middle!",
                        "undo root(f) SUCCEEDED root!");
        assertThat(family(kit, family))
                .hasSize(2)
                .allMatch(child -> kit.belay().saga(child).state() == COMPENSATED);
    }

    @Test
    @DisplayName("25 when the parent completes, its child's undo data may be purged, and it can be undone no more")
    default void aCompletedParentLetsItsChildrenGo(SagaKit kit) {
        var diary = new Diary();
        var mended = new AtomicBoolean();
        var saga = Saga.define("root", String.class);
        saga.child("to leaf", leaf(diary), ctx -> ctx.input());
        saga.step("finish", String.class, ctx -> {
                    if (!mended.get()) {
                        throw new IllegalStateException("not yet");
                    }
                    return "";
                })
                .retry(RetryPolicy.never())
                .pure();
        var root = kit.start(saga.returnsNothing(), "f");
        kit.runUntilIdle();
        var child = kit.belay().saga(family(kit, root).get(0));
        assertThat(root.state()).isEqualTo(SUSPENDED);
        assertThat(child.state()).isEqualTo(COMPLETED);
        kit.advance(Duration.ofDays(2));
        var aDay = Retention.of(Duration.ofDays(1));
        assertThat(kit.belay().purge(aDay).sagas()).isZero();
        assertThatThrownBy(() -> kit.operator("alice").purge(child.id(), "tidy"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining(root.id().toString());

        mended.set(true);
        kit.operator("alice").retry(root.id(), "now");
        kit.runUntilIdle();

        assertThat(root.state()).isEqualTo(COMPLETED);
        assertThatThrownBy(() -> child.cancel("too late")).isInstanceOf(OperationRefused.class);
        assertThatThrownBy(() -> kit.operator("alice").forceCompensate(child.id(), "too late"))
                .isInstanceOf(OperationRefused.class);
        assertThat(child.state()).isEqualTo(COMPLETED);
        assertThat(diary.lines()).containsExactly("leaf");
        kit.advance(Duration.ofDays(2));
        assertThat(kit.belay().purge(aDay).sagas()).isEqualTo(2);
        assertThatThrownBy(child::state).isInstanceOf(UnknownSaga.class);
    }

    @Test
    @DisplayName(
            "26 a crash between the creation of a child and its parent's record leaves one child, and the parent goes on")
    default void aCrashAtTheBirthOfAChildLeavesOne(SagaKit kit) {
        for (boolean made : new boolean[] {true, false}) {
            var database = new ReplyLosingDataSource(LocalPostgres.shared().dataSource());
            try (var cut = SagaKit.on(database).workersBy(workers())) {
                var diary = new Diary();
                var saga = Saga.define("root", String.class);
                saga.child("to leaf", leaf(diary), ctx -> {
                    if (database.lost() == 0) {
                        database.loseNextCommitHere(made);
                    }
                    return ctx.input();
                });
                var root = cut.start(saga.returnsNothing(), "f");

                cut.runUntilIdle();

                assertThat(database.lost()).isEqualTo(1);
                assertThat(root.state()).isEqualTo(COMPLETED);
                assertThat(family(cut, root)).hasSize(1);
                assertThat(diary.lines()).containsExactly("leaf");
            }
        }
        var diary = new Diary();
        var leaf = Saga.define("leaf", String.class);
        leaf.step("leaf", String.class, ctx -> {
            kit.crashPoint("the child is there");
            return diary.note("leaf");
        });
        var saga = Saga.define("root", String.class);
        saga.child("to leaf", leaf.returnsNothing(), ctx -> {
            kit.crashPoint("the child is not there");
            return ctx.input();
        });
        kit.crashAt("the child is not there").crashAt("the child is there");
        var root = kit.start(saga.returnsNothing(), "f");

        kit.runUntilIdle();

        assertThat(root.state()).isEqualTo(COMPLETED);
        assertThat(family(kit, root)).hasSize(1);
        assertThat(diary.lines()).containsExactly("leaf");
    }
}
