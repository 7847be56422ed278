package dev.belay.dashboard.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.dashboard.Showcase;
import dev.belay.dashboard.internal.web.FrontServlet;
import dev.belay.dashboard.internal.web.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What is read by the API, and whether its description tells the truth about it. */
class ReadingTest {
    private static Showcase shop;
    private static Program admin;
    private static JsonNode document;

    @BeforeAll
    static void open() throws Exception {
        shop = new Showcase(
                0,
                settings -> settings.authenticator(Program::who).builtInUsers().hide("card"));
        shop.fill();
        admin = new Program(shop.url(), "admin");
        document = admin.get("/api/openapi.json").json();
    }

    @AfterAll
    static void close() throws Exception {
        shop.close();
    }

    private static List<Route> routes() {
        return ((FrontServlet) shop.dashboard().servlet())
                .router().routes().stream().filter(Route::isApi).toList();
    }

    @Test
    void theDescriptionHasEveryRouteAndNoOther() {
        Set<String> described = new TreeSet<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .propertyNames()
                        .forEach(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));

        assertThat(document.get("openapi").stringValue()).isEqualTo("3.1.0");
        assertThat(described)
                .containsExactlyInAnyOrderElementsOf(routes().stream()
                        .map(route -> route.method() + " " + route.pattern())
                        .toList());
    }

    @Test
    void theDescriptionSaysOfEachWhatItNeeds() {
        Set<String> ids = new TreeSet<>();
        SoftAssertions soft = new SoftAssertions();
        for (Route route : routes()) {
            JsonNode operation = document.get("paths")
                    .get(route.pattern())
                    .get(route.method().name().toLowerCase(Locale.ROOT));
            soft.assertThat(operation.path("x-permission").asString(""))
                    .as(route.pattern())
                    .isEqualTo(route.access().permission().orElseThrow().word());
            soft.assertThat(ids.add(operation.get("operationId").stringValue()))
                    .as("another operation is called " + operation.get("operationId"))
                    .isTrue();
        }
        soft.assertAll();
    }

    @Test
    void everyAnswerIsAsItIsDescribed() {
        SoftAssertions soft = new SoftAssertions();
        Set<String> read = new TreeSet<>();
        for (String path : paths()) {
            Program.Answer answer = admin.get(path);
            soft.assertThat(answer.status()).as(path + ": " + answer.text()).isEqualTo(200);
            String pattern = pattern(path.replaceAll("\\?.*", ""));
            read.add(pattern);
            soft.assertThat(new SchemaCheck(document).problems(answer.json(), schema(pattern)))
                    .as(path)
                    .isEmpty();
        }
        soft.assertThat(read)
                .containsExactlyInAnyOrderElementsOf(routes().stream()
                        .filter(route -> route.method().name().equals("GET"))
                        .map(Route::pattern)
                        .toList());
        soft.assertAll();
    }

    private static List<String> paths() {
        UUID bulk = UUID.randomUUID();
        assertThat(admin.post("/api/bulks", "{\"action\":\"PAUSE\",\"q\":\"type:book-trip\",\"reason\":\"test\"}", bulk)
                        .status())
                .isEqualTo(200);
        assertThat(admin.post("/api/views", "{\"name\":\"stuck ones\",\"q\":\"is:stuck\"}")
                        .status())
                .isEqualTo(200);
        assertThat(admin.post("/api/users", "{\"name\":\"ada\",\"role\":\"viewer\",\"password\":\"correct horse 42\"}")
                        .status())
                .isEqualTo(200);
        List<String> paths = new ArrayList<>(List.of(
                "/api/openapi.json",
                "/api/overview",
                "/api/throughput",
                "/api/throughput?width=PT5M",
                "/api/failures",
                "/api/approvals",
                "/api/queues",
                "/api/definitions",
                "/api/workers",
                "/api/usage",
                "/api/usage?from=2026-11-01&to=2026-11-30",
                "/api/prices",
                "/api/audit?size=5",
                "/api/bulks",
                "/api/bulks/forecast?action=RETRY&q=is:stuck",
                "/api/bulks/" + bulk,
                "/api/bulks/" + bulk + "/items",
                "/api/views",
                "/api/users",
                "/api/settings",
                "/api/sagas",
                "/api/sagas?size=3",
                "/api/sagas/count?q=is:stuck"));
        for (JsonNode saga : admin.get("/api/sagas?size=500").json().get("items")) {
            String path = "/api/sagas/" + saga.get("id").stringValue();
            paths.addAll(List.of(
                    path,
                    path + "/journal?payloads=true",
                    path + "/journal?newest=true&failed=true",
                    path + "/undo-forecast",
                    path + "/usage",
                    path + "/conversation",
                    path + "/steps/0/1"));
        }
        return paths;
    }

    private static JsonNode schema(String pattern) {
        JsonNode schema = document.at("/paths/" + pattern.replace("~", "~0").replace("/", "~1")
                + "/get/responses/200/content/application~1json/schema");
        assertThat(schema.isMissingNode()).as(pattern).isFalse();
        return schema;
    }

    private static String pattern(String path) {
        List<String> fitting = routes().stream()
                .map(Route::pattern)
                .distinct()
                .filter(pattern -> Pattern.matches(pattern.replaceAll("\\{[^}]*}", "[^/]+"), path))
                .sorted((a, b) -> Integer.compare(a.split("\\{", -1).length, b.split("\\{", -1).length))
                .toList();
        return fitting.get(0);
    }

    @Test
    void listsAreReadPageByPage() {
        List<String> whole = ids(admin.get("/api/sagas?size=500").json());
        List<String> pages = new ArrayList<>();
        String next = "";
        do {
            JsonNode page = admin.get("/api/sagas?size=7" + (next.isEmpty() ? "" : "&after=" + next))
                    .json();
            assertThat(page.get("items").size()).isLessThanOrEqualTo(7);
            pages.addAll(ids(page));
            next = page.get("next").asString("");
        } while (!next.isEmpty());

        assertThat(whole).hasSizeGreaterThan(20);
        assertThat(pages).isEqualTo(whole);
    }

    private static List<String> ids(JsonNode page) {
        return page.get("items")
                .valueStream()
                .map(saga -> saga.get("id").stringValue())
                .toList();
    }

    @Test
    void aQueryFindsWhatItAsksFor() {
        JsonNode definitions = admin.get("/api/sagas?q=type:refund").json().get("items");

        assertThat(definitions).isNotEmpty();
        assertThat(definitions)
                .allMatch(saga -> saga.get("definition").asString("").equals("refund"));
    }

    @Test
    void aQueryThatCannotBeUnderstoodIsRefusedWithThePlace() {
        Program.Answer answer = admin.get("/api/sagas?q=type:refund+colour:blue");

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.error()).isEqualTo("unprocessable");
        assertThat(answer.json().at("/problems/0/position").intValue()).isEqualTo("type:refund ".length());
        assertThat(answer.json().at("/problems/0/words").stringValue()).contains("colour");
        assertThat(new SchemaCheck(document).problems(answer.json(), document.at("/components/schemas/Error")))
                .isEmpty();
    }

    @Test
    void whatIsNotThereIsToldInWords() {
        for (String path :
                List.of("/api/sagas/" + UUID.randomUUID(), "/api/nothing", "/api/bulks/" + UUID.randomUUID())) {
            Program.Answer answer = admin.get(path);
            assertThat(answer.status()).as(path).isEqualTo(404);
            assertThat(new SchemaCheck(document).problems(answer.json(), document.at("/components/schemas/Error")))
                    .as(path)
                    .isEmpty();
        }
        assertThat(admin.get("/api/sagas?size=0").status()).isEqualTo(422);
        assertThat(admin.get("/api/sagas?after=nonsense").status()).isEqualTo(422);
        assertThat(admin.get("/api/throughput?from=yesterday").status()).isEqualTo(422);
    }

    @Test
    void payloadsAreJsonWithoutWhatIsHidden() {
        String id = firstOf("type:large-refund");
        JsonNode saga = admin.get("/api/sagas/" + id).json();

        assertThat(saga.at("/input/value/amount").toString()).isEqualTo("40.50");
        assertThat(saga.at("/input/value/card").stringValue()).isEqualTo("•••");
        assertThat(admin.get("/api/approvals")
                        .json()
                        .at("/items/0/question/words")
                        .stringValue())
                .contains("Ada Lovelace");
    }

    @Test
    void whoeverMayNotReadPayloadsSeesNone() {
        Program viewer = new Program(shop.url(), "viewer");
        String id = firstOf("type:refund+is:stuck");
        JsonNode saga = viewer.get("/api/sagas/" + id).json();
        Program.Answer journal = viewer.get("/api/sagas/" + id + "/journal?payloads=true");

        assertThat(saga.get("input").isNull()).isTrue();
        assertThat(saga.at("/failure/message").stringValue()).contains("card service");
        assertThat(saga.at("/failure/stack").isNull()).isTrue();
        assertThat(admin.get("/api/sagas/" + id).json().at("/failure/stack").stringValue())
                .contains("at ");
        assertThat(journal.status()).isEqualTo(403);
        assertThat(journal.words()).contains("payload.read");
        assertThat(viewer.get("/api/sagas/" + id + "/journal").text()).doesNotContain("Ada Lovelace");
        assertThat(viewer.get("/api/sagas/" + id + "/steps/0/1").text()).doesNotContain("Ada Lovelace");
        assertThat(viewer.get("/api/approvals").text()).doesNotContain("Ada Lovelace");
        assertThat(viewer.get("/api/sagas?q=input.customer:Ada").status()).isEqualTo(422);
        assertThat(viewer.get("/api/audit").status()).isEqualTo(403);
    }

    @Test
    void whatIsOutOfScopeIsNotThere() {
        Program some = new Program(shop.url(), "operator:refund");
        String trip = firstOf("type:book-trip");

        assertThat(some.get("/api/sagas/" + trip).status()).isEqualTo(404);
        assertThat(some.get("/api/sagas/" + trip + "/journal").status()).isEqualTo(404);
        assertThat(some.get("/api/sagas/" + trip + "/steps/0/1").status()).isEqualTo(404);
        assertThat(some.get("/api/sagas/" + trip + "/undo-forecast").status()).isEqualTo(404);
        assertThat(some.post("/api/sagas/" + trip + "/pause", "{}").status()).isEqualTo(404);
        assertThat(some.post("/api/queues/mails/resume", "{}").status()).isIn(403, 404);
        assertThat(some.get("/api/sagas?size=500").json().get("items"))
                .allMatch(saga -> saga.get("definition").asString("").equals("refund"));
        assertThat(some.get("/api/approvals").json().get("items")).isEmpty();
    }

    private static String firstOf(String query) {
        return admin.get("/api/sagas?q=" + query).json().at("/items/0/id").stringValue();
    }

    @Test
    void aLookAtPayloadsIsKeptInTheAudit() {
        String id = firstOf("type:book-party");
        admin.get("/api/sagas/" + id);

        assertThat(admin.get("/api/audit?saga=" + id).json().get("items"))
                .anyMatch(entry -> entry.get("action").asString("").equals("read payload"));
    }
}
