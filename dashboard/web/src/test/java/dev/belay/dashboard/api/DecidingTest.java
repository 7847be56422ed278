package dev.belay.dashboard.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.StartOptions;
import dev.belay.dashboard.Showcase;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What is decided by the API: once for one request, with every digit, by those who may. */
class DecidingTest {
    private static final String LARGE = "12345678901234567890.12345678901234567890";

    private static Showcase shop;
    private static Program admin;
    private static JsonNode document;

    @BeforeAll
    static void open() throws Exception {
        shop = new Showcase(0, settings -> settings.authenticator(Program::who).builtInUsers());
        shop.fill();
        admin = new Program(shop.url(), "admin");
        document = admin.get("/api/openapi.json").json();
    }

    @AfterAll
    static void close() throws Exception {
        shop.close();
    }

    /** A refund that waits for an operator: its card was not charged. */
    private static String failedRefund() {
        SagaHandle<?> saga = shop.startRefund("order-" + UUID.randomUUID());
        saga.awaitSettled(Duration.ofSeconds(30));
        assertThat(saga.state()).isEqualTo(SagaState.SUSPENDED);
        return saga.id().toString();
    }

    private static String waitingTrip() {
        SagaHandle<?> saga = shop.belay()
                .start(
                        shop.trip,
                        new Showcase.Refund("trip", "Ada Lovelace", new BigDecimal("40.50"), "4711 0815"),
                        StartOptions.key("trip-" + UUID.randomUUID()));
        Showcase.awaitStep(saga, "airline-confirmed");
        return saga.id().toString();
    }

    private static JsonNode saga(String id) {
        return admin.get("/api/sagas/" + id).json();
    }

    private static void awaitSaga(String id, Predicate<JsonNode> condition) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> condition.test(saga(id)));
    }

    private static String state(JsonNode saga) {
        return saga.at("/summary/state").asString("");
    }

    /** What was decided about a saga, looks not counted. */
    private static List<String> decided(String id) {
        return admin.get("/api/audit?saga=" + id)
                .json()
                .get("items")
                .valueStream()
                .map(entry -> entry.get("action").stringValue())
                .filter(action -> !action.equals("read payload"))
                .toList();
    }

    /** Decides, sends the same once more, and checks that it was decided once. */
    private static Program.Answer decide(String id, String decision, String json) {
        UUID request = UUID.randomUUID();
        int before = decided(id).size();
        Program.Answer first = admin.post("/api/sagas/" + id + "/" + decision, json, request);
        assertThat(first.status()).as(decision + ": " + first.text()).isEqualTo(200);
        Program.Answer second = admin.post("/api/sagas/" + id + "/" + decision, json, request);
        assertThat(second.status()).as(decision + " again: " + second.text()).isEqualTo(200);
        assertThat(second.json().get("state"))
                .as(decision)
                .isEqualTo(first.json().get("state"));
        assertThat(decided(id)).as(decision).hasSize(before + 1);
        assertThat(new SchemaCheck(document).problems(first.json(), document.at("/components/schemas/Decided")))
                .isEmpty();
        return first;
    }

    @Test
    void retryActsOnce() {
        String id = failedRefund();

        Program.Answer answer = decide(id, "retry", "{}");

        assertThat(answer.json().get("state").stringValue()).isEqualTo("RUNNING");
        assertThat(answer.words()).isNotEmpty();
    }

    @Test
    void aValueKeepsAllItsDigits() {
        String id = failedRefund();

        decide(
                id,
                "skip",
                "{\"value\":{\"ref\":\"by hand\",\"amount\":" + LARGE
                        + "},\"reason\":\"charged by hand\",\"version\":\""
                        + saga(id).get("version").stringValue() + "\"}");

        awaitSaga(id, saga -> state(saga).equals("COMPLETED"));
        assertThat(saga(id).at("/output/value/amount").toString()).isEqualTo(LARGE);
        assertThat(admin.get("/api/sagas/" + id + "/journal?payloads=true").text())
                .contains(LARGE);
    }

    @Test
    void aSignalBringsAllDigits() {
        String id = waitingTrip();

        decide(
                id,
                "signal",
                "{\"name\":\"airline-confirmed\",\"reason\":\"they called\",\"value\":{\"ref\":\"X\",\"amount\":9007199254740993}}");

        awaitSaga(id, saga -> state(saga).equals("COMPLETED"));
        assertThat(admin.get("/api/sagas/" + id + "/journal?payloads=true").text())
                .contains("9007199254740993");
    }

    @Test
    void aValueThatIsMissingIsAskedFor() {
        String id = failedRefund();

        Program.Answer refused = admin.post("/api/sagas/" + id + "/retry-with-input", "{\"reason\":\"no value\"}");

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.words()).contains("value");
    }

    @Test
    void aSagaIsPausedResumedAndCancelledOnce() {
        String id = waitingTrip();

        decide(id, "pause", "{}");
        assertThat(saga(id).at("/summary/paused").booleanValue()).isTrue();
        decide(id, "resume", "{}");
        assertThat(saga(id).at("/summary/paused").booleanValue()).isFalse();
        decide(id, "cancel", "{\"reason\":\"the customer called\"}");
        awaitSaga(id, saga -> state(saga).equals("COMPENSATED"));
    }

    @Test
    void aSuspendedSagaIsUndoneOrClosedOnce() {
        String undone = failedRefund();
        decide(undone, "compensate", "{\"reason\":\"given up\"}");
        awaitSaga(undone, saga -> state(saga).equals("COMPENSATED"));

        String closed = failedRefund();
        decide(closed, "resolve", "{\"reason\":\"done elsewhere\"}");
        assertThat(state(saga(closed))).isEqualTo("RESOLVED");
    }

    @Test
    void anUndoneSagaIsForkedOnceAndPurged() {
        String id = failedRefund();
        decide(id, "compensate", "{\"reason\":\"given up\"}");
        awaitSaga(id, saga -> state(saga).equals("COMPENSATED"));
        UUID request = UUID.randomUUID();
        String json = "{\"seq\":1,\"reason\":\"once more\"}";

        Program.Answer first = admin.post("/api/sagas/" + id + "/fork", json, request);
        Program.Answer second = admin.post("/api/sagas/" + id + "/fork", json, request);

        assertThat(first.status()).as(first.text()).isEqualTo(200);
        assertThat(second.json()).isEqualTo(first.json());
        assertThat(saga(id).get("forks")).hasSize(1);

        assertThat(admin.post("/api/sagas/" + id + "/purge", "{\"reason\":\"asked to\"}")
                        .status())
                .isEqualTo(200);
        assertThat(admin.get("/api/sagas/" + id).status()).isEqualTo(404);
    }

    @Test
    void theSameIdForSomethingElseIsAnotherRequest() {
        UUID request = UUID.randomUUID();
        shop.belay().queue("parcels").limit(9, "test", "so that it is known");
        shop.belay().queue("letters").limit(9, "test", "so that it is known");

        assertThat(admin.post("/api/queues/parcels/limit", "{\"at_once\":3}", request)
                        .status())
                .isEqualTo(200);
        assertThat(admin.post("/api/queues/letters/limit", "{\"at_once\":4}", request)
                        .status())
                .isEqualTo(200);

        assertThat(shop.belay().queue("parcels").limit()).hasValue(3);
        assertThat(shop.belay().queue("letters").limit()).hasValue(4);
    }

    @Test
    void whatCannotBeDecidedNowIsRefusedInWords() {
        String id = failedRefund();
        for (String decision : List.of("accept-residue", "mark-undone", "applied", "not-applied", "extend-deadline")) {
            Program.Answer answer = admin.post(
                    "/api/sagas/" + id + "/" + decision,
                    "{\"reason\":\"test\",\"by\":\"PT1H\",\"value\":{\"ref\":\"x\",\"amount\":1}}");
            assertThat(answer.status()).as(decision + ": " + answer.text()).isIn(409, 422);
            assertThat(answer.words()).as(decision).isNotEmpty();
        }
        assertThat(decided(id)).isEmpty();
    }

    @Test
    void aListThatNamesNothingDoesNotMeanAll() {
        String id = failedRefund();
        for (String effects : List.of("[]", "\"\"", "[\" \"]")) {
            Program.Answer answer = admin.post(
                    "/api/sagas/" + id + "/accept-residue", "{\"reason\":\"test\",\"effects\":" + effects + "}");
            assertThat(answer.status()).as(effects).isEqualTo(422);
            assertThat(answer.words()).as(effects).contains("names nothing");
        }
    }

    @Test
    void aDecisionAboutWhatHasChangedIsRefused() {
        String id = failedRefund();
        String seen = saga(id).get("version").stringValue();
        decide(id, "pause", "{}");

        Program.Answer answer =
                admin.post("/api/sagas/" + id + "/resolve", "{\"reason\":\"test\",\"version\":\"" + seen + "\"}");

        assertThat(answer.status()).isEqualTo(409);
        assertThat(state(saga(id))).isEqualTo("SUSPENDED");
    }

    @Test
    void anApprovalCountsOnce() {
        JsonNode asked = admin.get("/api/approvals").json().at("/items/0");
        String saga = asked.get("saga").stringValue();
        UUID request = UUID.randomUUID();
        String path = "/api/approvals/" + saga + "/" + asked.get("step").stringValue() + "/";

        Program.Answer first = admin.post(path + "approve", "{}", request);
        Program.Answer second = admin.post(path + "approve", "{}", request);
        Program.Answer other = admin.post(path + "reject", "{\"reason\":\"too much\"}");

        assertThat(List.of(first.status(), second.status(), other.status())).containsExactly(200, 200, 409);
        assertThat(decided(saga)).hasSize(1);
    }

    @Test
    void brakesArePulledOnce() {
        for (Map.Entry<String, String> brake : List.of(
                Map.entry("/api/queues/mails/limit", "{\"at_once\":7}"),
                Map.entry("/api/queues/mails/resume", "{}"),
                Map.entry("/api/queues/mails/pause", "{\"reason\":\"test\"}"),
                Map.entry("/api/definitions/book-party/pause", "{}"),
                Map.entry("/api/definitions/book-party/resume", "{}"))) {
            UUID request = UUID.randomUUID();
            int before = audited();
            assertThat(admin.post(brake.getKey(), brake.getValue(), request).status())
                    .isEqualTo(200);
            assertThat(admin.post(brake.getKey(), brake.getValue(), request).status())
                    .isEqualTo(200);
            assertThat(audited()).as(brake.getKey()).isEqualTo(before + 1);
        }
        JsonNode mails = admin.get("/api/queues")
                .json()
                .get("items")
                .valueStream()
                .filter(queue -> queue.get("name").asString("").equals("mails"))
                .findFirst()
                .orElseThrow();
        assertThat(mails.get("limit").intValue()).isEqualTo(7);
        assertThat(mails.get("paused").booleanValue()).isTrue();
    }

    private static int audited() {
        return admin.get("/api/audit?actor=a-admin&size=500")
                .json()
                .get("items")
                .size();
    }

    @Test
    void aDecisionAboutManyIsBegunOnce() {
        String one = failedRefund();
        String two = failedRefund();
        UUID request = UUID.randomUUID();
        String json = "{\"action\":\"RETRY\",\"ids\":[\"" + one + "\",\"" + two + "\"],\"reason\":\"test\"}";
        JsonNode forecast = admin.get("/api/bulks/forecast?action=RETRY&ids=" + one + "&ids=" + two)
                .json();

        Program.Answer first = admin.post("/api/bulks", json, request);
        Program.Answer second = admin.post("/api/bulks", json, request);

        assertThat(forecast.at("/count/n").intValue()).isEqualTo(2);
        assertThat(first.status()).as(first.text()).isEqualTo(200);
        assertThat(first.json().get("id").stringValue()).isEqualTo(request.toString());
        assertThat(second.json().get("total").intValue()).isEqualTo(2);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() ->
                        admin.get("/api/bulks/" + request).json().get("done").intValue() == 2);
        assertThat(admin.get("/api/bulks/" + request + "/items?result=done")
                        .json()
                        .get("items"))
                .hasSize(2);
        assertThat(admin.post("/api/bulks/" + request + "/stop", "{\"reason\":\"test\"}")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aDecisionAboutMoreThanWereShownIsRefused() {
        Program.Answer answer = admin.post(
                "/api/bulks", "{\"action\":\"PAUSE\",\"q\":\"type:refund\",\"shown\":1,\"reason\":\"test\"}");

        assertThat(answer.status()).isEqualTo(409);
    }

    @Test
    void aWorkerIsAskedWhatItDoes() {
        String incarnation =
                admin.get("/api/workers").json().at("/items/0/incarnation").stringValue();

        assertThat(admin.post("/api/workers/" + incarnation + "/threads", "{}").status())
                .isEqualTo(200);

        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> admin.get("/api/workers")
                        .json()
                        .at("/items/0/dump/text")
                        .asString("")
                        .contains("at "));
    }

    @Test
    void aViewIsKeptRenamedAndDeleted() {
        UUID id = UUID.randomUUID();
        String json = "{\"name\":\"mine\",\"q\":\"type:refund\"}";

        assertThat(admin.post("/api/views", json, id).status()).isEqualTo(200);
        assertThat(admin.post("/api/views", json, id).status()).isEqualTo(200);
        assertThat(admin.post("/api/views/" + id + "/change", "{\"name\":\"ours\",\"shared\":true}")
                        .status())
                .isEqualTo(200);
        assertThat(admin.get("/api/views")
                        .json()
                        .get("items")
                        .valueStream()
                        .filter(view -> view.get("id").asString("").equals(id.toString())))
                .singleElement()
                .matches(view -> view.get("name").asString("").equals("ours")
                        && view.get("shared").booleanValue());
        UUID request = UUID.randomUUID();
        assertThat(admin.post("/api/views/" + id + "/delete", "{}", request).status())
                .isEqualTo(200);
        assertThat(admin.post("/api/views/" + id + "/delete", "{}", request).status())
                .isEqualTo(200);
        assertThat(admin.get("/api/views").text()).doesNotContain(id.toString());
    }

    @Test
    void peopleAreAddedAndChangedAndNoPasswordComesBack() {
        UUID request = UUID.randomUUID();
        String json = "{\"name\":\"grace\",\"role\":\"viewer\",\"password\":\"correct horse 42\"}";

        Program.Answer first = admin.post("/api/users", json, request);
        Program.Answer second = admin.post("/api/users", json, request);
        Program.Answer other = admin.post("/api/users", json);
        admin.post("/api/users/grace/role", "{\"role\":\"operator\"}");
        admin.post("/api/users/grace/reset", "{\"password\":\"battery staple 42\"}");
        admin.post("/api/users/grace/disable", "{}");
        Program.Answer people = admin.get("/api/users");

        assertThat(List.of(first.status(), second.status())).containsExactly(200, 200);
        assertThat(other.status()).isGreaterThanOrEqualTo(400);
        assertThat(people.json().at("/items/0/role").stringValue()).isEqualTo("operator");
        assertThat(people.json().at("/items/0/disabledAt").isNull()).isFalse();
        assertThat(people.text()).doesNotContain("password");
        assertThat(first.text()).doesNotContain("correct horse");
    }

    @Test
    void whoeverMayNotIsToldWhatItTakes() {
        Program viewer = new Program(shop.url(), "viewer");
        String id = failedRefund();

        Program.Answer answer = viewer.post("/api/sagas/" + id + "/retry", "{}");

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.error()).isEqualTo("forbidden");
        assertThat(answer.words()).contains("step.retry");
    }

    @Test
    void aRequestNeedsItsId() {
        String path = "/api/queues/mails/resume";

        assertThat(admin.postWithoutId(path, "{}").status()).isEqualTo(403);
        assertThat(admin.postWithId(path, "{}", "again").status()).isEqualTo(422);
        assertThat(admin.post(path, "[]").status()).isEqualTo(422);
        assertThat(admin.post(path, "{").status()).isEqualTo(422);
    }
}
