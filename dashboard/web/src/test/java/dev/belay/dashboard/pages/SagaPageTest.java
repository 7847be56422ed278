package dev.belay.dashboard.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.Failure;
import dev.belay.JournalEntry;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.StartOptions;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.Principal;
import dev.belay.dashboard.Role;
import dev.belay.dashboard.Showcase;
import dev.belay.dashboard.Showcase.Booking;
import dev.belay.dashboard.Showcase.Refund;
import dev.belay.dashboard.Web;
import dev.belay.dashboard.Web.Form;
import dev.belay.dashboard.Web.Page;
import dev.belay.dashboard.internal.web.Frame;
import dev.belay.inspect.AuditFilter;
import dev.belay.inspect.Scope;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The page of a saga and each decision on it, over HTTP, as a browser without scripts has them. */
class SagaPageTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static Showcase shop;

    private final Web web = as("ada", "operator");

    @BeforeAll
    static void open() throws Exception {
        shop = new Showcase(
                0,
                settings -> settings.hide("**.card")
                        .hide("*.secret")
                        .authenticator(request -> Optional.ofNullable(request.getHeader("X-Who"))
                                .map(name -> principal(name, request.getHeader("X-Role")))));
    }

    private static Principal principal(String name, String role) {
        if (role.equals("elsewhere")) {
            return Principal.of(name, Role.ADMIN)
                    .within(new Scope(Optional.empty(), Optional.of(Set.of("something-else"))));
        } else if (role.equals("editor")) {
            return new Principal(
                    name, Role.OPERATOR, EnumSet.of(Permission.SAGA_VIEW, Permission.STEP_EDIT), Scope.everything());
        }
        return Principal.of(name, Role.valueOf(role.toUpperCase(java.util.Locale.ROOT)));
    }

    @AfterAll
    static void close() throws Exception {
        shop.close();
    }

    @BeforeEach
    void nothingWorks() {
        shop.cardsAreDown.set(true);
        shop.hotelIsClosed.set(true);
        shop.mailIsDown.set(false);
        shop.seatsStayTaken.set(false);
    }

    private static Web as(String name, String role) {
        return new Web(shop.url()).with("X-Who", name).with("X-Role", role);
    }

    private static String order() {
        return "order-" + NUMBER.incrementAndGet();
    }

    private static SagaHandle<Booking> failed() {
        SagaHandle<Booking> saga = shop.startRefund(order());
        assertThat(saga.awaitSettled(SOON)).isEqualTo(SagaState.SUSPENDED);
        return saga;
    }

    private static Refund refund(String order) {
        return new Refund(order, "Ada Lovelace", new BigDecimal("40.50"), "4711 0815");
    }

    private static SagaHandle<Booking> travelling() {
        SagaHandle<Booking> saga = shop.belay().start(shop.trip, refund("trip"), StartOptions.key(order()));
        Showcase.awaitStep(saga, "airline-confirmed");
        return saga;
    }

    private static SagaHandle<Booking> undoFailed() {
        SagaHandle<Booking> saga = travelling();
        saga.cancel("the customer called");
        assertThat(saga.awaitSettled(SOON)).isEqualTo(SagaState.COMPENSATION_FAILED);
        return saga;
    }

    private static String at(SagaHandle<?> saga, String rest) {
        return "/sagas/" + saga.id() + rest;
    }

    private static List<String> actions(SagaHandle<?> saga) {
        return shop.belay().inspect().audit(AuditFilter.of(saga.id()), Optional.empty(), 100).items().stream()
                .map(entry -> entry.actor() + ": " + entry.action())
                .filter(words -> !words.contains("read payload"))
                .toList();
    }

    private static void await(SagaHandle<?> saga, SagaState state) {
        org.awaitility.Awaitility.await().atMost(SOON).until(() -> saga.state() == state);
    }

    // ---- what the page says

    @Test
    void saysWhatIsWrongAndWhatCanBeDone() {
        SagaHandle<Booking> saga = failed();

        Page page = web.get(at(saga, ""));

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.text())
                .contains("A step failed, and waits for you")
                .contains("charge-card failed after 3 attempts")
                .contains("card service did not answer within 3000 ms")
                .contains("SocketTimeoutException")
                .contains("Retry charge-card", "Retry charge-card with edited input", "Skip charge-card with a value")
                .contains("Undo the saga", "Close as it is");
        assertThat(page.body()).contains("data-key=\"r\"").contains("data-key=\"actions\"");
    }

    @Test
    void offersNothingToWhoMayNot() {
        SagaHandle<Booking> saga = failed();

        Page page = as("vera", "viewer").get(at(saga, ""));

        assertThat(page.text()).contains("You may not decide here").doesNotContain("Stack trace");
        assertThat(page.body()).doesNotContain("/retry");
        assertThat(as("vera", "viewer").get(at(saga, "/retry")).status()).isEqualTo(403);
    }

    @Test
    void doesNotExistOutOfScope() {
        SagaHandle<Booking> saga = failed();
        Web other = as("olaf", "elsewhere");

        for (String path : List.of(
                "", "?tab=journal", "/live", "/retry", "/steps/0/3", "/journal.json", "/bundle.json", "/cancel")) {
            assertThat(other.get(at(saga, path)).status()).as(path).isEqualTo(404);
        }
        Form form = web.form(at(saga, "/retry"));
        assertThat(form.page().status()).isEqualTo(200);
        assertThat(actions(saga)).isEmpty();
    }

    @Test
    void hasAPageForEachTab() {
        SagaHandle<Booking> saga = failed();

        assertThat(web.get(at(saga, "?tab=timeline")).body()).contains("class=\"tl\"");
        assertThat(web.get(at(saga, "?tab=graph")).body()).contains("class=\"gr\"");
        assertThat(web.get(at(saga, "?tab=journal&failed=true")).text())
                .contains("Failed, tried again")
                .contains("Failed for good")
                .doesNotContain("Succeeded");
        assertThat(web.get(at(saga, "?tab=journal&step=reserve-credit")).text())
                .contains("Succeeded")
                .doesNotContain("Failed for good");
        assertThat(web.get(at(saga, "?tab=messages")).text()).contains("No messages");
        assertThat(web.get(at(saga, "?tab=audit")).status()).isEqualTo(200);
        assertThat(web.get(at(saga, "?tab=nonsense")).status()).isEqualTo(404);
    }

    @Test
    void showsOneStepWithItsAttempts() {
        SagaHandle<Booking> saga = failed();

        Page page = web.get(at(saga, "/steps/0/3"));

        assertThat(page.text())
                .contains("Attempt 1: Failed, tried again")
                .contains("Attempt 3: Failed for good")
                .contains("The same error as the attempt before.")
                .contains("Idempotency key " + saga.id() + "/0/3/0")
                .contains("Stack trace")
                .contains("Retry charge-card");
        assertThat(web.get(at(saga, "/steps/0/99")).status()).isEqualTo(404);
        assertThat(web.get(at(saga, "/steps/0/x")).status()).isEqualTo(404);
        assertThat(web.get(at(saga, "/steps/0/1")).text())
                .contains("Call read-order: answered")
                .contains("order order-");
    }

    // ---- payloads

    @Test
    void hidesWhatIsToBeHidden() {
        SagaHandle<Booking> saga = failed();

        for (String path : List.of("?tab=data", "/steps/0/3", "/journal.json", "/bundle.json", "/retry-with-input")) {
            Page page = web.get(at(saga, path));
            assertThat(page.status()).as(path).isEqualTo(200);
            assertThat(page.body()).as(path).doesNotContain("4711");
        }
        assertThat(web.get(at(saga, "?tab=data")).text())
                .contains("•••")
                .contains("1 value hidden")
                .contains("40.50");
    }

    @Test
    void showsNoPayloadToWhoMayNotSeeThem() {
        SagaHandle<Booking> saga = failed();
        Web viewer = as("vera", "viewer");

        assertThat(viewer.get(at(saga, "?tab=data")).text()).contains("You may not see payloads (payload.read)");
        assertThat(viewer.get(at(saga, "/steps/0/3")).text()).doesNotContain("Lovelace", "Stack trace");
        assertThat(viewer.get(at(saga, "/journal.json")).status()).isEqualTo(403);
        assertThat(viewer.get(at(saga, "/bundle.json")).status()).isEqualTo(403);
        assertThat(as("edith", "editor").form(at(saga, "/retry-with-input")).area("value"))
                .isEmpty();
    }

    @Test
    void recordsALookAtPayloadsOnce() {
        SagaHandle<Booking> saga = failed();
        Web looking = as("lou", "operator");

        looking.get(at(saga, "?tab=data"));
        looking.get(at(saga, "?tab=data"));
        looking.get(at(saga, "/journal.json"));
        looking.get(at(saga, "/journal.json"));

        assertThat(looks(saga))
                .containsExactly(
                        "lou: its journal, as a file",
                        "lou: its journal, as a file",
                        "lou: the stack trace of what failed",
                        "lou: its input and output");
    }

    @Test
    void recordsALookAtAnInputThatIsComparedOnly() {
        SagaHandle<Booking> saga = failed();
        Form form = as("edith", "editor").form(at(saga, "/retry-with-input"));
        form.send("value", "{}", "reason", "why", "preview", "true");
        assertThat(looks(saga)).isEmpty();

        Form shown = web.form(at(saga, "/compensate"));
        web.post(
                at(saga, "/retry-with-input"),
                "csrf",
                hidden(shown, "csrf"),
                "request",
                UUID.randomUUID().toString(),
                "value",
                "{}",
                "preview",
                "true");

        assertThat(looks(saga)).containsExactly("ada: the input of a step, to edit it");
    }

    private static List<String> looks(SagaHandle<?> saga) {
        return shop.belay().inspect().audit(AuditFilter.of(saga.id()), Optional.empty(), 100).items().stream()
                .filter(entry -> entry.action().equals("read payload"))
                .map(entry -> entry.actor() + ": " + entry.reason())
                .toList();
    }

    @Test
    void keepsFilesForAReplay() {
        SagaHandle<Booking> saga = failed();

        Page page = web.get(at(saga, "/bundle.json"));

        assertThat(page.header("Content-Disposition"))
                .hasValueSatisfying(value -> assertThat(value).startsWith("attachment"));
        assertThat(page.body())
                .contains("\"definition\":\"refund\"")
                .contains("\"plan\":[")
                .contains("\"journal\":[")
                .contains("\"outcome\":\"GAVE_UP\"");
    }

    // ---- decisions about a failed step

    @Test
    void retries() {
        SagaHandle<Booking> saga = failed();
        Form form = web.form(at(saga, "/retry"));
        assertThat(form.page().text()).contains("Step charge-card runs again, with fresh retries");
        shop.cardsAreDown.set(false);

        Page done = form.send();

        assertThat(done.status()).isEqualTo(303);
        assertThat(done.location()).isEqualTo(at(saga, ""));
        assertThat(web.get(at(saga, "")).text()).contains("It runs again.");
        await(saga, SagaState.COMPLETED);
        assertThat(actions(saga)).containsExactly("ada: retry");
    }

    @Test
    void actsOnceOnARequestThatIsSentTwice() {
        SagaHandle<Booking> saga = failed();
        Form form = web.form(at(saga, "/retry"));

        assertThat(form.send().status()).isEqualTo(303);
        assertThat(form.send().status()).isEqualTo(303);

        assertThat(actions(saga)).containsExactly("ada: retry");
    }

    @Test
    void refusesARetryOfWhatHasSucceededMeanwhile() {
        SagaHandle<Booking> saga = failed();
        Form form = web.form(at(saga, "/retry"));
        shop.cardsAreDown.set(false);
        shop.belay().operator("bob").retry(saga.id(), "quicker");
        await(saga, SagaState.COMPLETED);
        List<JournalEntry> before = saga.journal();

        Page refused = form.send();

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.text()).contains("changed since you looked");
        assertThat(saga.journal()).isEqualTo(before);
        assertThat(actions(saga)).containsExactly("bob: retry");
    }

    @Test
    void letsOnlyTheFirstOfTwoOperatorsDecide() {
        SagaHandle<Booking> saga = failed();
        Form first = web.form(at(saga, "/skip"));
        Form second = as("bob", "operator").form(at(saga, "/compensate"));

        Page done = first.send("value", "{\"ref\": \"by-hand\", \"amount\": 40.50}", "reason", "charged by phone");
        Page refused = second.send("reason", "too late");

        assertThat(done.status()).isEqualTo(303);
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.text()).contains("changed since you looked");
        await(saga, SagaState.COMPLETED);
        assertThat(saga.result().ref()).isEqualTo("by-hand");
        assertThat(actions(saga)).containsExactly("ada: skip");
    }

    @Test
    void refusesASkipWithAValueOfTheWrongType() {
        SagaHandle<Booking> saga = failed();
        Form form = web.form(at(saga, "/skip"));

        Page noSuchField = form.send("value", "{\"reference\": 1}", "reason", "why");
        Page noJson = form.send("value", "{ref", "reason", "why");
        Page noReason = form.send("value", "{\"ref\": \"x\", \"amount\": 1}");

        assertThat(List.of(noSuchField.status(), noJson.status(), noReason.status()))
                .containsOnly(422);
        assertThat(noSuchField.text()).contains("reference");
        assertThat(noJson.text()).contains("is no JSON");
        assertThat(noJson.body()).contains("{ref");
        assertThat(noReason.text()).contains("\"reason\" is missing");
        assertThat(saga.state()).isEqualTo(SagaState.SUSPENDED);
        assertThat(actions(saga)).isEmpty();
    }

    @Test
    void retriesWithEditedInputAndKeepsWhatIsHidden() {
        SagaHandle<Booking> saga = failed();
        Form form = web.form(at(saga, "/retry-with-input"));
        assertThat(form.area("value")).contains("\"card\" : \"•••\"").contains("40.50");
        String edited = form.area("value").replace("40.50", "41.50");

        Page shown = form.send("value", edited, "reason", "wrong amount", "preview", "true");
        assertThat(shown.status()).isEqualTo(200);
        assertThat(shown.text()).contains("− \"amount\" : 40.50").contains("+ \"amount\" : 41.50");
        assertThat(actions(saga)).isEmpty();
        shop.cardsAreDown.set(false);
        Page done = form.send("value", edited, "reason", "wrong amount");

        assertThat(done.status()).isEqualTo(303);
        await(saga, SagaState.COMPLETED);
        assertThat(saga.result().amount()).isEqualByComparingTo("41.50");
        assertThat(saga.journal())
                .filteredOn(row -> row.kind() == JournalEntry.Kind.DECISION)
                .singleElement()
                .satisfies(row -> assertThat(row.input())
                        .hasValueSatisfying(
                                json -> assertThat(json).contains("4711 0815").doesNotContain("•••")));
    }

    @Test
    void answersADialogWithNothingButWhatItSays() {
        SagaHandle<Booking> saga = failed();
        Web dialog = as("dora", "operator");
        Form form = dialog.form(at(saga, "/retry-with-input"));
        dialog.with("HX-Request", "true");
        String edited = form.area("value").replace("\"customer\"", "\"costumer\"");

        Page refused = form.send("value", edited, "reason", "a typing error");

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.body()).doesNotContain("<html").contains("role=\"alert\"");
        assertThat(refused.text()).contains("costumer").contains("+ \"costumer\"");
        assertThat(saga.state()).isEqualTo(SagaState.SUSPENDED);

        shop.cardsAreDown.set(false);
        Page done = form.send("value", form.area("value"), "reason", "as it was");
        assertThat(done.status()).isEqualTo(204);
        assertThat(done.header("HX-Redirect")).contains(at(saga, ""));
        await(saga, SagaState.COMPLETED);
    }

    @Test
    void undoesASagaWhoseStepFailed() {
        SagaHandle<Booking> saga = failed();
        Form form = web.form(at(saga, "/compensate"));
        assertThat(form.page().text()).contains("What is undone, in this order").contains("reserve-credit");

        assertThat(form.send("reason", "cards are down all night").status()).isEqualTo(303);

        await(saga, SagaState.COMPENSATED);
        assertThat(actions(saga)).containsExactly("ada: compensate");
    }

    @Test
    void closesASagaAsItIs() {
        SagaHandle<Booking> saga = failed();

        assertThat(web.form(at(saga, "/resolve"))
                        .send("reason", "done on paper")
                        .status())
                .isEqualTo(303);

        assertThat(saga.state()).isEqualTo(SagaState.RESOLVED);
        assertThat(web.get(at(saga, "/resolve")).text()).contains("Only a saga that waits for an operator");
    }

    @Test
    void saysHowAStepOfUnknownOutcomeEnded() {
        SagaHandle<Booking> applied = unknown();
        assertThat(web.get(at(applied, "")).text())
                .contains("Nobody knows whether a step took effect")
                .contains("send-wire took effect", "send-wire did not take effect")
                .doesNotContain("Retry send-wire");
        assertThat(web.get(at(applied, "/retry")).text()).contains("Say first how it ended");

        assertThat(web.form(at(applied, "/applied"))
                        .send("value", "{\"ref\": \"W-1\", \"amount\": 1}", "reason", "it is in the bank's list")
                        .status())
                .isEqualTo(303);
        await(applied, SagaState.COMPLETED);
        assertThat(applied.result().ref()).isEqualTo("W-1");

        SagaHandle<Booking> notApplied = unknown();
        assertThat(web.form(at(notApplied, "/not-applied"))
                        .send("reason", "the bank never had it")
                        .status())
                .isEqualTo(303);
        assertThat(actions(notApplied)).containsExactly("ada: resolve as not applied");
    }

    private static SagaHandle<Booking> unknown() {
        SagaHandle<Booking> saga = shop.belay().start(shop.wire, refund("wire"), StartOptions.key(order()));
        assertThat(saga.awaitSettled(SOON)).isEqualTo(SagaState.SUSPENDED);
        return saga;
    }

    @Test
    void decidesAboutOneBranch() {
        SagaHandle<Void> saga =
                shop.belay().start(shop.party, new Showcase.Party("Oslo", List.of("Ada", "Mallory", "Mallory")));
        org.awaitility.Awaitility.await()
                .atMost(SOON)
                .until(() -> saga.view().jobs().stream()
                                .filter(job -> job.state().equals("PARKED"))
                                .count()
                        == 2);
        int branch = saga.view().jobs().stream()
                .filter(job -> job.state().equals("PARKED"))
                .mapToInt(job -> job.branch())
                .max()
                .orElseThrow();
        Page page = web.get(at(saga, ""));
        assertThat(page.text()).contains("Retry all 2 branches").contains("Skip seat with a value (branch " + branch);

        assertThat(web.form(at(saga, "/skip")).page().status()).isEqualTo(422);
        Form form = web.form(at(saga, "/skip?branch=" + branch));
        assertThat(form.send("value", "\"seat 13\"", "reason", "folding chair").status())
                .isEqualTo(303);

        org.awaitility.Awaitility.await()
                .atMost(SOON)
                .until(() -> saga.view().jobs().stream()
                        .noneMatch(job -> Set.of("READY", "CLAIMED").contains(job.state())));
        assertThat(saga.view().jobs())
                .filteredOn(job -> job.state().equals("PARKED"))
                .singleElement()
                .satisfies(job -> assertThat(job.branch()).isNotEqualTo(branch));
        assertThat(web.form(at(saga, "/retry-with-input"))
                        .send("value", "\"Eve\"", "reason", "another traveller")
                        .status())
                .isEqualTo(303);
        await(saga, SagaState.COMPLETED);
    }

    // ---- decisions about undoing

    @Test
    void showsWhatACancelWouldUndoAndCancels() {
        SagaHandle<Booking> saga = travelling();
        shop.hotelIsClosed.set(false);
        Form form = web.form(at(saga, "/cancel"));
        assertThat(form.page().text())
                .containsSubsequence("What is undone, in this order", "reserve-hotel", "reserve-flight");

        assertThat(form.send("reason", "the customer called").status()).isEqualTo(303);

        await(saga, SagaState.COMPENSATED);
    }

    @Test
    void refusesACancelPastThePivotAndUndoesInSpiteOfItWhenTold() {
        Form open = web.form(at(travelling(), "/cancel"));
        shop.cardsAreDown.set(false);
        shop.mailIsDown.set(true);
        SagaHandle<Booking> saga = shop.startRefund(order());
        await(saga, SagaState.SUSPENDED);

        assertThat(web.get(at(saga, "/cancel")).text()).contains("has passed its pivot, charge-card,");
        assertThat(web.get(at(saga, "/compensate")).text()).contains("has passed its pivot");
        for (String decision : List.of("/cancel", "/compensate")) {
            Page refused = web.post(
                    at(saga, decision),
                    "csrf",
                    hidden(open, "csrf"),
                    "request",
                    UUID.randomUUID().toString(),
                    "version",
                    saga.view().version(),
                    "reason",
                    "nonetheless");
            assertThat(refused.status()).as(decision).isEqualTo(409);
            assertThat(refused.text()).contains("has passed its pivot and only goes forward");
        }
        assertThat(saga.state()).isEqualTo(SagaState.SUSPENDED);
        assertThat(actions(saga)).isEmpty();

        Form forced = web.form(at(saga, "/force-compensate"));
        assertThat(forced.page().text())
                .contains("which stays done")
                .contains("It is the pivot, which is never undone.");
        assertThat(forced.send("reason", "the order was a fraud").status()).isEqualTo(303);
        await(saga, SagaState.COMPENSATED);
    }

    @Test
    void refusesACancelOfWhatHasEnded() {
        shop.cardsAreDown.set(false);
        SagaHandle<Booking> saga = shop.startRefund(order());
        await(saga, SagaState.COMPLETED);

        assertThat(web.get(at(saga, "/cancel")).text()).contains("cannot be cancelled");
        assertThat(web.get(at(saga, "/pause")).text()).contains("has ended");
        assertThat(web.get(at(saga, "/retry")).text()).contains("Nothing here has failed");
    }

    private static String hidden(Form form, String name) {
        return form.page().body().replaceAll("(?s).*name=\"" + name + "\" value=\"([^\"]*)\".*", "$1");
    }

    @Test
    void retriesOneUndo() {
        SagaHandle<Booking> saga = undoFailed();
        Page page = web.get(at(saga, ""));
        assertThat(page.text())
                .contains("Something could not be undone")
                .contains("Run the undo of reserve-hotel again")
                .contains("Leave reserve-hotel as it is")
                .contains("reserve-hotel was undone by hand");
        shop.hotelIsClosed.set(false);

        assertThat(web.form(at(saga, "/retry")).send().status()).isEqualTo(303);

        await(saga, SagaState.COMPENSATED);
        assertThat(saga.view().residue()).isFalse();
    }

    @Test
    void leavesOneEffectAsItIs() {
        SagaHandle<Booking> saga = undoFailed();
        Form form = web.form(at(saga, "/accept-residue?effects=reserve-hotel"));
        assertThat(form.page().text()).contains("Leave reserve-hotel as it is");

        assertThat(form.send("effects", "reserve-hotel", "reason", "the room is paid anyway")
                        .status())
                .isEqualTo(303);

        await(saga, SagaState.COMPENSATED);
        assertThat(saga.view().residue()).isTrue();
        assertThat(web.get(at(saga, "")).text()).contains("Left something undone");
    }

    @Test
    void leavesNothingAsItIsWhereNothingIsTicked() {
        SagaHandle<Booking> saga = undoFailed();
        Form form = web.form(at(saga, "/accept-residue"));
        assertThat(form.page().body()).contains("name=\"effects\" value=\"reserve-hotel\" checked");

        Page refused = form.send("reason", "the room is paid anyway");

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.text()).contains("Tick at least one of them");
        assertThat(saga.state()).isEqualTo(SagaState.COMPENSATION_FAILED);
        assertThat(actions(saga)).doesNotContain("ada: accept residue");
    }

    @Test
    void settlesTheFailedUndoOfOneBranch() {
        shop.seatsStayTaken.set(true);
        SagaHandle<Void> saga =
                shop.belay().start(shop.party, new Showcase.Party("Oslo", List.of("Ada", "Bob", "Eve", "Mallory")));
        org.awaitility.Awaitility.await().atMost(SOON).until(() -> parked(saga).size() == 1);
        saga.cancel("the party is off");
        await(saga, SagaState.COMPENSATION_FAILED);
        List<Integer> branches = parked(saga);
        int last = branches.size() - 1;

        Page page = web.get(at(saga, ""));
        for (int branch : branches) {
            assertThat(page.text())
                    .contains("Run the undo of seat again (branch " + branch + ")")
                    .contains("Leave seat as it is (branch " + branch + ")")
                    .contains("seat was undone by hand (branch " + branch + ")");
        }
        assertThat(page.text())
                .contains(
                        "Leave all " + branches.size() + " as they are",
                        "All " + branches.size() + " were undone by hand");
        assertThat(web.get(at(saga, "/mark-undone")).text()).contains("All branches are meant");

        Form left = web.form(at(saga, "/accept-residue?effects=seat&branch=" + branches.get(0)));
        assertThat(left.page().text()).contains("Only this branch is meant");
        assertThat(left.send("effects", "seat", "reason", "paid").status()).isEqualTo(303);
        await(saga, branches.subList(1, last + 1));
        Form byHand = web.form(at(saga, "/mark-undone?branch=" + branches.get(1)));
        assertThat(byHand.send("reason", "called them").status()).isEqualTo(303);
        await(saga, branches.subList(2, last + 1));
        shop.seatsStayTaken.set(false);
        for (int branch : branches.subList(2, last + 1)) {
            assertThat(web.form(at(saga, "/retry?branch=" + branch)).send().status())
                    .isEqualTo(303);
            org.awaitility.Awaitility.await().atMost(SOON).until(() -> saga.state() != SagaState.COMPENSATING);
        }

        await(saga, SagaState.COMPENSATED);
        assertThat(saga.view().residue()).isTrue();
    }

    private static List<Integer> parked(SagaHandle<?> saga) {
        return saga.view().jobs().stream()
                .filter(job -> job.state().equals("PARKED"))
                .map(job -> job.branch())
                .sorted()
                .toList();
    }

    private static void await(SagaHandle<?> saga, List<Integer> branches) {
        org.awaitility.Awaitility.await()
                .atMost(SOON)
                .until(() -> parked(saga).equals(branches) && saga.state() == SagaState.COMPENSATION_FAILED);
    }

    @Test
    void notesWhatWasUndoneByHand() {
        SagaHandle<Booking> saga = undoFailed();

        assertThat(web.form(at(saga, "/mark-undone"))
                        .send("reason", "called the desk, they confirmed by mail")
                        .status())
                .isEqualTo(303);

        await(saga, SagaState.COMPENSATED);
        assertThat(saga.view().residue()).isFalse();
    }

    @Test
    void cancelsWhatHasGoneOnOnlyWhenTold() {
        SagaHandle<Booking> saga = travelling();
        shop.hotelIsClosed.set(false);
        Form form = web.form(at(saga, "/cancel"));
        shop.belay().operator("bob").pause(saga.id(), "a moment");
        shop.belay().operator("bob").resume(saga.id(), "go on");

        Page refused = form.send("reason", "the customer called");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.text()).contains("changed since you looked");
        assertThat(saga.state()).isEqualTo(SagaState.RUNNING);

        assertThat(form.send("reason", "the customer called", "anyway", "true").status())
                .isEqualTo(303);
        await(saga, SagaState.COMPENSATED);
    }

    // ---- decisions about its course

    @Test
    void pausesAndResumes() {
        SagaHandle<Booking> saga = travelling();

        assertThat(web.form(at(saga, "/pause")).send().status()).isEqualTo(303);
        assertThat(web.get(at(saga, "")).text()).contains("This saga is paused").contains("Resume");
        assertThat(web.form(at(saga, "/resume")).send().status()).isEqualTo(303);

        assertThat(saga.view().paused()).isFalse();
        assertThat(actions(saga)).containsExactly("ada: resume", "ada: pause");
    }

    @Test
    void sendsASignalOnce() {
        SagaHandle<Booking> saga = travelling();
        Form form = web.form(at(saga, "/signal?name=airline-confirmed"));
        assertThat(form.page().text()).contains("Step airline-confirmed waits for this");

        Page wrong = form.send("name", "airline-confirmed", "value", "[1]", "reason", "mail");
        Page done =
                form.send("name", "airline-confirmed", "value", "{\"ref\": \"LH 1\", \"amount\": 1}", "reason", "mail");
        Page again =
                form.send("name", "airline-confirmed", "value", "{\"ref\": \"LH 1\", \"amount\": 1}", "reason", "mail");

        assertThat(List.of(wrong.status(), done.status(), again.status())).containsExactly(422, 303, 303);
        await(saga, SagaState.COMPLETED);
        assertThat(saga.journal())
                .filteredOn(row -> row.kind() == JournalEntry.Kind.MESSAGE)
                .hasSize(1);
        assertThat(web.get(at(saga, "?tab=messages")).text())
                .contains("Arrived: airline-confirmed")
                .contains("LH 1");
    }

    @Test
    void givesMoreTime() {
        SagaHandle<Booking> saga = shop.belay()
                .start(shop.trip, refund("trip"), StartOptions.key(order()).deadline(Duration.ofHours(2)));
        Showcase.awaitStep(saga, "airline-confirmed");
        Instant before = saga.view().deadline().orElseThrow();

        assertThat(web.form(at(saga, "/extend-deadline"))
                        .send("by", "PT1H", "reason", "airline is slow")
                        .status())
                .isEqualTo(303);
        assertThat(saga.view().deadline()).contains(before.plus(Duration.ofHours(1)));
        Page shorter = web.form(at(saga, "/extend-deadline"))
                .send("until", Instant.now().toString(), "reason", "quicker");
        assertThat(shorter.status()).isEqualTo(409);

        SagaHandle<Booking> asking = shop.belay().start(shop.approved, refund("large"), StartOptions.key(order()));
        Showcase.awaitStep(asking, "manager");
        Instant due = asking.view().jobs().get(0).deadline().orElseThrow();
        assertThat(web.form(at(asking, "/extend-step-deadline"))
                        .send("by", "P1D", "reason", "holiday")
                        .status())
                .isEqualTo(303);
        assertThat(asking.view().jobs().get(0).deadline()).contains(due.plus(Duration.ofDays(1)));
        assertThat(web.get(at(asking, "?tab=messages")).text())
                .contains("waits for an approval")
                .contains("Refund this much");
    }

    @Test
    void forksOnceWithEditedInput() {
        SagaHandle<Booking> saga = failed();
        shop.cardsAreDown.set(false);
        Form form = web.form(at(saga, "/fork?seq=3"));
        assertThat(form.page().text()).contains("Fork from charge-card");
        String edited = form.area("value").replace("40.50", "1.25");

        Page done = form.send("value", edited, "reason", "try a small amount");
        Page again = form.send("value", edited, "reason", "try a small amount");

        assertThat(done.status()).isEqualTo(303);
        assertThat(again.location()).isEqualTo(done.location()).isNotEqualTo(at(saga, ""));
        SagaHandle<Booking> made =
                shop.belay().saga(UUID.fromString(done.location().replace("/sagas/", "")), shop.refund);
        await(made, SagaState.COMPLETED);
        assertThat(made.result().amount()).isEqualByComparingTo("1.25");
        assertThat(saga.state()).isEqualTo(SagaState.SUSPENDED);
        assertThat(web.get(at(made, "")).text()).contains("Forked from");
        assertThat(web.get(at(saga, "")).text()).contains("Forks");
    }

    @Test
    void deletesForGood() {
        shop.cardsAreDown.set(false);
        SagaHandle<Booking> saga = shop.startRefund(order());
        await(saga, SagaState.COMPLETED);
        Web admin = as("root", "admin");

        assertThat(web.get(at(saga, "/purge")).status()).isEqualTo(403);
        Page done = admin.form(at(saga, "/purge")).send("reason", "asked to be forgotten");

        assertThat(done.status()).isEqualTo(303);
        assertThat(done.location()).isEqualTo("/sagas");
        assertThat(admin.get(at(saga, "")).status()).isEqualTo(404);
    }

    // ---- long journals

    @Test
    void showsAJournalOfTwentyThousandRowsInStretches() throws Exception {
        SagaHandle<Booking> saga = failed();
        lengthen(saga.id(), 20_000);

        Page timeline = web.get(at(saga, ""));
        assertThat(timeline.status()).isEqualTo(200);
        assertThat(timeline.text())
                .contains("Show what was before")
                .contains("Calls that steps recorded are left out")
                .contains("charge-card");
        Page before = web.get(at(saga, "?tab=timeline&after=" + Frame.encoded(older(timeline))));
        assertThat(before.status()).isEqualTo(200);
        assertThat(before.text()).contains("The newest");
        Page graph = web.get(at(saga, "?tab=graph"));
        assertThat(graph.text()).contains("The graph is made of the newest").doesNotContain("Show what was before");
        assertThat(timeline.body().length()).isLessThan(2_000_000);

        Page journal = web.get(at(saga, "?tab=journal"));
        assertThat(rows(journal)).isEqualTo(200);
        String next = journal.body()
                .replaceAll("(?s).*<tr class=\"more\">.*?href=\"([^\"]*)\".*", "$1")
                .replace("&amp;", "&");
        Page second = web.get(next);
        assertThat(second.status()).isEqualTo(200);
        assertThat(rows(second)).isEqualTo(200);
        assertThat(rows(web.get(at(saga, "?tab=journal&failed=true")))).isEqualTo(3);
        assertThat(web.get(at(saga, "/cancel")).status()).isEqualTo(200);
        Page file = web.get(at(saga, "/journal.json"));
        assertThat(file.body().lines().filter(line -> line.contains("\"kind\"")).count())
                .isGreaterThan(20_000);
    }

    @Test
    void findsMessagesBehindManyOtherWaits() throws Exception {
        SagaHandle<Booking> saga = travelling();
        try (Connection connection = shop.pool().getConnection();
                Statement statement = connection.createStatement()) {
            copyRows(
                    statement,
                    saga.id(),
                    name -> switch (name) {
                        case "n" -> "n + g";
                        case "name" -> "'time'";
                        case "recorded_at" -> "recorded_at - interval '1 hour'";
                        default -> name;
                    },
                    1_200,
                    "kind = 'W'");
        }

        Page first = web.get(at(saga, "?tab=messages"));
        assertThat(first.text()).contains("No messages in this stretch of a long journal.");
        String next = first.body()
                .replaceAll("(?s).*<a class=\"button small\" href=\"([^\"]*)\">Show the next.*", "$1")
                .replace("&amp;", "&");

        assertThat(web.get(next).text())
                .contains("waits for the signal airline-confirmed", "1 message of a longer list");
    }

    @Test
    void judgesAStepByItsLastRowsHoweverManyThereAre() throws Exception {
        SagaHandle<Booking> saga = unknown();
        try (Connection connection = shop.pool().getConnection();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "update belay.journal set n = n + 10000 where saga_id = '" + saga.id() + "' and seq = 1");
            copyRows(
                    statement,
                    saga.id(),
                    name -> switch (name) {
                        case "n" -> "g";
                        case "outcome" -> "'F'";
                        case "recorded_at" -> "recorded_at - interval '1 hour'";
                        default -> name;
                    },
                    3_000,
                    "kind = 'A' and seq = 1 and n = (select max(n) from belay.journal where saga_id = '" + saga.id()
                            + "' and kind = 'A' and seq = 1)");
        }

        Page page = web.get(at(saga, ""));

        assertThat(page.text())
                .contains("Nobody knows whether a step took effect", "send-wire did not take effect")
                .doesNotContain("Retry send-wire");
        Page step = web.get(at(saga, "/steps/0/1"));
        assertThat(step.text()).contains("more than 1,000 rows", "the journal of send-wire", "Nobody knows");
        assertThat(step.body()).contains("?tab=journal&amp;newest=true&amp;step=send-wire");
    }

    private static String older(Page timeline) {
        return Web.decoded(timeline.body().replaceAll("(?s).*[?;]after=([^\"&]*)\".*", "$1"));
    }

    private static int rows(Page page) {
        return page.body().split("<tr data-row>", -1).length - 1;
    }

    /** Copies the first attempt again and again, into branches that never were. */
    private static void lengthen(UUID saga, int rows) throws Exception {
        try (Connection connection = shop.pool().getConnection();
                Statement statement = connection.createStatement()) {
            copyRows(
                    statement,
                    saga,
                    name -> name.equals("branch") ? "1 + g % 300" : name.equals("n") ? "n + g" : name,
                    rows,
                    "kind = 'A' and seq = 1 and direction = '+'");
        }
    }

    private static void copyRows(Statement statement, UUID saga, UnaryOperator<String> value, int copies, String which)
            throws Exception {
        List<String> names = new ArrayList<>();
        try (ResultSet columns = statement.executeQuery("select column_name from information_schema.columns where"
                + " table_schema = 'belay' and table_name = 'journal' and is_generated = 'NEVER'")) {
            while (columns.next()) {
                names.add(columns.getString(1));
            }
        }
        String values = String.join(", ", names.stream().map(value).toList());
        statement.executeUpdate("insert into belay.journal (" + String.join(", ", names) + ") select " + values
                + " from belay.journal, generate_series(1, " + copies + ") as g where saga_id = '" + saga + "' and "
                + which);
    }

    @Test
    void tellsAFailureAsText() {
        SagaHandle<Booking> saga = shop.startRefund("<script>alert(1)</script>" + order());
        saga.awaitSettled(SOON);

        Page page = web.get(at(saga, ""));

        assertThat(saga.view().failure().map(Failure::message))
                .hasValueSatisfying(words -> assertThat(words).contains("<script>"));
        assertThat(page.body()).doesNotContain("<script>alert").contains("&lt;script&gt;alert");
        assertThat(web.get(at(saga, "/steps/0/3")).body()).doesNotContain("<script>alert");
    }
}
