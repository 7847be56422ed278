package dev.belay.behaviour;

import static dev.belay.SagaState.COMPENSATED;
import static dev.belay.SagaState.COMPLETED;
import static dev.belay.SagaState.RUNNING;
import static dev.belay.SagaState.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.belay.FailurePolicy;
import dev.belay.JournalEntry;
import dev.belay.OperationRefused;
import dev.belay.OperationRefused.Reason;
import dev.belay.PayloadException;
import dev.belay.Saga;
import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Signals: messages from outside, which are kept until a step waits for them, and taken once. */
@BelayTest
class SignalTest {
    /** What a signal brings. */
    record Paid(int cents) {}

    private static SagaDefinition<String, String> order() {
        var saga = Saga.define("order", String.class);
        saga.step("pack", String.class, ctx -> "packed").undo(u -> {});
        var paid = saga.signal("paid", Paid.class).within(Duration.ofHours(1)).onFailure(FailurePolicy.COMPENSATE);
        return saga.returns(saga.step(
                        "send",
                        String.class,
                        ctx -> "sent for " + ctx.output(paid).cents())
                .undo(u -> {}));
    }

    @Test
    void signalThatComesFirstIsKeptForTheWait(SagaKit kit) {
        var order = kit.start(order(), "shoes");

        order.signal("paid", new Paid(9900));
        kit.runUntilIdle();

        assertThat(order.result()).isEqualTo("sent for 9900");
    }

    @Test
    void waitRestsUntilItsSignalComes(SagaKit kit) {
        var order = kit.start(order(), "shoes");
        kit.runUntilIdle();
        assertThat(order.view().jobs())
                .singleElement()
                .satisfies(job -> assertThat(job.awaits()).contains("signal:paid"));

        order.signal("paid", new Paid(5));
        kit.runUntilIdle();

        assertThat(order.result()).isEqualTo("sent for 5");
        assertThat(messages(order)).containsExactly("{\"cents\":5}");
    }

    private static List<String> messages(SagaHandle<?> saga) {
        return saga.journal().stream()
                .filter(entry -> entry.kind() == JournalEntry.Kind.MESSAGE)
                .map(JournalEntry::output)
                .flatMap(Optional::stream)
                .map(json -> json.replace(" ", ""))
                .toList();
    }

    @Test
    void sameKeyTwiceIsOneMessageEvenAfterTheEnd(SagaKit kit) {
        var order = kit.start(order(), "shoes");
        order.signal("paid", new Paid(1), "payment-7");
        order.signal("paid", new Paid(2), "payment-7");
        kit.runUntilIdle();
        assertThat(order.state()).isEqualTo(COMPLETED);

        order.signal("paid", new Paid(3), "payment-7");

        assertThat(order.result()).isEqualTo("sent for 1");
        assertThat(messages(order)).hasSize(1);
    }

    @Test
    @DisplayName(
            "of several signals of a name each wait takes one, the oldest first, and what nobody takes stays in the journal")
    void oldestFirst(SagaKit kit) {
        var items = Saga.define("items", Integer.class);
        var each = items.forEach("each", Integer.class);
        var go = each.signal("go", String.class);
        items.fanOut("all", each, ctx -> List.of(1, 2)).atOnce(2);
        var two = kit.start(items.returns(String.class, data -> String.join(" ", data.outputs(go))), 2);
        kit.runUntilIdle();

        two.signal("go", "first");
        kit.runUntilIdle();
        assertThat(two.state()).isEqualTo(RUNNING);
        assertThat(two.view().jobs()).hasSize(2);

        two.signal("go", "second");
        two.signal("go", "third");
        kit.runUntilIdle();

        assertThat(two.state()).isEqualTo(COMPLETED);
        assertThat(two.result().split(" ")).containsExactlyInAnyOrder("first", "second");
        assertThat(messages(two)).containsExactly("\"first\"", "\"second\"", "\"third\"");
    }

    @Test
    void whatCannotBeTakenIsRefusedInWords(SagaKit kit) {
        var order = kit.start(order(), "shoes");

        assertThatThrownBy(() -> order.signal("payed", new Paid(1)))
                .asInstanceOf(type(OperationRefused.class))
                .satisfies(refused -> assertThat(refused.reason()).isEqualTo(Reason.NOT_WAITED_FOR))
                .extracting(Throwable::getMessage)
                .asString()
                .contains("\"payed\"", "[paid]");
        assertThatThrownBy(() -> order.signal("paid", "much"))
                .isInstanceOf(PayloadException.class)
                .hasMessageContaining("must be a \"paid\", but is a \"string\"");
        order.cancel("changed my mind");
        kit.runUntilIdle();
        assertThatThrownBy(() -> order.signal("paid", new Paid(1)))
                .isInstanceOf(OperationRefused.class)
                .hasMessageContaining("it has ended as COMPENSATED");
        assertThat(messages(order)).isEmpty();
    }

    @Test
    void signalAfterTheWaitsEndIsKeptInTheJournalAndNotTaken(SagaKit kit) {
        var saga = Saga.define("order", String.class);
        saga.signal("paid", Paid.class).within(Duration.ofHours(1));
        var order = kit.start(saga.returnsNothing(), "shoes");
        kit.runToTheEnd();
        assertThat(order.state()).isEqualTo(SUSPENDED);
        assertThat(order.view().failure().orElseThrow().type()).isEqualTo("STEP_DEADLINE_PASSED");

        order.signal("paid", new Paid(1));
        kit.runUntilIdle();
        assertThat(order.state()).isEqualTo(SUSPENDED);
        assertThat(messages(order)).hasSize(1);

        kit.operator("alice").retry(order.id(), "the money came after all");
        kit.runUntilIdle();
        assertThat(order.state()).isEqualTo(COMPLETED);
    }

    @Test
    void waitWhoseTimeIsOverFailsByItsPolicy(SagaKit kit) {
        var order = kit.start(order(), "shoes");

        kit.runToTheEnd();

        assertThat(order.state()).isEqualTo(COMPENSATED);
        assertThat(order.view().failure().orElseThrow().message()).contains("\"paid\"", "PT1H");
    }
}
