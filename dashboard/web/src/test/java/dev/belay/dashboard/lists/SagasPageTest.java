package dev.belay.dashboard.lists;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.StartOptions;
import dev.belay.dashboard.Showcase;
import dev.belay.inspect.Condition;
import dev.belay.inspect.Field;
import dev.belay.inspect.SagaFilter;
import dev.belay.inspect.SagaSummary;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The list of sagas, as it is served. */
class SagasPageTest {
    private static final String FORMULA = "=cmd|' /C calc'!A0";
    private static final String MARKUP = "\"><script>alert(1)</script><img src=x onerror=alert(2)>";

    private static Showcase shop;
    private static Visitor ada;
    private static Visitor vera;

    @BeforeAll
    static void open() throws Exception {
        shop = new Showcase(
                0, settings -> settings.authenticator(Visitor.AUTHENTICATOR).hide("card"));
        ada = new Visitor(shop.url(), "ada");
        vera = new Visitor(shop.url(), "vera");
        assertThat(ada.page("/sagas").text()).contains("No sagas yet").contains("belay.start(definition, input)");
        shop.fill();
        for (int i = 1; i <= 130; i++) {
            start("many-" + i);
        }
        start(FORMULA);
        start(MARKUP);
    }

    private static void start(String key) {
        shop.belay()
                .start(
                        shop.approved,
                        new Showcase.Refund(key, "Ada Lovelace", new BigDecimal("40.50"), "4711"),
                        StartOptions.key(key));
    }

    @AfterAll
    static void close() throws Exception {
        shop.close();
    }

    @Test
    void leadsThroughAllSagasWithoutAGapOrARepetition() {
        List<String> expected = shop.belay().inspect().sagas(SagaFilter.all(), Optional.empty(), 500).items().stream()
                .map(SagaSummary::id)
                .map(UUID::toString)
                .toList();

        List<String> seen = new ArrayList<>();
        Document page = ada.page("/sagas?cols=type,started");
        int pages = 1;
        while (true) {
            page.select("input[data-choose]").forEach(box -> seen.add(box.val()));
            Element next = page.selectFirst("a[rel=next]");
            if (next == null) {
                break;
            }
            assertThat(Visitor.parameter(next.attr("href"), "cols")).isEqualTo("type,started");
            page = ada.page(next.attr("href"));
            pages++;
        }

        assertThat(seen).containsExactlyElementsOf(expected);
        assertThat(pages).isGreaterThan(2);
        assertThat(page.select("a:contains(Back to the first)").attr("href")).doesNotContain("after=");
    }

    @Test
    void everyChipLeadsToTheListWithoutIt() {
        String query = "status:failed type:refund,book-party -tenant:acme";

        Document page = ada.page(Visitor.sagas(query));

        assertThat(page.select("#q").val()).isEqualTo(query);
        assertThat(page.select(".chip a[href]").eachAttr("href").stream().map(path -> Visitor.parameter(path, "q")))
                .containsExactly(
                        "type:refund,book-party -tenant:acme",
                        "status:failed -tenant:acme",
                        "status:failed type:refund,book-party");
        assertThat(ada.page(page.select(".chip a[href]").get(1).attr("href"))
                        .select("#q")
                        .val())
                .isEqualTo("status:failed -tenant:acme");
    }

    @Test
    void saysWhatIsWrongWithAQueryAndKeepsTheListBefore() {
        Document before = ada.page(Visitor.sagas("type:refund"));

        Document page = ada.page(Visitor.sagas("status:faild") + "&"
                + Visitor.pair("was", before.select("input[name=was]").val()));

        assertThat(page.select("#problems").text()).contains("Did you mean \"failed\"?");
        assertThat(page.select("input[data-choose]").eachAttr("value"))
                .isNotEmpty()
                .isEqualTo(before.select("input[data-choose]").eachAttr("value"));
        assertThat(page.select("#decide-all")).isEmpty();
        assertThat(ada.page(Visitor.sagas("status:faild")).select("#list")).isEmpty();
    }

    @Test
    void anAddressHasNothingInItThatTheListHasNot() {
        Visitor.Seen found = ada.get("/sagas?q=type%3Arefund&was=status%3Afailed");
        Visitor.Seen columns = ada.get("/sagas?q=type%3Arefund&col=tenant&col=type&col=nonsense");

        assertThat(found.location()).contains("/sagas?q=type%3Arefund");
        assertThat(columns.location()).contains("/sagas?q=type%3Arefund&cols=type%2Ctenant");
        assertThat(ada.page(columns.location().orElseThrow())
                        .select("#list thead th")
                        .eachText())
                .contains("Type", "Tenant")
                .doesNotContain("Failure");
    }

    @Test
    void saysWhichPartOfAQueryKeepsEverythingOut() {
        Document page = ada.page(Visitor.sagas("type:refund tenant:nobody"));

        assertThat(page.text()).contains("Nothing matches");
        assertThat(page.select(".chips.middle a").eachText()).containsExactly("without “tenant is nobody”: 18");
    }

    @Test
    void aRowLeadsToWhatIsLikeIt() {
        Document page = ada.page(Visitor.sagas("status:failed type:refund"));

        Element row = page.selectFirst("tr[data-row]:contains(order-13)");

        assertThat(Visitor.parameter(row.select("td[data-label=Type] a").attr("href"), "q"))
                .isEqualTo("status:failed type:refund");
        String failure = row.select("td[data-label=Failure] a").attr("href");
        assertThat(Visitor.parameter(failure, "q")).startsWith("status:failed type:refund fingerprint:");
        assertThat(ada.page(failure).select("input[data-choose]")).hasSize(6);
    }

    @Test
    void whoMayNotReadPayloadsMayNotAskAboutThemEither() {
        String query = "input.order:order-3";

        assertThat(ada.page(Visitor.sagas(query)).select("tr[data-row]")).hasSize(1);
        Document refused = vera.page(Visitor.sagas(query));
        assertThat(refused.select("#problems").text()).contains("needs the permission payload.read");
        assertThat(refused.select("tr[data-row]")).isEmpty();
        assertThat(vera.page(Visitor.sagas("foo:1") + "&" + Visitor.pair("was", query))
                        .select("tr[data-row]"))
                .isEmpty();
        assertThat(vera.get("/sagas/export.csv?" + Visitor.pair("q", query)).status())
                .isEqualTo(422);
        assertThat(vera.get("/sagas/export.json?" + Visitor.pair("q", "-output.x:1"))
                        .status())
                .isEqualTo(422);
    }

    @Test
    void nobodyMayAskAboutWhatIsHidden() {
        assertThat(ada.page(Visitor.sagas("input.card:\"4711 0815\""))
                        .select("#problems")
                        .text())
                .contains("hidden on this dashboard");
        assertThat(ada.get("/sagas/bulk/pause?" + Visitor.pair("q", "-input.card.x:1"))
                        .status())
                .isEqualTo(422);
    }

    @Test
    void aPeekShowsTheInputToWhoMayReadItAndKeepsThatInTheAudit() {
        String peek =
                ada.page(Visitor.sagas("key:order-13")).select("a[data-peek]").attr("href");

        assertThat(vera.page(peek).text())
                .contains("card service did not answer")
                .doesNotContain("Ada Lovelace");
        String look = "tr:contains(oscar):contains(in the list of sagas)";
        assertThat(ada.page("/audit").select(look)).isEmpty();
        assertThat(new Visitor(shop.url(), "oscar").page(peek).text())
                .contains("Ada Lovelace")
                .doesNotContain("4711");
        assertThat(ada.page("/audit").select(look)).hasSize(1);
    }

    @Test
    void whatIsOutOfScopeIsNotThere() {
        Visitor tess = new Visitor(shop.url(), "tess");
        UUID refund = shop.belay()
                .inspect()
                .sagas(SagaFilter.where(Condition.is(Field.DEFINITION, "refund")), Optional.empty(), 1)
                .items()
                .get(0)
                .id();

        assertThat(tess.page("/sagas").select("td[data-label=Type]").eachText()).containsOnly("book-trip");
        assertThat(tess.page(Visitor.sagas("type:refund")).select("tr[data-row]"))
                .isEmpty();
        assertThat(tess.get("/sagas/" + refund + "/peek").status()).isEqualTo(404);
        assertThat(tess.get("/sagas/export.csv").text()).doesNotContain("refund");
        assertThat(tess.page("/errors").text()).doesNotContain("refund");
        assertThat(ada.get("/sagas/" + refund + "/peek").status()).isEqualTo(200);
    }

    @Test
    void noCellOfAnExportIsAFormula() {
        String csv = ada.get("/sagas/export.csv?" + Visitor.pair("q", "type:large-refund"))
                .text();
        String json = ada.get("/sagas/export.json?" + Visitor.pair("q", "type:large-refund"))
                .text();

        assertThat(csv).contains(",'" + FORMULA + ",").doesNotContain("," + FORMULA);
        assertThat(csv.lines()).hasSize(1 + 134);
        assertThat(csv + json).doesNotContain("Ada Lovelace").doesNotContain("4711");
        assertThat(json).contains("\"key\":\"" + FORMULA + "\"").contains("\"more\":false");
    }

    @Test
    void aNameIsNeverMarkup() {
        for (String path : List.of(
                "/sagas", Visitor.sagas("key:" + "\"" + MARKUP.replace("\"", "\\\"") + "\""), Visitor.sagas(MARKUP))) {
            Document page = ada.page(path);

            assertThat(page.select("script:not([src]), img, [onerror]")).isEmpty();
            assertThat(page.html()).doesNotContain("<script>alert");
        }
        assertThat(ada.page("/sagas").select("tr[data-row] th a").eachText()).contains(MARKUP);
    }

    @Test
    void whoMayDecideNothingIsOfferedNothing() {
        Document page = vera.page("/sagas");

        assertThat(page.select("input[data-choose], #decide-all, [data-chosen]"))
                .isEmpty();
        assertThat(page.select("tr[data-row]")).hasSize(50);
    }
}
