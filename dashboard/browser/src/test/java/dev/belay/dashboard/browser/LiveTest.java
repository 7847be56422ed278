package dev.belay.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.belay.SagaHandle;
import dev.belay.StartOptions;
import dev.belay.dashboard.Showcase;
import java.math.BigDecimal;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pages keep themselves as things are, for as long as somebody wants that. */
@Order(4)
final class LiveTest {
    @RegisterExtension
    final Visits visits = new Visits();

    private SagaHandle<?> waitingTrip(String key) {
        SagaHandle<?> trip = visits.shop()
                .belay()
                .start(
                        visits.shop().trip,
                        new Showcase.Refund(key, "Ada", new BigDecimal("900"), "4711"),
                        StartOptions.key(key));
        Showcase.awaitStep(trip, "airline-confirmed");
        return trip;
    }

    @Test
    void aListShowsWhatBeginsWithoutBeingLoadedAgain() {
        Visitor visitor = visits.desk().at("/sagas?q=type%3Abook-trip");
        visitor.asked("window.neverReloaded = true");
        waitingTrip("live-1");
        assertThat(visitor.main()).containsText("live-1");
        assertThat(visitor.asked("window.neverReloaded")).isEqualTo(true);
    }

    @Test
    void aPausedPageStaysAndCatchesUpWhenItIsResumed() {
        SagaHandle<?> trip = waitingTrip("live-2");
        Visitor visitor = visits.desk().at("/sagas/" + trip.id());
        Page other = visitor.tab();
        AtomicInteger asked = new AtomicInteger();
        assertThat(visitor.page().locator("[data-live-words]")).hasText("Live");
        visitor.page().locator("[data-live-toggle]").click();
        assertThat(visitor.page().locator("[data-live-words]")).hasText("Paused");
        visitor.page().onRequest(request -> asked.incrementAndGet());
        visitor.go(other, "/sagas/" + trip.id());

        trip.cancel("the customer called");
        assertThat(other.locator("#saga-head .badge").first()).hasText("Undone");
        assertThat(visitor.page().locator("#saga-head .badge").first()).hasText("Running");
        assertThat(asked).hasValue(0);

        visitor.page().locator("[data-live-toggle]").click();
        assertThat(visitor.page().locator("#saga-head .badge").first()).hasText("Undone");
    }

    @Test
    void aPageWhoseServerWasAwayGoesOn() throws Exception {
        try (Showcase shop = new Showcase(0, settings -> settings)) {
            Visitor visitor = visits.desk(shop).expectingLostConnection().at("/sagas");
            assertThat(visitor.page().locator("[data-live-words]")).hasText("Live");
            visitor.asked("window.neverReloaded = true");

            shop.stopServing();
            assertThat(visitor.page().locator("[data-live-words]")).hasText("Reconnecting");
            shop.cardsAreDown.set(false);
            shop.startRefund("live-3").awaitSettled(java.time.Duration.ofSeconds(30));
            shop.serveAgain();

            assertThat(visitor.page().locator("[data-live-words]")).hasText("Live");
            assertThat(visitor.main()).containsText("live-3");
            assertThat(visitor.asked("window.neverReloaded")).isEqualTo(true);
            visitor.page().close();
        }
    }

    @Test
    void whatSomebodyTypesIsNotTakenFromThem() {
        SagaHandle<?> trip = waitingTrip("live-4");
        Visitor visitor = visits.desk().at("/sagas/" + trip.id());
        visitor.ask("Cancel and undo");
        visitor.decision().locator("textarea[name=reason]").fill("half a sent");
        trip.cancel("somebody was quicker");
        Page other = visitor.tab();
        visitor.go(other, "/sagas/" + trip.id());
        assertThat(other.locator("#saga-head .badge").first()).hasText("Undone");

        assertThat(visitor.decision().locator("textarea[name=reason]")).hasValue("half a sent");
        visitor.page().keyboard().press("Escape");
        assertThat(visitor.page().locator("#saga-head .badge").first()).hasText("Undone");
    }
}
