package dev.belay.dashboard.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.StartOptions;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.Principal;
import dev.belay.dashboard.Role;
import dev.belay.dashboard.Showcase;
import dev.belay.dashboard.Web;
import dev.belay.dashboard.Web.Form;
import dev.belay.dashboard.Web.Page;
import dev.belay.dashboard.internal.web.Json;
import dev.belay.inspect.AuditFilter;
import dev.belay.inspect.Scope;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Sagas whose steps are agents: what they spent, what was said, the tools they ask about, and their budgets. */
class AgentPagesTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final String CARD = "4711-0815";
    private static Showcase shop;

    private final Web admin = as("admin");
    private final String order = "order-" + NUMBER.incrementAndGet();

    @BeforeAll
    static void open() throws Exception {
        shop = new Showcase(
                0,
                settings -> settings.hide("**.card")
                        .authenticator(request -> Optional.of(principal(request.getHeader("X-Role")))));
    }

    private static Principal principal(String role) {
        return role.equals("blind")
                ? new Principal(
                        "blind",
                        Role.APPROVER,
                        EnumSet.of(Permission.SAGA_VIEW, Permission.APPROVAL_DECIDE),
                        Scope.everything())
                : Principal.of(role, Role.valueOf(role.toUpperCase(Locale.ROOT)));
    }

    @AfterAll
    static void close() throws Exception {
        shop.close();
    }

    private static Web as(String role) {
        return new Web(shop.url()).with("X-Role", role);
    }

    /** A saga that asks about the tool its agent wants. */
    private SagaHandle<String> asking() {
        return asking(new BigDecimal("40.50"));
    }

    private SagaHandle<String> asking(BigDecimal amount) {
        SagaHandle<String> saga = shop.belay()
                .start(shop.support, new Showcase.Refund(order, "Ada Lovelace", amount, CARD), StartOptions.key(order));
        Showcase.awaitQuestion(saga);
        return saga;
    }

    /** A saga that its budget of two calls has stopped. */
    private SagaHandle<String> stopped() {
        SagaHandle<String> saga = asking(BigDecimal.ZERO);
        shop.belay().operator("bob").approveCall(saga.id(), Showcase.callOf(saga), "fine");
        assertThat(saga.awaitSettled(SOON)).isEqualTo(SagaState.SUSPENDED);
        return saga;
    }

    private static String at(SagaHandle<?> saga, String rest) {
        return "/sagas/" + saga.id() + rest;
    }

    private static String decision(SagaHandle<?> saga, String word) {
        return "/approvals/" + saga.id() + "/answer/" + word;
    }

    private static List<String> audit(SagaHandle<?> saga) {
        return shop.belay().inspect().audit(AuditFilter.of(saga.id()), Optional.empty(), 100).items().stream()
                .map(entry -> entry.actor() + ": " + entry.action())
                .toList();
    }

    private static void await(SagaHandle<?> saga, SagaState state) {
        org.awaitility.Awaitility.await().atMost(SOON).until(() -> saga.state() == state);
    }

    // ---- the saga's page

    @Test
    void theSagasPageSaysWhatItsCallsCameTo() {
        Page page = admin.get(at(asking(), ""));

        assertThat(page.text())
                .contains("Calls of models 1 call")
                .contains("Tokens 1\u202F000 read, 200 written")
                .contains("Cost no price");
        assertThat(page.body()).contains("?tab=conversation");
    }

    @Test
    void aSagaWithoutModelsHasNoFiguresAndNoConversation() {
        SagaHandle<?> saga = shop.startRefund(order);
        saga.awaitSettled(SOON);

        assertThat(admin.get(at(saga, "")).text())
                .doesNotContain("Calls of models")
                .doesNotContain("Conversation");
        assertThat(admin.get(at(saga, "?tab=conversation")).text()).contains("No conversation");
    }

    @Test
    void theConversationReadsAsATranscriptWithoutWhatIsHidden() {
        SagaHandle<String> saga = asking();
        shop.belay().operator("bob").approveCall(saga.id(), Showcase.callOf(saga), "fine");
        await(saga, SagaState.COMPLETED);

        Page page = admin.get(at(saga, "?tab=conversation"));

        assertThat(page.text())
                .containsSubsequence(
                        "system 1 of 5",
                        "You answer customers",
                        "user 2 of 5",
                        "Please refund order " + order,
                        "assistant 3 of 5",
                        "I refund it.",
                        "Wants the tool refund call_" + order,
                        "\"cents\" : 4050",
                        "tool 4 of 5, what refund gave",
                        "refunded by",
                        "assistant 5 of 5",
                        "Done: your order was looked at.")
                .contains("•••");
        // What a tool gave as plain words is shown as it is; its arguments are not.
        assertThat(page.body().replaceAll("(?s)refunded by [^<]*", "")).doesNotContain(CARD);
        assertThat(audit(saga)).contains("admin: read payload");
    }

    @Test
    void whoeverMayNotSeePayloadsSeesThatThereIsAConversationOnly() {
        SagaHandle<String> saga = asking();

        Page page = as("viewer").get(at(saga, "?tab=conversation"));

        assertThat(page.text()).contains("You may not see payloads").contains("main");
        assertThat(page.body()).doesNotContain("Please refund", "4050", CARD);
        assertThat(as("viewer").get(at(saga, "")).text()).contains("Calls of models 1 call");
        assertThat(as("viewer").get("/api" + at(saga, "/conversation")).status())
                .isEqualTo(403);
        assertThat(audit(saga)).noneMatch(action -> action.startsWith("viewer"));
    }

    @Test
    void theApiTellsUsageAndConversation() {
        SagaHandle<String> saga = asking();

        JsonNode usage = json(admin.get("/api" + at(saga, "/usage")));
        JsonNode first = json(admin.get("/api" + at(saga, "/conversation?size=2")));
        JsonNode rest = json(admin.get("/api" + at(saga, "/conversation?name=main&after=2")));

        assertThat(usage.at("/calls").intValue()).isEqualTo(1);
        assertThat(usage.at("/tokens/input").intValue()).isEqualTo(1000);
        assertThat(first.at("/messages")).hasSize(2);
        assertThat(first.at("/next").intValue()).isEqualTo(2);
        assertThat(rest.at("/messages/0/role").stringValue()).isEqualTo("assistant");
        assertThat(rest.at("/messages/0/content/text").stringValue()).isEqualTo("I refund it.");
        assertThat(rest.at("/next").isNull()).isTrue();
        assertThat(rest.toString()).contains("•••").doesNotContain(CARD);
        for (String name : List.of("none", "main@x", "main@1")) {
            assertThat(admin.get("/api" + at(saga, "/conversation?name=" + name))
                            .status())
                    .as(name)
                    .isEqualTo(404);
        }
    }

    @Test
    void theJournalAndTheStepSayWhatWasCalled() {
        SagaHandle<String> saga = asking();
        shop.belay()
                .operator("bob")
                .approveCall(saga.id(), "call_" + order, "{\"cents\":1,\"card\":\"" + CARD + "\"}", "less");
        await(saga, SagaState.COMPLETED);

        assertThat(admin.get(at(saga, "?tab=journal")).text())
                .contains("Model acme/large: answered, 1\u202F200 tokens")
                .contains("Tool refund: answered, with edited arguments")
                .contains("Message of system to a model, conversation main");
        assertThat(admin.get(at(saga, "?tab=messages")).text())
                .contains("waits for somebody to approve a call of a tool")
                .contains("A call of a tool was approved");
        Page step = admin.get(at(saga, "/steps/0/1"));
        assertThat(step.text())
                .contains("Model acme/large, answered by large-1")
                .contains("Tokens 1\u202F000 read, 400 of them from a cache, 200 written")
                .contains("Stopped because stop")
                .contains("Tool refund A person has edited the arguments")
                .contains("\"card\" : \"•••\", \"cents\" : 1");
        assertThat(step.body().replaceAll("(?s)refunded by [^<]*", "")).doesNotContain(CARD);
        assertThat(as("viewer").get(at(saga, "/steps/0/1")).text())
                .contains("Tool refund")
                .doesNotContain("cents", "Arguments");
        JsonNode blind = json(as("viewer").get("/api" + at(saga, "/journal")));
        assertThat(blind.toString()).contains("\"tool\":\"refund\"").doesNotContain("cents");
    }

    // ---- calls of tools that people are asked about

    @Test
    void theInboxAndTheSagasPageShowTheToolAndItsArguments() {
        SagaHandle<String> saga = asking();

        for (String path : List.of("/approvals", at(saga, ""))) {
            Page page = admin.get(path);
            assertThat(page.text())
                    .as(path)
                    .contains("Refund order " + order + "?")
                    .contains("An agent wants to call the tool refund call_" + order)
                    .contains("\"cents\" : 4050")
                    .contains("Approve with edited arguments");
            assertThat(page.body())
                    .as(path)
                    .doesNotContain(CARD)
                    .contains(decision(saga, "approve?branch=0"))
                    .contains(decision(saga, "approve-edited?branch=0"))
                    .contains(decision(saga, "reject?branch=0"));
        }
        for (String path : List.of("/approvals", at(saga, ""))) {
            Page page = as("blind").get(path);
            assertThat(page.text()).as(path).contains("the question is not shown");
            assertThat(page.body()).as(path).doesNotContain("cents", "approve-edited", "Refund order " + order);
        }
        assertThat(as("operator").get(at(saga, "")).body()).doesNotContain("/answer/approve");
    }

    @Test
    void anApprovedCallIsMadeAsItWasAsked() {
        SagaHandle<String> saga = asking();

        Form form = as("approver").form(decision(saga, "approve?branch=0"));
        assertThat(form.page().text()).contains("with exactly these arguments").contains("No model is asked again");
        assertThat(form.send("reason", "").status()).isEqualTo(303);

        await(saga, SagaState.COMPLETED);
        assertThat(conversation(saga)).contains("\\\"cents\\\":4050").contains("refunded by");
        assertThat(audit(saga)).contains("approver: approve");
        // Sent once more it is answered as before.
        assertThat(form.send("reason", "").status()).isEqualTo(303);
    }

    @Test
    void aRejectedCallIsNotMadeAndTheAgentIsTold() {
        SagaHandle<String> saga = asking();

        Form form = as("approver").form(decision(saga, "reject?branch=0"));
        assertThat(form.page().text()).contains("The tool is not called");
        assertThat(form.send("reason", "no receipt").status()).isEqualTo(303);

        await(saga, SagaState.COMPLETED);
        assertThat(conversation(saga)).contains("not refunded").contains("no receipt");
    }

    @Test
    void argumentsAreEditedWithoutSeeingWhatIsHiddenInThem() {
        SagaHandle<String> saga = asking();

        Form form = as("approver").form(decision(saga, "approve-edited?branch=0"));
        assertThat(form.area("arguments")).contains("4050").contains("•••").doesNotContain(CARD);
        Page done = form.send("arguments", form.area("arguments").replace("4050", "300"), "reason", "less will do");
        assertThat(done.status()).as(done.body()).isEqualTo(303);

        await(saga, SagaState.COMPLETED);
        assertThat(shop.belay().agents().conversation(saga.id(), "main").get(3).text())
                .contains("\"cents\":300")
                .contains(CARD);
        assertThat(audit(saga)).contains("approver: approve with edited arguments");
        assertThat(form.send("arguments", form.area("arguments").replace("4050", "300"), "reason", "less will do")
                        .status())
                .isEqualTo(303);
    }

    @Test
    void whatIsWrongWithEditedArgumentsIsSaidOnTheSamePageAndNothingIsDecided() {
        SagaHandle<String> saga = asking();
        Form form = as("approver").form(decision(saga, "approve-edited?branch=0"));
        String asked = form.area("arguments");

        for (String wrong : List.of("{\"cents\": ", "[1]", "7", asked, "", "{\"cents\":1} trailing")) {
            Page page = form.send("arguments", wrong, "reason", "as I typed it");

            assertThat(page.status()).as(wrong).isEqualTo(422);
            assertThat(page.body()).as(wrong).contains("as I typed it").contains("class=\"refusal\"");
            assertThat(as("approver")
                            .form(decision(saga, "approve-edited?branch=0"))
                            .area("arguments"))
                    .isEqualTo(asked);
        }
        assertThat(form.send("arguments", "{\"cents\": ").text()).contains("The edited arguments is no JSON");
        assertThat(saga.state()).isEqualTo(SagaState.RUNNING);
        assertThat(shop.belay().approvals()).anyMatch(open -> open.saga().equals(saga.id()));
    }

    @Test
    void whoeverMayNotSeeTheArgumentsMayNotEditThem() {
        SagaHandle<String> saga = asking();
        Form form = as("blind").form(decision(saga, "approve?branch=0"));

        assertThat(as("blind").get(decision(saga, "approve-edited?branch=0")).status())
                .isEqualTo(403);
        Page page = program("blind", decision(saga, "approve-edited"), "{\"arguments\":{\"cents\":1}}");
        assertThat(page.status()).isEqualTo(403);
        assertThat(page.body()).contains("payload.read");
        assertThat(saga.state()).isEqualTo(SagaState.RUNNING);
        assertThat(form.send("reason", "blindly").status()).isEqualTo(303);
        await(saga, SagaState.COMPLETED);
    }

    @Test
    void programsApproveWithEditedArguments() {
        SagaHandle<String> saga = asking();

        Page page = program("approver", decision(saga, "approve-edited"), "{\"arguments\":{\"cents\":7}}");

        assertThat(page.status()).as(page.body()).isEqualTo(200);
        await(saga, SagaState.COMPLETED);
        assertThat(conversation(saga)).contains("refunded by {\\\"cents\\\":7}");
        Page late = program("approver", decision(saga, "approve-edited"), "{\"arguments\":{\"cents\":8}}");
        assertThat(late.status()).isEqualTo(409);
    }

    @Test
    void whatIsNoCallOfAToolHasNoArgumentsToEdit() {
        var saga = shop.belay()
                .start(
                        shop.approved,
                        new Showcase.Refund(order, "Ada Lovelace", BigDecimal.TEN, CARD),
                        StartOptions.key("large-" + order));
        Showcase.awaitStep(saga, "manager");

        Page page = admin.get("/approvals/" + saga.id() + "/manager/approve-edited?branch=0");

        assertThat(page.status()).isEqualTo(409);
        assertThat(page.text()).contains("no call of a tool");
        assertThat(admin.get("/approvals").body())
                .contains("/approvals/" + saga.id() + "/manager/approve?")
                .doesNotContain("/approvals/" + saga.id() + "/manager/approve-edited");
        assertThat(program("admin", "/approvals/" + saga.id() + "/manager/approve-edited", "{\"arguments\":{}}")
                        .status())
                .isEqualTo(409);
    }

    // ---- budgets

    @Test
    void aUsedUpBudgetIsRaisedAndTheSagaGoesOn() {
        SagaHandle<String> saga = stopped();

        Page page = admin.get(at(saga, ""));
        assertThat(page.text())
                .contains("The budget is used up: raise it, or undo the saga")
                .contains("Raise the budget");
        Form form = as("operator").form(at(saga, "/raise-budget"));
        assertThat(form.page().text())
                .contains("It has made 2")
                .contains("what you leave empty is not limited any more");
        assertThat(form.send("calls", "5", "reason", "worth it").status()).isEqualTo(303);

        await(saga, SagaState.COMPLETED);
        assertThat(saga.result()).isEqualTo("That one too.");
        assertThat(audit(saga)).contains("operator: raise the budget");
        assertThat(form.send("calls", "5", "reason", "worth it").status())
                .as("the same request once more")
                .isEqualTo(303);
    }

    @Test
    void budgetsThatAreNoneOrTooLowAreRefusedAndTheTypedWordsStay() {
        SagaHandle<String> saga = stopped();
        Form form = admin.form(at(saga, "/raise-budget"));

        assertThat(form.send("calls", "2", "reason", "a reason").text())
                .contains("It has made 2 calls already: this budget would stop it again at once");
        assertThat(form.send("tokens", "2400", "reason", "a reason").text())
                .contains("It has taken 2400 tokens already");
        assertThat(form.send("reason", "a reason").text()).contains("Say how much it may spend in all");
        assertThat(form.send("calls", "9", "unlimited", "true", "reason", "a reason")
                        .text())
                .contains("not both");
        for (String[] wrong : List.of(
                new String[] {"calls", "-1"},
                new String[] {"calls", "many"},
                new String[] {"tokens", "0"},
                new String[] {"tokens", "99999999999999999999"},
                new String[] {"money", "1e99"},
                new String[] {"money", "0"},
                new String[] {"time", "two hours"},
                new String[] {"time", "-PT1H"},
                new String[] {"time", "PT0.001S"})) {
            Page page = form.send(wrong[0], wrong[1], "reason", "as I typed it");
            assertThat(page.status()).as(wrong[0] + " " + wrong[1]).isEqualTo(422);
            assertThat(page.body()).contains("as I typed it").contains(wrong[1]);
        }
        assertThat(form.send("calls", "9").text()).contains("\"reason\" is missing");
        assertThat(saga.state()).isEqualTo(SagaState.SUSPENDED);
        assertThat(form.send("unlimited", "true", "reason", "all of it").status())
                .isEqualTo(303);
        await(saga, SagaState.COMPLETED);
    }

    @Test
    void aSagaThatNoBudgetHasStoppedHasNoneToRaise() {
        SagaHandle<String> saga = asking();

        assertThat(admin.get(at(saga, "")).body()).doesNotContain("raise-budget");
        assertThat(admin.get(at(saga, "/raise-budget")).text()).contains("No budget has stopped this saga");
        Page page = program("admin", at(saga, "/raise-budget"), "{\"calls\":9,\"reason\":\"just so\"}");
        assertThat(page.status()).isEqualTo(409);
        assertThat(page.body()).contains("No budget has stopped this saga");
        assertThat(program("approver", at(saga, "/raise-budget"), "{\"calls\":9,\"reason\":\"x\"}")
                        .body())
                .contains("budget.raise");
    }

    private static String conversation(SagaHandle<?> saga) {
        return shop.belay().agents().conversation(saga.id(), "main").toString();
    }

    private static Page program(String role, String path, String json) {
        return as(role).with("X-Belay-Request", UUID.randomUUID().toString()).postJson("/api" + path, json);
    }

    private static JsonNode json(Page page) {
        assertThat(page.status()).as(page.body()).isEqualTo(200);
        return Json.read(page.body(), "The answer");
    }
}
