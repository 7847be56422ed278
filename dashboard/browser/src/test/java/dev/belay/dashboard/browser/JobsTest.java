package dev.belay.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.StartOptions;
import dev.belay.dashboard.Showcase;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The three jobs for which somebody opens the dashboard at night, each within three clicks of its first page. */
@Order(2)
final class JobsTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @RegisterExtension
    final Visits visits = new Visits();

    private SagaHandle<?> failedRefund(String order) {
        SagaHandle<?> refund = visits.shop().startRefund(order);
        assertThat(refund.awaitSettled(SOON)).isEqualTo(SagaState.SUSPENDED);
        return refund;
    }

    @Test
    void aFailedStepIsFoundItsReasonReadAndTheStepRetried() {
        SagaHandle<?> refund = failedRefund("night-1");
        Visitor visitor = visits.desk().at("/");
        visitor.click(visitor.link("night-1").first());
        assertThat(visitor.main()).containsText("card service did not answer within 3000 ms for order night-1");
        assertThat(visitor.main()).containsText("failed after 3 attempts");
        Page watching = visitor.tab();
        visitor.go(watching, "/sagas/" + refund.id());
        watching.evaluate("window.neverReloaded = true");

        visits.shop().cardsAreDown.set(false);
        visitor.ask("Retry charge-card");
        assertThat(visitor.dialog()).containsText("runs again, with fresh retries, the same input");
        assertThat(visitor.confirm("Retry step")).contains("It runs again.");

        assertThat(visitor.clicks()).isEqualTo(3);
        assertThat(watching.locator("#saga-head .badge.ok")).hasText("Completed");
        assertThat(watching.evaluate("window.neverReloaded")).isEqualTo(true);
        assertThat(refund.state()).isEqualTo(SagaState.COMPLETED);
    }

    @Test
    void allThatIsKnownOfAFailedStepIsTwoClicksAway() {
        failedRefund("night-2");
        Visitor visitor = visits.desk().at("/");
        visitor.click(visitor.link("night-2").first());
        visitor.click(visitor.main()
                .locator("#saga-trouble a[data-dialog]", new Locator.LocatorOptions().setHasText("charge-card"))
                .first());
        Locator step = visitor.dialog();
        assertThat(step.locator("h1")).hasText("charge-card");
        assertThat(step).containsText("Attempt 1");
        assertThat(step).containsText("Attempt 3");
        assertThat(step).containsText("java.net.SocketTimeoutException");
        assertThat(step).containsText("on worker");
        assertThat(step).containsText("4711 0815");
        assertThat(visitor.clicks()).isEqualTo(2);

        step.getByText("Stack trace").first().click();
        assertThat(step.locator("pre.stack").first()).containsText("at dev.belay.dashboard.Showcase");
    }

    @Test
    void aFailedStepIsRetriedWithAnotherInput() {
        SagaHandle<?> refund = failedRefund("night-3");
        visits.shop().cardsAreDown.set(false);
        Visitor visitor = visits.desk().at("/");
        visitor.click(visitor.link("night-3").first());
        visitor.ask("Retry charge-card with edited input");
        Locator value = visitor.dialog().locator("textarea.code");
        assertThat(value).hasValue(Pattern.compile("40\\.50"));
        value.fill(value.inputValue().replace("40.50", "39.99"));
        visitor.dialog().getByText("Show the change").click();
        assertThat(visitor.dialog().locator(".diff .came")).containsText("39.99");
        visitor.say("Reason", "the customer kept the cable").confirm("Retry with this input");

        assertThat(visitor.page().locator("#saga-head .badge.ok")).hasText("Completed");
        assertThat(refund.result()).isEqualTo(new Showcase.Booking("charge-night-3", new BigDecimal("39.99")));
    }

    @Test
    void aFailedStepIsSkippedWithAValue() {
        SagaHandle<?> refund = failedRefund("night-4");
        Visitor visitor = visits.desk().at("/");
        visitor.click(visitor.link("night-4").first());
        visitor.ask("Skip charge-card with a value");
        visitor.dialog().locator("textarea.code").fill("{\"ref\": \"by phone\", \"amount\": 40.50}");
        visitor.say("Reason", "the bank did it by phone").confirm("Skip step");

        assertThat(visitor.clicks()).isEqualTo(3);
        assertThat(visitor.page().locator("#saga-head .badge.ok")).hasText("Completed");
        assertThat(refund.result()).isEqualTo(new Showcase.Booking("by phone", new BigDecimal("40.50")));
    }

    @Test
    void whatACancelWouldUndoIsSeenBeforeAndTheUndoWatched() {
        SagaHandle<?> trip = visits.shop()
                .belay()
                .start(
                        visits.shop().trip,
                        new Showcase.Refund("night-5", "Ada", new BigDecimal("900"), "4711"),
                        StartOptions.key("night-5"));
        Showcase.awaitStep(trip, "airline-confirmed");
        Visitor visitor = visits.desk().at("/");
        visitor.click(visitor.link("night-5").first());
        Page watching = visitor.tab();
        visitor.go(watching, "/sagas/" + trip.id());
        watching.evaluate("window.neverReloaded = true");

        visitor.ask("Cancel and undo");
        assertThat(visitor.dialog().locator("ol.waves li"))
                .hasText(new Pattern[] {Pattern.compile("reserve-hotel"), Pattern.compile("reserve-flight")});
        assertThat(visitor.say("Reason", "the customer called").confirm("Cancel and undo"))
                .contains("undone");

        assertThat(visitor.clicks()).isEqualTo(3);
        assertThat(watching.locator(".tl-lane-undo")).containsText("reserve-hotel");
        assertThat(watching.locator(".tl-lane-undo")).containsText("reserve-flight");
        assertThat(watching.locator("#saga-head .badge").first()).hasText("Undone");
        assertThat(watching.evaluate("window.neverReloaded")).isEqualTo(true);
        assertThat(trip.state()).isEqualTo(SagaState.COMPENSATED);
    }

    @Test
    void allThatFailedForTheSameReasonIsRetriedAsOne() {
        List<SagaHandle<?>> refunds = IntStream.range(0, 5)
                .<SagaHandle<?>>mapToObj(i -> visits.shop().startRefund("night-6" + i))
                .toList();
        refunds.forEach(refund -> assertThat(refund.awaitSettled(SOON)).isEqualTo(SagaState.SUSPENDED));
        visits.shop().cardsAreDown.set(false);
        Visitor visitor = visits.desk().at("/");
        Locator reason =
                visitor.main().locator("#failing tr", new Locator.LocatorOptions().setHasText("for order night-"));
        visitor.click(reason.getByRole(com.microsoft.playwright.options.AriaRole.LINK)
                .filter(new Locator.FilterOptions().setHasText("Retry all")));
        assertThat(visitor.decision().locator("h1")).containsText("Retry");
        visitor.decision().getByLabel("Why").fill("the card service is back");
        visitor.click(visitor.decision().locator("button.primary"));

        assertThat(visitor.main().locator("#progress h2")).hasText("Through");
        assertThat(visitor.clicks()).isEqualTo(2);
        assertThat(visitor.main().locator("#items")).containsText("Done");
        refunds.forEach(refund -> assertThat(refund.awaitSettled(SOON)).isEqualTo(SagaState.COMPLETED));
    }
}
