package dev.belay.dashboard.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.SagaHandle;
import dev.belay.StartOptions;
import dev.belay.dashboard.Showcase;
import dev.belay.dashboard.internal.web.Frame;
import dev.belay.dashboard.internal.web.Method;
import dev.belay.dashboard.internal.web.Route;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Attribute;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;

/**
 * Text that would like to be markup is text on every page: no page has an element or an attribute that no page has without such text.
 * What it says could only be run by elements, attributes and addresses that are looked for here.
 */
class HostileTextTest {
    private static final List<String> WAYS_OUT = List.of(
            "",
            "\"",
            "'",
            "`",
            "-->",
            "</script>",
            "</textarea>",
            "</title>",
            "</style>",
            "]]>",
            "\\",
            "&quot;",
            "\u2028");
    private static final List<String> WANTED = List.of(
            "<zqx>",
            "<script>zqx()</script>",
            "<ScRiPt/x>zqx()</sCrIpT>",
            "<img src=x onerror=zqx()>",
            "<svg onload=zqx()>",
            "<svg><script>zqx()</script></svg>",
            "<iframe srcdoc='<zqx>'></iframe>",
            "<object data=zqx></object>",
            "<a href=javascript:zqx()>z</a>",
            " onmouseover=zqx() zqx=",
            "javascript:zqx()",
            "<math><mtext></form><form><mglyph><style></math><img src onerror=zqx()>",
            "<details open ontoggle=zqx()>",
            "${zqx}",
            "{{constructor.constructor('zqx()')()}}",
            "<style>@import 'zqx'</style>",
            "<link rel=stylesheet href=//zqx>",
            "<meta http-equiv=refresh content=0;zqx>",
            "<base href=//zqx>",
            "<form action=//zqx><button>z</button></form>",
            "<input autofocus onfocus=zqx()>",
            "<zqx hx-get=/ hx-trigger=load>",
            "<zqx data-live-part id=overview>",
            "&lt;zqx&gt;",
            "%3Czqx%3E");

    /** What pages have only where there is much to show: links to the next page, a number to type before much is decided. */
    private static final Set<String> MANY = Set.of("a rel", "input inputmode");

    /** Queries that mean nothing, in harmless words: what the list says of them is its own. */
    private static final List<String> WRONG = List.of(
            "(",
            "\"open",
            "nosuch:x",
            "status:nosuch",
            "tame:tame tame<tame",
            "-",
            "cost>tame",
            "<tame>",
            "'tame",
            "{{tame}}");

    /** So many sagas whose agents say such text. */
    private static final int AGENTS = 60;

    private static List<String> hostile() {
        return WAYS_OUT.stream()
                .flatMap(out -> WANTED.stream().map(wanted -> out + wanted))
                .toList();
    }

    @Test
    void textIsNeverMarkup() throws Exception {
        List<String> hostile = hostile();
        assertThat(hostile).hasSizeGreaterThanOrEqualTo(300);
        try (Guarded guarded = Guarded.filled()) {
            List<String> tame = List.of("tame", "tamer");
            List<String> harmless = fill(guarded, tame);
            Set<String> vocabulary = new TreeSet<>(MANY);
            everyPage(guarded, harmless, tame).forEach(path -> vocabulary.addAll(words(page(guarded, path))));
            WRONG.forEach(query -> vocabulary.addAll(words(page(guarded, "/sagas?q=" + Frame.encoded(query)))));
            List<String> sagas = fill(guarded, hostile);

            SoftAssertions soft = new SoftAssertions();
            for (String path : everyPage(guarded, sagas, hostile)) {
                Document page = page(guarded, path);
                Set<String> more = words(page);
                more.removeAll(vocabulary);
                soft.assertThat(more).as(path).isEmpty();
                for (Element element : page.getAllElements()) {
                    check(soft, path, element);
                }
            }
            soft.assertAll();
        }
    }

    private static void check(SoftAssertions soft, String path, Element element) {
        if (element.normalName().equals("script")) {
            soft.assertThat(element.attr("src")).as(path).startsWith("/assets/");
            soft.assertThat(element.data()).as(path).isEmpty();
        }
        for (Attribute attribute : element.attributes()) {
            String name = attribute.getKey();
            String value = attribute.getValue().strip();
            soft.assertThat(name).as(path).doesNotStartWith("on").doesNotContain("zqx");
            if (Set.of("href", "src", "action", "formaction", "hx-post", "hx-get")
                            .contains(name)
                    && !value.isEmpty()) {
                soft.assertThat(value).as(path + " " + name).matches("(?s)(/(?!/)|#|\\?).*");
            }
        }
    }

    /** Sagas with that text in all that a user names, and queues, decisions and views likewise. */
    private static List<String> fill(Guarded guarded, List<String> texts) {
        guarded.shop.cardsAreDown.set(true);
        List<SagaHandle<?>> sagas = new ArrayList<>();
        for (String text : texts) {
            sagas.add(guarded.shop
                    .belay()
                    .start(
                            guarded.shop.refund,
                            new Showcase.Refund(text, text, BigDecimal.ONE, text),
                            StartOptions.key(text).tenant(text)));
            sagas.add(guarded.shop
                    .belay()
                    .start(guarded.shop.approved, new Showcase.Refund(text, text, BigDecimal.ONE, text)));
        }
        for (int i = 0; i < sagas.size(); i += 2) {
            sagas.get(i).awaitSettled(Duration.ofSeconds(60));
        }
        texts.stream()
                .limit(40)
                .forEach(text -> guarded.shop.belay().queue(text).pause(text, text));
        List<SagaHandle<?>> agents = new ArrayList<>();
        texts.stream()
                .limit(AGENTS)
                .forEach(text -> agents.add(guarded.shop
                        .belay()
                        .start(guarded.shop.support, new Showcase.Refund(text, text, BigDecimal.ONE, text))));
        agents.forEach(saga -> Showcase.awaitStep(saga, "answer"));
        for (int i = 0; i < texts.size(); i++) {
            var operator = guarded.shop.belay().operator(texts.get(i));
            if (i % 2 == 0) {
                operator.pause(sagas.get(2 * i).id(), texts.get(i));
            } else {
                operator.compensate(sagas.get(2 * i).id(), texts.get(i));
            }
        }
        sagas.addAll(agents);
        return sagas.stream().map(saga -> saga.id().toString()).toList();
    }

    private static List<String> everyPage(Guarded guarded, List<String> sagas, List<String> texts) {
        List<String> paths = new ArrayList<>();
        int text = 0;
        for (Route route : guarded.routes()) {
            if (route.method() != Method.GET
                    || route.pattern().startsWith("/assets/")
                    || route.pattern().endsWith("/live")) {
                continue;
            }
            if (!route.pattern().contains("{")) {
                for (int i = 0; i < 8; i++) {
                    String odd = Frame.encoded(texts.get(text++ % texts.size()));
                    paths.add(route.pattern() + "?q=" + odd + "&tab=" + odd + "&reason=" + odd + "&back=" + odd
                            + "&actor=" + odd + "&name=" + odd);
                }
                paths.add(route.pattern());
            } else {
                for (int i = 0; i < Math.min(6, sagas.size()); i++) {
                    Map<String, String> variables = new HashMap<>(Guarded.variables(sagas.get(i)));
                    for (String name : List.of("name", "queue", "step")) {
                        String odd = texts.get(text++ % texts.size());
                        if (i % 3 == 2 && !odd.contains("/") && !odd.contains("\\")) {
                            variables.put(name, Frame.encoded(odd));
                        } else if (i % 2 == 1 && name.equals("step")) {
                            variables.put(name, "manager");
                        }
                    }
                    paths.add(Guarded.path(route, variables));
                }
            }
        }
        sagas.forEach(saga -> paths.add("/sagas/" + saga));
        sagas.stream()
                .limit(60)
                .flatMap(saga ->
                        Stream.of("journal", "messages", "data", "audit").map(tab -> "/sagas/" + saga + "?tab=" + tab))
                .forEach(paths::add);
        sagas.stream()
                .skip(2L * texts.size())
                .flatMap(agent -> Stream.of(
                        "/sagas/" + agent + "?tab=conversation",
                        "/sagas/" + agent + "?tab=journal",
                        "/sagas/" + agent + "?tab=messages",
                        "/sagas/" + agent + "/steps/0/1",
                        "/approvals/" + agent + "/answer/approve-edited?branch=0"))
                .forEach(paths::add);
        return paths;
    }

    private static Document page(Guarded guarded, String path) {
        Wire.Response response = guarded.wire.send(Wire.Request.get(path).with(Guarded.WHO, "admin"));
        assertThat(response.status()).as(path).isNotEqualTo(500);
        String type = response.header("Content-Type").orElse("");
        if (!type.startsWith("text/html")) {
            // Nothing a browser would take for a page, whatever is in it.
            assertThat(type).as(path).matches("(text/(plain|csv)|application/json)(;.*)?|");
            return Jsoup.parse("");
        }
        return Jsoup.parse(response.body());
    }

    private static Set<String> words(Document page) {
        Set<String> words = new TreeSet<>();
        for (Element element : page.getAllElements()) {
            words.add(element.normalName());
            element.attributes().forEach(attribute -> words.add(element.normalName() + " " + attribute.getKey()));
        }
        return words;
    }
}
