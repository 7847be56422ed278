package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.ForkPoint;
import dev.belay.JournalEntry.Kind;
import dev.belay.Next;
import dev.belay.OperationRefused;
import dev.belay.PayloadException;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaView.Origin;
import dev.belay.StartOptions;
import dev.belay.StepRejected;
import dev.belay.UnknownSaga;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** New sagas that take up the course of old ones. */
@BelayTest
class ForkTest {
    private final List<String> done = new CopyOnWriteArrayList<>();
    private final AtomicBoolean broken = new AtomicBoolean();

    /** Three steps with undos, the last of which may be broken, and a pivot if asked for. */
    private SagaDefinition<String, String> trip() {
        var saga = Saga.define("trip", String.class);
        var flight = saga.step("flight", String.class, ctx -> note("flight " + ctx.input()))
                .undo(u -> done.add("undo flight"));
        var hotel = saga.step("hotel", String.class, ctx -> note("hotel " + ctx.input()))
                .undo(u -> done.add("undo hotel"));
        var car = saga.step("car", String.class, ctx -> {
                    if (broken.get()) {
                        throw new StepRejected("no car");
                    }
                    return note("car");
                })
                .undo(u -> done.add("undo car"));
        return saga.returns(String.class, s -> s.output(flight) + ", " + s.output(hotel) + ", " + s.output(car));
    }

    private String note(String what) {
        done.add(what);
        return what;
    }

    private List<String> news() {
        var news = List.copyOf(done);
        done.clear();
        return news;
    }

    @Test
    void aForkOfAnEndedSagaTakesOverWhatCameBeforeAndRunsTheRest(SagaKit kit) {
        var definition = trip();
        var old = kit.start(definition, "oslo", StartOptions.defaults().tenant("acme"));
        kit.runUntilIdle();
        news();
        var before = old.journal();

        var fork = kit.belay().fork(old.id(), ForkPoint.at(2), "alice", "another hotel");
        kit.runUntilIdle();

        assertThat(kit.belay().saga(fork.id(), definition).result()).isEqualTo("flight oslo, hotel oslo, car");
        assertThat(news()).containsExactly("hotel oslo", "car");
        assertThat(fork.id()).isNotEqualTo(old.id());
        assertThat(fork.view().forkedFrom()).contains(new Origin(old.id(), 2));
        assertThat(old.view().forkedFrom()).isEmpty();
        assertThat(old.state()).isEqualTo(COMPLETED);
        assertThat(old.journal()).isEqualTo(before);
        assertThat(fork.journal())
                .filteredOn(entry -> entry.kind() == Kind.FORKED)
                .singleElement()
                .satisfies(entry -> assertThat(entry.output()).contains("\"flight oslo\""));
        assertThat(audit(kit, old))
                .containsExactly("fork alice COMPLETED COMPLETED to " + fork.id() + ": another hotel");
        assertThat(audit(kit, fork))
                .containsExactly("fork alice COMPLETED RUNNING from " + old.id() + ": another hotel");
        assertThat(column(kit, fork.id(), "tenant")).contains("acme");
    }

    private static List<String> audit(SagaKit kit, SagaHandle<?> saga) {
        return Jdbi.create(kit.dataSource())
                .withHandle(
                        handle -> handle.createQuery("select concat_ws(' ', action, actor, before, after, reason) from "
                                        + kit.schema() + ".operation where saga_id = :saga")
                                .bind("saga", saga.id())
                                .mapTo(String.class)
                                .list());
    }

    private static Optional<String> column(SagaKit kit, UUID saga, String column) {
        return Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery(
                                "select " + column + "::text from " + kit.schema() + ".saga where id = :saga")
                        .bind("saga", saga)
                        .mapTo(String.class)
                        .findOne());
    }

    @Test
    void theStepItBeginsAtMayBeGivenSomethingElseAndNoOtherIs(SagaKit kit) {
        var definition = trip();
        var old = kit.start(definition, "oslo");
        kit.runUntilIdle();
        news();

        var second = kit.belay().fork(old.id(), ForkPoint.at("hotel").withInput("rome"), "alice", "elsewhere");
        var first = kit.belay().fork(old.id(), ForkPoint.at(1).withInput("bergen"), "alice", "elsewhere");
        kit.runUntilIdle();

        assertThat(second.resultIfAny()).contains("flight oslo, hotel rome, car");
        assertThat(first.resultIfAny()).contains("flight bergen, hotel oslo, car");
        assertThatThrownBy(() -> kit.belay().fork(old.id(), ForkPoint.at(2).withInput(7), "alice", "wrong"))
                .isInstanceOf(PayloadException.class);
    }

    @Test
    void aForkThatIsUndoneUndoesOnlyWhatItDidItself(SagaKit kit) {
        var old = kit.start(trip(), "oslo");
        kit.runUntilIdle();
        news();
        broken.set(true);

        var fork = kit.belay().fork(old.id(), ForkPoint.at("hotel"), "alice", "again");
        kit.runUntilIdle();

        assertThat(fork.state()).isEqualTo(COMPENSATED);
        assertThat(news()).containsExactly("hotel oslo", "undo hotel");
        assertThat(old.state()).isEqualTo(COMPLETED);
    }

    @Test
    void anOpenSagaGoesOnBesideItsFork(SagaKit kit) {
        var mended = new AtomicBoolean();
        var saga = Saga.define("work", String.class);
        var a = saga.step("a", String.class, ctx -> note("a")).undo(u -> done.add("undo a"));
        saga.step("b", String.class, ctx -> {
                    if (!mended.get()) {
                        throw new IllegalStateException("broken");
                    }
                    return note("b after " + ctx.output(a));
                })
                .retry(RetryPolicy.never());
        var old = kit.start(saga.returnsNothing(), "w");
        kit.runUntilIdle();
        assertThat(old.state()).isEqualTo(SUSPENDED);
        mended.set(true);

        var fork = kit.belay().fork(old.id(), ForkPoint.at("b"), "alice", "try the mended code");
        kit.runUntilIdle();

        assertThat(fork.state()).isEqualTo(COMPLETED);
        assertThat(old.state()).isEqualTo(SUSPENDED);
        old.cancel("the fork did it");
        kit.runUntilIdle();
        assertThat(old.state()).isEqualTo(COMPENSATED);
        assertThat(news()).containsExactly("a", "b after a", "undo a");
    }

    @Test
    void branchesThatEndedBeforeAreTakenOverAndLaterOnesRun(SagaKit kit) {
        var saga = Saga.define("items", Integer.class);
        var each = saga.forEach("each", Integer.class);
        var square = each.step("square", Integer.class, ctx -> {
                    done.add("square " + ctx.input());
                    return ctx.input() * ctx.input();
                })
                .undo(u -> done.add("undo square"));
        saga.fanOut("all", each, ctx -> List.of(1, 2, 3));
        var sum = saga.step(
                "sum",
                Integer.class,
                ctx -> ctx.outputs(square).stream().mapToInt(Integer::intValue).sum());
        var more = saga.branch("more");
        more.step("twice", Integer.class, ctx -> 2 * ctx.output(sum)).undo(u -> done.add("undo twice"));
        saga.parallel("then", more);
        saga.step("end", Integer.class, ctx -> {
            if (broken.get()) {
                throw new StepRejected("no");
            }
            return 0;
        });
        var definition = saga.returns(sum);
        var old = kit.start(definition, 0);
        kit.runUntilIdle();
        news();

        var fork = kit.belay().fork(old.id(), ForkPoint.at("sum"), "alice", "sum again");
        kit.runUntilIdle();
        assertThat(fork.resultIfAny()).contains(14);
        assertThat(news()).isEmpty();

        broken.set(true);
        var undone = kit.belay().fork(fork.id(), ForkPoint.at("then"), "alice", "a fork of a fork");
        kit.runUntilIdle();
        assertThat(undone.state()).isEqualTo(COMPENSATED);
        assertThat(news()).containsExactly("undo twice");
        assertThat(undone.view().forkedFrom()).contains(new Origin(fork.id(), 3));
    }

    @Test
    void aRoutedStepIsGivenWhatItWasHandedThen(SagaKit kit) {
        var saga = Saga.define("agent", String.class);
        saga.step("think", String.class, (ctx, question) -> {
                    done.add("think " + question);
                    return Next.step("act", "look up " + question);
                })
                .goesTo("act");
        saga.step("act", String.class, (ctx, call) -> Next.end(note("act: " + call)));
        var definition = saga.returns(String.class);
        var old = kit.start(definition, "oslo");
        kit.runUntilIdle();
        news();

        var same = kit.belay().fork(old.id(), ForkPoint.at("act"), "alice", "again");
        var other = kit.belay().fork(old.id(), ForkPoint.at("act").withInput("guess"), "alice", "again");
        kit.runUntilIdle();

        assertThat(same.resultIfAny()).contains("act: look up oslo");
        assertThat(other.resultIfAny()).contains("act: guess");
    }

    @Test
    void aForkPastThePivotOnlyGoesForward(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        saga.pivot("pay", String.class, ctx -> note("pay"));
        saga.step("ship", String.class, ctx -> {
            if (broken.get()) {
                throw new StepRejected("no");
            }
            return note("ship");
        });
        var old = kit.start(saga.returnsNothing(), "o");
        kit.runUntilIdle();
        broken.set(true);

        var fork = kit.belay().fork(old.id(), ForkPoint.at("ship"), "alice", "ship another");
        kit.runUntilIdle();

        assertThat(fork.state()).isEqualTo(SUSPENDED);
        assertThat(fork.view().pivotPassed()).isTrue();
        assertThat(kit.belay()
                        .fork(old.id(), ForkPoint.at("pay"), "alice", "all again")
                        .view()
                        .pivotPassed())
                .isFalse();
    }

    @Test
    void whatCannotBeForkedIsRefusedInWords(SagaKit kit) {
        var saga = Saga.define("items", Integer.class);
        var each = saga.forEach("each", Integer.class);
        each.step("inner", Integer.class, ctx -> ctx.input());
        saga.fanOut("all", each, ctx -> List.of(1));
        saga.step("stop", Integer.class, ctx -> {
                    throw new IllegalStateException("broken");
                })
                .retry(RetryPolicy.never());
        saga.step("never", Integer.class, ctx -> 0);
        var old = kit.start(saga.returnsNothing(), 0);
        kit.runUntilIdle();
        var belay = kit.belay();

        assertThatThrownBy(() -> belay.fork(old.id(), ForkPoint.at("inner"), "alice", "x"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("is in branch \"each\"");
        assertThatThrownBy(() -> belay.fork(old.id(), ForkPoint.at("never"), "alice", "x"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("has not come to that step");
        assertThatThrownBy(() -> belay.fork(old.id(), ForkPoint.at(9), "alice", "x"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("has not come to that step");
        assertThatThrownBy(() -> belay.fork(old.id(), ForkPoint.at("other"), "alice", "x"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("its plan has only [inner, all, stop, never]");
        assertThatThrownBy(() -> belay.fork(UUID.randomUUID(), ForkPoint.at(1), "alice", "x"))
                .isInstanceOf(UnknownSaga.class);
        assertThatThrownBy(() -> belay.fork(old.id(), ForkPoint.at(1), "alice", " "))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> belay.fork(old.id(), ForkPoint.at(1), " ", "x"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ForkPoint.at(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
