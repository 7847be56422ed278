package dev.belay.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What cannot be done is said in words where it was asked for; nothing that was typed or shown is lost. */
@Order(6)
final class RefusalsTest {
    @RegisterExtension
    final Visits visits = new Visits();

    private SagaHandle<?> failedRefund(String key) {
        SagaHandle<?> refund = visits.shop().startRefund(key);
        assertThat(refund.awaitSettled(Duration.ofSeconds(30))).isEqualTo(SagaState.SUSPENDED);
        return refund;
    }

    @Test
    void aValueOfTheWrongTypeIsRefusedInTheDialogAndStaysThere() {
        SagaHandle<?> refund = failedRefund("refuse-1");
        Visitor visitor = visits.desk().expectingRefusal(422).at("/sagas/" + refund.id());
        visitor.ask("Skip charge-card with a value");
        visitor.decision().locator("textarea.code").fill("{\"ref\": 1, \"sum\": \"much\"}");
        visitor.decision().locator("textarea[name=reason]").fill("by phone");
        visitor.click(visitor.decision().locator("button.primary"));

        assertThat(visitor.decision().locator(".refusal")).isVisible();
        assertThat(visitor.decision().locator("textarea.code")).hasValue("{\"ref\": 1, \"sum\": \"much\"}");
        assertThat(visitor.decision().locator("textarea[name=reason]")).hasValue("by phone");
        assertThat(visitor.page()).hasURL(visitor.address("/sagas/" + refund.id()));
        assertThat(refund.state()).isEqualTo(SagaState.SUSPENDED);
    }

    @Test
    void whatWasNoJsonIsKeptWithoutScriptsToo() {
        SagaHandle<?> refund = failedRefund("refuse-2");
        Visitor visitor = visits.withoutScripts().expectingRefusal(422).at("/sagas/" + refund.id());
        visitor.ask("Skip charge-card with a value");
        visitor.decision().locator("textarea.code").fill("{nearly");
        visitor.decision().locator("textarea[name=reason]").fill("by phone");
        visitor.click(visitor.decision().locator("button.primary"));

        assertThat(visitor.decision().locator(".refusal")).isVisible();
        assertThat(visitor.decision().locator("textarea.code")).hasValue("{nearly");
        assertThat(visitor.decision().locator("textarea[name=reason]")).hasValue("by phone");
    }

    @Test
    void theSecondOfTwoOperatorsIsToldThatTheSagaHasChanged() {
        SagaHandle<?> refund = failedRefund("refuse-3");
        Visitor visitor = visits.desk().expectingRefusal(409).at("/sagas/" + refund.id());
        visitor.ask("Retry charge-card");
        Visitor quicker = visits.desk().at("/sagas/" + refund.id());
        quicker.ask("Close as it is");
        quicker.decision().locator("textarea[name=reason]").fill("settled by hand");
        quicker.click(quicker.decision().locator("button.primary"));
        assertThat(quicker.page().locator("#saga-head .badge").first()).hasText("Closed by hand");

        visitor.decision().locator("textarea[name=reason]").fill("once more");
        visitor.click(visitor.decision().locator("button.primary"));

        assertThat(visitor.decision().locator(".refusal")).isVisible();
        assertThat(visitor.decision().locator("textarea[name=reason]")).hasValue("once more");
        assertThat(visitor.decision()).containsText("Look at the saga as it is now");
        assertThat(refund.state()).isEqualTo(SagaState.RESOLVED);
    }

    @Test
    void anActionOfAPageThatWasLeftOpenIsRefusedInWords() {
        SagaHandle<?> refund = failedRefund("refuse-4");
        visits.shop().cardsAreDown.set(false);
        Visitor visitor = visits.desk().at("/sagas/" + refund.id());
        visitor.page().locator("[data-live-toggle]").click();
        Page other = visitor.tab();
        refund.view();
        visits.shop().belay().operator("ada").retry(refund.id(), "the card service is back");
        refund.awaitSettled(Duration.ofSeconds(30));
        visitor.go(other, "/sagas/" + refund.id());
        assertThat(other.locator("#saga-head .badge").first()).hasText("Completed");

        visitor.link("Retry charge-card").first().click();
        assertThat(visitor.dialog()).containsText("The saga is now: completed");
        assertThat(visitor.dialog().locator("button.primary")).hasCount(0);
    }

    @Test
    void aBadQueryIsToldWithTheListKept() {
        Visitor visitor = visits.desk().at("/sagas?q=status%3Afailed");
        visitor.main().locator("#q").fill("status:faild");
        visitor.click(visitor.button("Find"));
        assertThat(visitor.main().locator("#problems")).containsText("faild");
        assertThat(visitor.main().locator("#q")).hasValue("status:faild");
    }

    @Test
    void anAddressThatLeadsNowhereIsAPageWithAWayBack() {
        Visitor visitor = visits.desk().expectingRefusal(404).at("/nowhere");
        assertThat(visitor.main().locator("h1")).isVisible();
        visitor.click(visitor.link("To the overview"));
        assertThat(visitor.main().locator("h1")).hasText("Overview");
    }
}
