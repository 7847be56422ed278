package dev.belay.dashboard.browser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.SagaHandle;
import dev.belay.StartOptions;
import dev.belay.dashboard.Showcase;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Text that would like to be a script or markup is shown as the text it is, wherever it is stored and shown. */
@Order(7)
final class HostileTextTest {
    private static final List<String> TEXTS = List.of(
            "<script>window.sentinel=1</script>",
            "\"><img data-hostile src=x onerror=window.sentinel=1>",
            "' data-hostile onmouseover='window.sentinel=1",
            "</textarea></pre></title></template><svg data-hostile onload=window.sentinel=1>",
            "--><iframe data-hostile srcdoc='<script>parent.sentinel=1</script>'></iframe>",
            "javascript:window.sentinel=1",
            "${window.sentinel=1}{{constructor.constructor('window.sentinel=1')()}}",
            "\u202e\u2066<a data-hostile href=//evil.example>\u0085");

    @RegisterExtension
    final Visits visits = new Visits();

    @Test
    void staysTextOnEveryPage() throws Exception {
        try (Showcase shop = new Showcase(0, settings -> settings)) {
            TEXTS.forEach(text -> keepEverywhere(shop, text));
            Visitor visitor = visits.desk(shop);
            SoftAssertions soft = new SoftAssertions();
            for (String address : Addresses.of(shop).pages()) {
                visitor.at(address);
                look(visitor, address, soft);
            }
            for (String text : TEXTS) {
                visitor.expectingRefusal(404);
                String query = java.net.URLEncoder.encode(text, java.nio.charset.StandardCharsets.UTF_8)
                        .replace("+", "%20");
                for (String path :
                        List.of("/sagas?q=", "/sagas?q=x&was=", "/sagas?cols=", "/errors?window=", "/audit?actor=")) {
                    visitor.expectingRefusal(422).expectingRefusal(400).at(path + query);
                    look(visitor, path + text, soft);
                }
            }
            soft.assertAll();
            visitor.page().close();
        }
    }

    private static void look(Visitor visitor, String address, SoftAssertions soft) {
        soft.assertThat(visitor.asked(
                        "() => [typeof window.sentinel, document.querySelectorAll('[data-hostile]').length]"))
                .as(address)
                .isEqualTo(List.of("undefined", 0));
    }

    private static void keepEverywhere(Showcase shop, String text) {
        Showcase.Refund order = new Showcase.Refund(text, text, BigDecimal.TEN, text);
        shop.cardsAreDown.set(true);
        SagaHandle<?> failed =
                shop.belay().start(shop.refund, order, StartOptions.key(text).tenant(text));
        failed.awaitSettled(Duration.ofSeconds(30));
        SagaHandle<?> asked = shop.belay().start(shop.approved, order, StartOptions.key("asked " + text));
        Showcase.awaitStep(asked, "manager");
        SagaHandle<?> trip = shop.belay().start(shop.trip, order, StartOptions.key("trip " + text));
        Showcase.awaitStep(trip, "airline-confirmed");
        shop.belay().operator(text).pause(trip.id(), text);
        assertThat(shop.belay().saga(trip.id()).view().paused()).isTrue();
        shop.belay().queue(text).pause(text, text);
    }
}
