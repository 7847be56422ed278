package dev.belay.dashboard.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.SagaHandle;
import dev.belay.StartOptions;
import dev.belay.agent.Price;
import dev.belay.dashboard.Principal;
import dev.belay.dashboard.Role;
import dev.belay.dashboard.Showcase;
import dev.belay.dashboard.Web;
import dev.belay.dashboard.Web.Page;
import dev.belay.dashboard.internal.web.Json;
import dev.belay.inspect.Scope;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;

/** What calls of models cost, on the page and in the API. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CostPageTest {
    private static Showcase shop;

    private final Web everything = new Web(shop.url()).with("X-Scope", "");

    @BeforeAll
    static void open() throws Exception {
        shop = new Showcase(
                0, settings -> settings.authenticator(request -> Optional.of(principal(request.getHeader("X-Scope")))));
    }

    /** A viewer; of the tenants or definitions that a header names, like {@code tenant=a,b}. */
    private static Principal principal(String scope) {
        Principal all = Principal.of("ada", Role.VIEWER);
        if (scope == null || scope.isEmpty()) {
            return all;
        }
        Set<String> names =
                Arrays.stream(scope.replaceFirst(".*=", "").split(",")).collect(Collectors.toSet());
        return all.within(
                scope.startsWith("tenant=")
                        ? new Scope(Optional.of(names), Optional.empty())
                        : new Scope(Optional.empty(), Optional.of(names)));
    }

    @AfterAll
    static void close() throws Exception {
        shop.close();
    }

    private static void agent(String order, Optional<String> tenant) {
        StartOptions options = StartOptions.key(order);
        SagaHandle<String> saga = shop.belay()
                .start(
                        shop.support,
                        new Showcase.Refund(order, "Ada Lovelace", new BigDecimal("40.50"), "4711"),
                        tenant.map(options::tenant).orElse(options));
        Showcase.awaitQuestion(saga);
    }

    @Test
    @Order(1)
    void withoutAnyCallItSaysHowToRecordOneAndHowToSetAPrice() {
        Page page = everything.get("/cost");

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.text())
                .contains("No calls of models in the last 30 days")
                .contains("ctx.model(")
                .contains("belay.agents().price(");
    }

    @Test
    @Order(2)
    void callsWithoutAPriceAreSaidPlainly() {
        agent("order-1", Optional.empty());

        Page page = everything.get("/cost?days=7");

        assertThat(page.text())
                .contains("1 call had no price and is in no sum of money here")
                .contains("acme/large")
                .contains("no price")
                .contains("No prices");
        assertThat(page.body()).contains("data-chart-days=\"3 4\"");
    }

    @Test
    @Order(3)
    void saysWhatWasSpentAndWhatRecoveryAvoided() {
        shop.belay()
                .agents()
                .price(new Price(
                        "acme",
                        "large",
                        Instant.parse("2026-01-01T00:00:00Z"),
                        new BigDecimal("10"),
                        new BigDecimal("100"),
                        new BigDecimal("1")));
        shop.agentsAreCutOff.set(true);
        agent("order-2", Optional.of("north"));
        shop.agentsAreCutOff.set(false);
        agent("order-3", Optional.of("south"));

        Page page = everything.get("/cost?days=90");

        // 600 read, 400 cached and 200 written a call: (6000 + 400 + 20000) / a million.
        assertThat(page.text())
                .contains("0.0528 spent")
                .contains("0.0264 avoided by recovery")
                .contains("3 calls")
                .contains("Recovery took 1 call with 1\u202F200 tokens from the journal")
                .contains("1 call had no price")
                .contains("holds now");
        assertThat(page.body())
                .contains("data-chart-days=\"5 6\"")
                .contains("data-value=\"0.0528\"")
                .contains("<td data-label=\"Tenant\">north</td>")
                .contains("<td data-label=\"Tenant\">south</td>");
        assertThat(page.body().split("<tr><td data-value=")).hasSize(91);
        JsonNode spent = json(everything.get("/api/usage"));
        assertThat(spent.at("/total/calls").intValue()).isEqualTo(3);
        assertThat(spent.at("/total/cost").decimalValue()).isEqualByComparingTo("0.0528");
        assertThat(spent.at("/total/avoidedCalls").intValue()).isEqualTo(1);
        assertThat(spent.at("/lines")
                        .valueStream()
                        .map(line -> line.at("/tenant").stringValue()))
                .containsExactly("", "north", "south");
        assertThat(json(everything.get("/api/prices")).at("/items/0/output").decimalValue())
                .isEqualByComparingTo("100");
    }

    @Test
    @Order(4)
    void whoeverSeesOneTenantSeesItsFiguresOnly() {
        Web north = new Web(shop.url()).with("X-Scope", "tenant=north");

        Page page = north.get("/cost");
        assertThat(page.text()).contains("0.0264 spent").contains("1 call ").doesNotContain("no price");
        assertThat(page.body()).contains(">north<").doesNotContain("south");
        JsonNode spent = json(north.get("/api/usage"));
        assertThat(spent.at("/total/calls").intValue()).isEqualTo(1);
        assertThat(spent.at("/lines")).hasSize(1);

        for (String scope : List.of("tenant=elsewhere", "definition=refund")) {
            Web other = new Web(shop.url()).with("X-Scope", scope);
            assertThat(other.get("/cost").text())
                    .as(scope)
                    .contains("No calls of models")
                    .doesNotContain("Prices");
            assertThat(json(other.get("/api/usage")).at("/lines")).as(scope).isEmpty();
            assertThat(json(other.get("/api/prices")).at("/items")).as(scope).isEmpty();
        }
        assertThat(new Web(shop.url())
                        .with("X-Scope", "definition=support,refund")
                        .get("/cost")
                        .text())
                .contains("0.0528 spent");
    }

    @Test
    @Order(5)
    void refusesStretchesThatItDoesNotHave() {
        for (String path : List.of(
                "/cost?days=8",
                "/cost?days=x",
                "/api/usage?from=2026-11-02&to=2026-11-01",
                "/api/usage?from=2020-01-01",
                "/api/usage?to=yesterday",
                "/api/usage?to=%2B999999999-12-31")) {
            assertThat(everything.get(path).status()).as(path).isEqualTo(422);
        }
    }

    private static JsonNode json(Page page) {
        assertThat(page.status()).as(page.body()).isEqualTo(200);
        return Json.read(page.body(), "The answer");
    }
}
