package dev.belay.dashboard.lists;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.SagaState;
import dev.belay.dashboard.Showcase;
import dev.belay.inspect.BulkStatus;
import dev.belay.inspect.Condition;
import dev.belay.inspect.Field;
import dev.belay.inspect.SagaFilter;
import dev.belay.inspect.SagaSummary;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Decisions about many sagas at once, as an operator takes them. */
class BulkPageTest {
    private static final String REFUNDS = "type:refund status:failed";
    private static final String RETRY = "/sagas/bulk/retry?" + Visitor.pair("q", REFUNDS);

    private Showcase shop;
    private Visitor oscar;
    private Visitor vera;

    @BeforeEach
    void open() throws Exception {
        shop = new Showcase(0, settings -> settings.authenticator(Visitor.AUTHENTICATOR));
        shop.fill();
        oscar = new Visitor(shop.url(), "oscar");
        vera = new Visitor(shop.url(), "vera");
    }

    @AfterEach
    void close() throws Exception {
        shop.close();
    }

    private List<SagaSummary> refunds(SagaState state) {
        return shop.belay()
                .inspect()
                .sagas(
                        SagaFilter.where(Condition.is(Field.DEFINITION, "refund"), Condition.state(state)),
                        Optional.empty(),
                        100)
                .items();
    }

    private BulkStatus ended(String path) {
        UUID id = UUID.fromString(path.substring(path.lastIndexOf('/') + 1));
        return Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(
                        () -> shop.belay().inspect().bulk(id).orElseThrow(),
                        bulk -> bulk.endedAt().isPresent());
    }

    @Test
    void retriesAllThatFailedForOneReasonInThreeClicks() {
        shop.cardsAreDown.set(false);

        // From the first page: its button for the reason, then the one that says so.
        String retry = oscar.page("/")
                .select("a[data-dialog][href*=/sagas/bulk/retry]:contains(6)")
                .attr("href");
        Document ask = oscar.page(retry);
        Visitor.Seen begun = oscar.decide(retry, "reason", "the card service is up again");

        assertThat(ask.text())
                .contains("6 sagas match; 6 of them can be retried now.")
                .contains("Step failed: 6.");
        assertThat(begun.status()).isEqualTo(303);
        BulkStatus bulk = ended(begun.location().orElseThrow());
        assertThat(bulk.done()).isEqualTo(6);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> refunds(SagaState.COMPLETED).size() == 18);
        Document page = oscar.page(begun.location().orElseThrow());
        assertThat(page.text()).contains("Through").contains("6 of 6").contains("the card service is up again");
        assertThat(page.select("tbody tr .badge.ok")).hasSize(6);
        assertThat(oscar.page("/bulk").text()).contains("Retry 6 sagas").contains("oscar");
        // What else has failed, for other reasons, was left alone.
        assertThat(oscar.page(Visitor.sagas("status:failed")).select("tr[data-row]"))
                .hasSize(3);
    }

    @Test
    void thePageOfErrorsLeadsToThemAndToTheirRetry() {
        Document page = oscar.page("/errors?window=1h");

        assertThat(page.text()).contains("SocketTimeoutException").contains("card service did not answer");
        String retry =
                page.select("a[href*=/sagas/bulk/retry]:contains(Retry all 6)").attr("href");
        assertThat(oscar.page(retry).select("h1").text()).isEqualTo("Retry 6 sagas");
        String show =
                page.select("tr:contains(charge-card) a:contains(Show them)").attr("href");
        assertThat(oscar.page(show).select("tr[data-row]")).hasSize(6);
        assertThat(vera.page("/errors").select("a[href*=/sagas/bulk]")).isEmpty();
        for (String list : page.select("#errors tbody th a").eachAttr("href")) {
            assertThat(oscar.page(list).select("#problems")).isEmpty();
            assertThat(oscar.page(list).select("tr[data-row]")).isNotEmpty();
        }
    }

    @Test
    void whatIsBeingUndoneSaysWhichUndoFailedAndWhy() {
        Document page = oscar.page("/compensations");

        assertThat(page.select("tr:contains(trip-44)").text())
                .contains("reserve-hotel")
                .contains("the hotel's desk is closed")
                .contains("it was cancelled");
        assertThat(page.select("tr:contains(trip-44) a[data-dialog]").eachAttr("href").stream()
                        .map(path -> path.substring(path.lastIndexOf('/'))))
                .containsExactly("/retry", "/mark-undone", "/accept-residue", "/resolve");
        assertThat(vera.page("/compensations").select("a[data-dialog]")).isEmpty();

        Visitor.Seen begun =
                oscar.decide(page.select("a[href*=/sagas/bulk/retry]").attr("href"), "reason", "open again");

        assertThat(ended(begun.location().orElseThrow()).done()).isEqualTo(1);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> oscar.page("/compensations").text().contains("Every undo has worked"));
    }

    @Test
    void needsThePermissionForManyAndThatOfTheAct() {
        Visitor nils = new Visitor(shop.url(), "nils");

        assertThat(vera.get(RETRY).status()).isEqualTo(403);
        assertThat(nils.get(RETRY).status()).isEqualTo(403);
        String body = oscar.page(RETRY).select("form.act input[type=hidden]").stream()
                .map(field -> Visitor.pair(field.attr("name"), field.val()))
                .reduce("reason=x", (a, b) -> a + "&" + b);
        assertThat(vera.post("/sagas/bulk/retry", body).status()).isEqualTo(403);
        assertThat(nils.post("/sagas/bulk/retry", body).status()).isEqualTo(403);
        assertThat(nils.decide("/sagas/bulk/pause?" + Visitor.pair("q", REFUNDS), "reason", "x")
                        .status())
                .isEqualTo(303);
        assertThat(shop.belay().inspect().bulks()).hasSize(1);
    }

    @Test
    void neverTouchesMoreThanWasShown() {
        String body = oscar.page(RETRY).select("form.act input[type=hidden]").stream()
                .map(field -> Visitor.pair(field.attr("name"), field.val()))
                .reduce("reason=x", (a, b) -> a + "&" + b);
        shop.startRefund("order-77").awaitSettled(Duration.ofSeconds(30));

        Visitor.Seen refused = oscar.post("/sagas/bulk/retry", body);

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.page().text()).contains("There were 6 sagas when you looked, and there are 7 now");
        assertThat(shop.belay().inspect().bulks()).isEmpty();
        assertThat(refunds(SagaState.SUSPENDED)).hasSize(7);
    }

    @Test
    void isBegunOnceAlthoughItsFormIsSentTwice() {
        String body = oscar.page(RETRY).select("form.act input[type=hidden]").stream()
                .map(field -> Visitor.pair(field.attr("name"), field.val()))
                .reduce("reason=x", (a, b) -> a + "&" + b);

        Visitor.Seen first = oscar.post("/sagas/bulk/retry", body);
        ended(first.location().orElseThrow());
        Visitor.Seen second = oscar.post("/sagas/bulk/retry", body);

        assertThat(second.location()).isEqualTo(first.location());
        assertThat(shop.belay().inspect().bulks()).hasSize(1);
    }

    @Test
    void isAboutThoseThatWereChosen() {
        List<SagaSummary> failed = refunds(SagaState.SUSPENDED);
        String chosen = "/sagas/bulk/cancel?ids=" + failed.get(0).id() + "&ids="
                + failed.get(1).id();

        assertThat(oscar.page(chosen).text())
                .contains("2 sagas chosen in the list")
                .contains("2 sagas match");
        assertThat(oscar.decide(chosen).status()).isEqualTo(422);
        Visitor.Seen begun = oscar.decide(chosen, "reason", "the customers withdrew");

        assertThat(ended(begun.location().orElseThrow()).total()).isEqualTo(2);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> refunds(SagaState.COMPENSATED).size() == 2);
        assertThat(oscar.page("/audit").text()).contains("the customers withdrew");
    }

    @Test
    void nothingOutOfScopeIsMeantSeenOrStopped() {
        Visitor tess = new Visitor(shop.url(), "tess");
        SagaSummary refund = refunds(SagaState.SUSPENDED).get(0);

        assertThat(tess.page("/sagas/bulk/retry?ids=" + refund.id()).text()).contains("No saga matches now");
        assertThat(tess.page("/sagas/bulk/retry?q=status%3Afailed").select("h1").text())
                .isEqualTo("Retry 1 saga");
        String path = oscar.decide(RETRY, "reason", "x").location().orElseThrow();

        assertThat(tess.get(path).status()).isEqualTo(404);
        assertThat(tess.get(path + "/live").status()).isEqualTo(404);
        assertThat(tess.get(path + "/stop").status()).isEqualTo(404);
        assertThat(tess.page("/bulk").text()).contains("No decisions about many sagas yet");
    }

    @Test
    void aQueryThatIsNotUnderstoodIsNothingToDecideAbout() {
        Visitor.Seen refused = oscar.get("/sagas/bulk/cancel?q=status%3Afaild");

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.page().text()).contains("Did you mean");
        assertThat(oscar.get("/sagas/bulk/cancel?ids=nonsense").status()).isEqualTo(422);
    }

    @Test
    void tellsWhoMayNotReadPayloadsNothingOfWhatWasAskedAboutThem() {
        String path = oscar.decide(
                        "/sagas/bulk/pause?" + Visitor.pair("q", "type:refund -input.customer:secretive"),
                        "reason",
                        "x")
                .location()
                .orElseThrow();

        assertThat(oscar.page(path).text()).contains("secretive");
        assertThat(vera.page(path).text()).contains("A query about payloads").doesNotContain("secretive");
        assertThat(oscar.get("/api" + path.replace("/bulk/", "/bulks/")).text()).contains("secretive");
        assertThat(vera.get("/api" + path.replace("/bulk/", "/bulks/")).text())
                .contains("oscar")
                .doesNotContain("secretive");
        assertThat(vera.get("/api/bulks").text()).contains("oscar").doesNotContain("secretive");
    }

    @Test
    void showsWhatCameOfEachByItsResult() {
        String path = oscar.decide("/sagas/bulk/resolve?" + Visitor.pair("q", "type:refund"), "reason", "x")
                .location()
                .orElseThrow();
        BulkStatus bulk = ended(path);

        assertThat(bulk.done()).isEqualTo(6);
        assertThat(bulk.refused()).isEqualTo(12);
        assertThat(oscar.page(path + "?result=done").select("#items tbody tr")).hasSize(6);
        assertThat(oscar.page(path + "?result=refused").select("#items tbody tr"))
                .hasSize(12);
        assertThat(oscar.page(path + "?result=waiting").text()).contains("No saga has come to this");
        assertThat(oscar.get(path + "?result=other").status()).isEqualTo(422);
        assertThat(oscar.page(path).select("a[href$=/stop]")).isEmpty();
    }
}
