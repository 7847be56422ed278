package dev.belay.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.StartOptions;
import dev.belay.dashboard.Showcase;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every other decision that the dashboard offers, taken as people take it. */
@Order(3)
final class DecisionsTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @RegisterExtension
    final Visits visits = new Visits();

    private static Showcase.Refund order(String key) {
        return new Showcase.Refund(key, "Ada", new BigDecimal("900"), "4711");
    }

    private SagaHandle<?> failedRefund(String key) {
        SagaHandle<?> refund = visits.shop().startRefund(key);
        assertThat(refund.awaitSettled(SOON)).isEqualTo(SagaState.SUSPENDED);
        return refund;
    }

    private SagaHandle<?> waitingTrip(String key) {
        SagaHandle<?> trip = visits.shop()
                .belay()
                .start(visits.shop().trip, order(key), StartOptions.key(key).deadline(Duration.ofDays(1)));
        Showcase.awaitStep(trip, "airline-confirmed");
        return trip;
    }

    private SagaHandle<?> tripWhoseUndoFailed(String key) {
        visits.shop().hotelIsClosed.set(true);
        SagaHandle<?> trip = waitingTrip(key);
        trip.cancel("the customer called");
        assertThat(trip.awaitSettled(SOON)).isEqualTo(SagaState.COMPENSATION_FAILED);
        return trip;
    }

    private SagaHandle<?> askedRefund(String key) {
        SagaHandle<?> refund = visits.shop().belay().start(visits.shop().approved, order(key), StartOptions.key(key));
        Showcase.awaitStep(refund, "manager");
        return refund;
    }

    private Visitor at(SagaHandle<?> saga) {
        return visits.desk().at("/sagas/" + saga.id());
    }

    private static void isNow(Visitor visitor, String state) {
        assertThat(visitor.page().locator("#saga-head .badge").first()).hasText(state);
    }

    @Test
    void aSagaIsPausedAndResumed() {
        SagaHandle<?> trip = waitingTrip("decide-1");
        Visitor visitor = at(trip);

        visitor.ask("Pause").decision().getByRole(AriaRole.TEXTBOX).fill("the airline is on strike");
        assertThat(visitor.confirm("Pause saga")).contains("See the record");
        assertThat(visitor.main()).containsText("This saga is paused");
        assertThat(trip.view().paused()).isTrue();

        visitor.ask("Resume").confirm("Resume saga");
        assertThat(visitor.main()).not().containsText("This saga is paused");
        assertThat(trip.view().paused()).isFalse();
    }

    @Test
    void aSagaIsSentASignal() {
        SagaHandle<?> trip = waitingTrip("decide-2");
        Visitor visitor = at(trip);

        visitor.ask("Send airline-confirmed")
                .decision()
                .locator("textarea.code")
                .fill("{\"ref\": \"SK-4\", \"amount\": 1}");
        reason(visitor, "the airline called");
        send(visitor);

        isNow(visitor, "Completed");
    }

    @Test
    void aSagaAndAStepAreGivenMoreTime() {
        SagaHandle<?> trip = waitingTrip("decide-3");
        Visitor visitor = at(trip);
        visitor.ask("Give it more time");
        reason(visitor, "the airline needs longer");
        send(visitor);
        assertThat(visitor.toast()).isVisible();

        SagaHandle<?> refund = askedRefund("decide-3b");
        visitor.at("/sagas/" + refund.id()).ask("Give the step more time");
        reason(visitor, "the manager is on holiday");
        send(visitor);
        assertThat(visitor.toast()).isVisible();
    }

    @Test
    void aSagaIsForkedAndDeletedForGood() {
        visits.shop().cardsAreDown.set(false);
        SagaHandle<?> refund = visits.shop().startRefund("decide-4");
        assertThat(refund.awaitSettled(SOON)).isEqualTo(SagaState.COMPLETED);
        Visitor visitor = at(refund);

        visitor.ask("Fork");
        reason(visitor, "once more, for the books");
        send(visitor);
        assertThat(visitor.main()).containsText("Forked from");

        visitor.at("/sagas/" + refund.id()).ask("Delete for good");
        reason(visitor, "the customer asked for it");
        send(visitor);
        assertThat(visitor.toast()).containsText("deleted for good");
        visitor.expectingRefusal(404).at("/sagas/" + refund.id());
        assertThat(visitor.main()).containsText("There is no saga");
    }

    @Test
    void aFailedSagaIsUndone() {
        SagaHandle<?> refund = failedRefund("decide-5");
        Visitor visitor = at(refund);

        visitor.ask("Undo the saga");
        assertThat(visitor.decision().locator("ol.waves")).containsText("reserve-credit");
        reason(visitor, "the customer took another");
        send(visitor);

        isNow(visitor, "Undone");
    }

    @Test
    void aFailedSagaIsClosedAsItIs() {
        SagaHandle<?> refund = failedRefund("decide-6");
        Visitor visitor = at(refund);
        visitor.ask("Close as it is");
        reason(visitor, "settled by hand");
        send(visitor);
        isNow(visitor, "Closed by hand");
    }

    @Test
    void aFailedUndoIsRunAgain() {
        SagaHandle<?> trip = tripWhoseUndoFailed("decide-7");
        visits.shop().hotelIsClosed.set(false);
        Visitor visitor = at(trip);
        visitor.ask("Run the undo of reserve-hotel again");
        send(visitor);
        isNow(visitor, "Undone");
    }

    @Test
    void aFailedUndoIsLeft() {
        SagaHandle<?> trip = tripWhoseUndoFailed("decide-8");
        Visitor visitor = at(trip);
        visitor.ask("Leave reserve-hotel as it is");
        reason(visitor, "the hotel keeps the money");
        send(visitor);
        isNow(visitor, "Undone");
        assertThat(visitor.main()).containsText("Left something undone");
    }

    @Test
    void anUndoWasDoneByHand() {
        SagaHandle<?> trip = tripWhoseUndoFailed("decide-9");
        Visitor visitor = visits.desk().at("/compensations");
        visitor.click(visitor.main()
                .getByRole(AriaRole.LINK, new Locator.GetByRoleOptions().setName("decide-9"))
                .first());
        visitor.click(visitor.main().locator("a[href$='/mark-undone']").first());
        reason(visitor, "called the hotel: +47 22 00 11, Kari");
        send(visitor);
        isNow(visitor, "Undone");
        assertThat(trip.state()).isEqualTo(SagaState.COMPENSATED);
    }

    @Test
    void manyChosenInTheListArePausedAsOne() {
        List<SagaHandle<?>> trips = List.of(waitingTrip("decide-10"), waitingTrip("decide-11"));
        Visitor visitor = visits.desk().at("/sagas?q=status%3Arunning");
        for (String key : List.of("decide-10", "decide-11")) {
            visitor.main().getByLabel("Choose " + key).check();
        }
        assertThat(visitor.main().locator("[data-chosen]")).containsText("2 chosen");
        visitor.click(visitor.main().locator("[data-chosen] button[formaction*='/pause']"));
        assertThat(visitor.main().locator("#decide")).containsText("2 sagas chosen in the list");
        visitor.main().getByLabel("Why").fill("the airline is on strike");
        visitor.click(visitor.main().locator("#decide button.primary"));

        assertThat(visitor.main().locator("#progress h2")).hasText("Through");
        trips.forEach(trip -> assertThat(trip.view().paused()).isTrue());
    }

    @Test
    void anApprovalIsGivenAndAnotherRefused() {
        SagaHandle<?> yes = askedRefund("decide-12");
        SagaHandle<?> no = askedRefund("decide-13");
        Visitor visitor = visits.desk().at("/approvals");
        assertThat(visitor.main()).containsText("Refund this much to Ada?");

        visitor.click(visitor.main().locator("a[href*='" + yes.id() + "'][href*='/approve']"));
        visitor.decision().getByLabel("Comment").fill("fine");
        send(visitor);
        assertThat(yes.awaitSettled(SOON)).isEqualTo(SagaState.COMPLETED);

        visitor.at("/approvals").click(visitor.main().locator("a[href*='" + no.id() + "'][href*='/reject']"));
        reason(visitor, "too much");
        send(visitor);
        assertThat(no.awaitSettled(SOON)).isEqualTo(SagaState.COMPENSATED);
    }

    @Test
    void aQueueIsPausedLimitedAndResumed() {
        Visitor visitor = visits.desk().at("/queues");
        Locator queue = visitor.main().locator("#queues tr", new Locator.LocatorOptions().setHasText("default"));

        visitor.click(queue.getByText("Pause"));
        reason(visitor, "the provider is down");
        send(visitor);
        assertThat(queue).containsText("Paused");

        visitor.click(queue.getByRole(
                AriaRole.LINK, new Locator.GetByRoleOptions().setName("Limit").setExact(true)));
        visitor.decision().getByLabel("Jobs at once, over all workers").fill("300");
        reason(visitor, "the provider counts");
        send(visitor);
        assertThat(queue).containsText("at most 300");

        visitor.click(queue.getByText("Resume"));
        send(visitor);
        assertThat(queue).not().containsText("Paused");
    }

    @Test
    void aDefinitionIsPausedAndResumed() {
        Visitor visitor = visits.desk().at("/queues");
        Locator party =
                visitor.main().locator("#definitions tr", new Locator.LocatorOptions().setHasText("book-party"));

        visitor.click(party.getByText("Pause"));
        reason(visitor, "the cake is late");
        send(visitor);
        assertThat(party).containsText("Paused");

        visitor.click(party.getByText("Resume"));
        send(visitor);
        assertThat(party).not().containsText("Paused");
    }

    @Test
    void aWorkerTellsWhatItsThreadsDo() {
        Visitor visitor = visits.desk().at("/workers");
        visitor.click(visitor.button("What do its threads do?"));
        Locator dump = visitor.main().locator("details[id^=dump-]");
        dump.locator("summary").click();
        assertThat(dump.locator("pre")).containsText("belay-");
    }

    @Test
    void aViewIsKeptRenamedAndDeleted() {
        Visitor visitor = visits.desk().at("/sagas?q=type%3Arefund%20status%3Acompleted");
        visitor.ask("Save this view").say("Name", "Refunds that went well");
        send(visitor);
        assertThat(visitor.toast()).isVisible();
        visitor.at("/sagas").click(visitor.link("Refunds that went well"));
        assertThat(visitor.main().locator("#q")).hasValue("type:refund status:completed");

        visitor.at("/views").ask("Rename").say("Name", "Good refunds");
        send(visitor);
        assertThat(visitor.main()).containsText("Good refunds");

        visitor.at("/views").ask("Delete");
        send(visitor);
        assertThat(visitor.at("/views").main()).containsText("No views yet");
    }

    @Test
    void aDecisionNeedsNoScripts() {
        SagaHandle<?> refund = failedRefund("decide-14");
        visits.shop().cardsAreDown.set(false);
        Visitor visitor = visits.withoutScripts().at("/sagas/" + refund.id());

        assertThat(visitor.ask("Retry charge-card").confirm("Retry step")).contains("It runs again.");

        assertThat(refund.awaitSettled(SOON)).isEqualTo(SagaState.COMPLETED);
        isNow(visitor.at("/sagas/" + refund.id()), "Completed");
        visitor.click(visitor.page()
                .getByRole(
                        AriaRole.LINK,
                        new com.microsoft.playwright.Page.GetByRoleOptions()
                                .setName("Audit")
                                .setExact(true))
                .last());
        assertThat(visitor.main()).containsText("retried on the dashboard");
    }

    private static void reason(Visitor visitor, String words) {
        visitor.decision().locator("textarea[name=reason]").fill(words);
    }

    private static void send(Visitor visitor) {
        visitor.click(visitor.decision().locator("button.primary"));
        visitor.toast().waitFor();
    }
}
