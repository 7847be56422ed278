package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.belay.Approval;
import dev.belay.OpenApproval;
import dev.belay.OperationRefused;
import dev.belay.OperationRefused.Reason;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaEvent;
import dev.belay.Step;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Approvals: a person is asked, told again when nobody answers, and the first decision counts. */
@BelayTest
class ApprovalTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final List<String> done = new CopyOnWriteArrayList<>();
    private final List<SagaEvent> heard = new CopyOnWriteArrayList<>();

    /** What a person is asked. */
    record Loan(String who, int euros) {}

    private SagaDefinition<String, String> loan(UnaryOperator<Step<String, Approval>> rules) {
        var saga = Saga.define("loan", String.class);
        saga.step("check", String.class, ctx -> "fine").undo(u -> done.add("undo check"));
        var grant = rules.apply(saga.approval("grant", ctx -> new Loan(ctx.input(), 500)));
        return saga.returns(saga.step(
                        "pay",
                        String.class,
                        ctx -> ctx.output(grant).by() + ": " + ctx.output(grant).reason())
                .undo(u -> {}));
    }

    @Test
    void questionIsInTheInboxUntilSomebodyApproves(SagaKit kit) {
        kit.engineOptions(builder -> builder.listener(heard::add));
        var loan = kit.start(loan(step -> step.within(HOUR)), "ann");
        kit.runUntilIdle();

        assertThat(kit.belay().approvals()).singleElement().satisfies(open -> {
            assertThat(open.saga()).isEqualTo(loan.id());
            assertThat(open.definition()).isEqualTo("loan");
            assertThat(open.step()).isEqualTo("grant");
            assertThat(open.question().replace(" ", "")).isEqualTo("{\"who\":\"ann\",\"euros\":500}");
            assertThat(open.deadline())
                    .isEqualTo(loan.view().jobs().get(0).deadline())
                    .isPresent();
            assertThat(open.level()).isZero();
        });
        assertThat(heard).singleElement().satisfies(event -> {
            assertThat(event.type()).isEqualTo(SagaEvent.Type.NEEDS_APPROVAL);
            assertThat(event.step()).contains("grant");
            assertThat(event.level()).isZero();
            assertThat(event.details().orElseThrow().replace(" ", "")).contains("\"question\":{\"who\":\"ann\"");
        });

        kit.operator("alice").approve(loan.id(), "grant", "known for years");
        kit.runUntilIdle();

        assertThat(loan.result()).isEqualTo("alice: known for years");
        assertThat(kit.belay().approvals()).isEmpty();
        assertThat(audit(kit)).containsExactly("alice approve grant: known for years");
    }

    private static List<String> audit(SagaKit kit) {
        return Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery(
                                "select actor || ' ' || action || ' ' || step || ': ' || reason from " + kit.schema()
                                        + ".operation order by id")
                        .mapTo(String.class)
                        .list());
    }

    @Test
    void unansweredQuestionIsEscalatedLevelByLevel(SagaKit kit) {
        kit.engineOptions(builder -> builder.listener(heard::add));
        var loan = kit.start(loan(step -> step.escalateAfter(HOUR)), "ann");
        kit.runUntilIdle();
        kit.advance(HOUR);
        kit.runUntilIdle();
        kit.advance(HOUR.minusMinutes(1));
        kit.runUntilIdle();
        assertThat(heard).extracting(SagaEvent::level).containsExactly(0, 1);

        kit.advance(Duration.ofMinutes(1));
        kit.runUntilIdle();

        assertThat(heard).extracting(SagaEvent::level).containsExactly(0, 1, 2);
        assertThat(heard)
                .allSatisfy(event -> assertThat(event.details().orElseThrow()).contains("ann"));
        assertThat(kit.belay().approvals())
                .singleElement()
                .extracting(OpenApproval::level)
                .isEqualTo(2);
        kit.operator("bob").approve(loan.id(), "grant", "at last");
        kit.runUntilIdle();
        assertThat(loan.result()).isEqualTo("bob: at last");
    }

    @Test
    void rejectionUndoesTheSagaAndSaysWhoRejected(SagaKit kit) {
        var loan = kit.start(loan(step -> step), "ann");
        kit.runUntilIdle();

        kit.operator("alice").reject(loan.id(), "grant", "no income");
        kit.runUntilIdle();

        assertThat(loan.state()).isEqualTo(COMPENSATED);
        assertThat(done).containsExactly("undo check");
        assertThat(loan.view().failure().orElseThrow().message()).contains("alice", "no income");
    }

    @Test
    void rejectionAndSilenceMayBeOutputs(SagaKit kit) {
        var definition = loan(step -> step.returningRejections().within(HOUR));
        var rejected = kit.start(definition, "ann");
        var forgotten = kit.start(definition, "joe");
        kit.runUntilIdle();
        kit.operator("alice").reject(rejected.id(), "grant", "no income");

        kit.runToTheEnd();

        assertThat(rejected.result()).isEqualTo("alice: no income");
        assertThat(forgotten.result()).startsWith("deadline: Nobody decided");
    }

    @Test
    void firstDecisionCountsAndTheSecondIsToldWhoDecided(SagaKit kit) {
        var loan = kit.start(loan(step -> step), "ann");
        assertThatThrownBy(() -> kit.operator("alice").approve(loan.id(), "grant", "quick"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("nobody has been asked yet");
        kit.runUntilIdle();
        kit.operator("alice").approve(loan.id(), "grant", "known");

        for (String when : List.of("before the step goes on", "after the saga has ended")) {
            assertThatThrownBy(() -> kit.operator("bob").reject(loan.id(), "grant", "unknown to me"))
                    .as(when)
                    .asInstanceOf(type(OperationRefused.class))
                    .satisfies(refused -> assertThat(refused.reason()).isEqualTo(Reason.ALREADY_DECIDED))
                    .extracting(Throwable::getMessage)
                    .asString()
                    .contains("alice has approved it", "known");
            kit.runUntilIdle();
        }

        assertThat(loan.result()).isEqualTo("alice: known");
        assertThat(audit(kit)).hasSize(1);
        assertThatThrownBy(() -> kit.operator("bob").approve(loan.id(), "pay", "why not"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("[grant]");
    }

    @Test
    void branchesThatAskTheSameAreDecidedOneByOne(SagaKit kit) {
        var saga = Saga.define("loans", Integer.class);
        var each = saga.forEach("each", String.class);
        var grant = each.approval("grant", ctx -> ctx.input()).returningRejections();
        saga.fanOut("all", each, ctx -> List.of("ann", "joe"));
        var loans = kit.start(
                saga.returns(
                        String.class,
                        data -> data.outputs(grant).stream()
                                .map(approval -> String.valueOf(approval.approved()))
                                .toList()
                                .toString()),
                2);
        kit.runUntilIdle();
        var open = kit.belay().approvals().stream()
                .sorted(Comparator.comparing(OpenApproval::branch))
                .toList();
        assertThat(open).extracting(OpenApproval::question).containsExactly("\"ann\"", "\"joe\"");

        assertThatThrownBy(() -> kit.operator("alice").approve(loans.id(), "grant", "which?"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("at(branch)");
        kit.operator("alice").at(open.get(1).branch()).reject(loans.id(), "grant", "no");
        kit.runUntilIdle();
        assertThatThrownBy(() -> kit.operator("bob").at(open.get(1).branch()).approve(loans.id(), "grant", "yes"))
                .asInstanceOf(type(OperationRefused.class))
                .satisfies(refused -> assertThat(refused.reason()).isEqualTo(Reason.ALREADY_DECIDED));
        kit.operator("alice").at(open.get(0).branch()).approve(loans.id(), "grant", "yes");
        kit.runUntilIdle();

        assertThat(loans.state()).isEqualTo(COMPLETED);
        assertThat(loans.result()).isEqualTo("[true, false]");
    }

    @Test
    @DisplayName("a question whose time is over is a failure like any other; a retry asks anew")
    void deadline(SagaKit kit) {
        var loan = kit.start(loan(step -> step.within(HOUR)), "ann");
        kit.runToTheEnd();
        assertThat(loan.state()).isEqualTo(SUSPENDED);
        assertThat(kit.belay().approvals()).isEmpty();
        assertThatThrownBy(() -> kit.operator("alice").approve(loan.id(), "grant", "late"))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("Retry it");

        kit.operator("alice").retry(loan.id(), "I was ill");
        kit.runUntilIdle();
        assertThat(kit.belay().approvals()).hasSize(1);
        kit.operator("alice").extendStepDeadline(loan.id(), HOUR, "still ill");
        kit.advance(HOUR.plusMinutes(30));
        kit.runUntilIdle();
        kit.operator("alice").approve(loan.id(), "grant", "well again");
        kit.runUntilIdle();

        assertThat(loan.result()).isEqualTo("alice: well again");
    }

    @Test
    @DisplayName("past the pivot a rejection undoes nothing: an operator decides, and a retry asks anew")
    void rejectionPastThePivot(SagaKit kit) {
        var saga = Saga.define("loan", String.class);
        saga.pivot("pay", String.class, ctx -> "paid");
        saga.approval("close", ctx -> "close it?");
        var loan = kit.start(saga.returnsNothing(), "ann");
        kit.runUntilIdle();
        kit.operator("alice").reject(loan.id(), "close", "not yet");
        kit.runUntilIdle();
        assertThat(loan.state()).isEqualTo(SUSPENDED);

        kit.operator("bob").retry(loan.id(), "ask her again");
        kit.runUntilIdle();
        kit.operator("alice").approve(loan.id(), "close", "now");
        kit.runUntilIdle();

        assertThat(loan.state()).isEqualTo(COMPLETED);
    }
}
