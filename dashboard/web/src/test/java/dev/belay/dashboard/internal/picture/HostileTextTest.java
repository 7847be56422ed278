package dev.belay.dashboard.internal.picture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.StepKind;
import java.io.StringReader;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

final class HostileTextTest {
    static List<String> names() {
        return List.of(
                "<script>alert(1)</script>",
                "\" onload=\"alert(1)",
                "' onload='alert(1)",
                "javascript:alert(1)",
                "]]><!--",
                "&lt;b&gt;&#x3c;",
                "\u202Eevil\u2066 \u0000\u0007\uD800 tail",
                "漢字".repeat(200),
                "a\nb\tc",
                "</svg></title><img src=x onerror=alert(1)>");
    }

    @ParameterizedTest
    @MethodSource("names")
    void stays_text_in_every_picture(String name) throws Exception {
        Story story = new Story().plans(name, true).plans(name + "2", name, StepKind.PURE, "SIGNAL", true, true, name);
        story.row(Kind.ACTIVITY, Result.FAILED, 1, 1, 0, name, name, 10, 5, name)
                .row(Kind.ATTEMPT, Result.GAVE_UP, 1, 1, 0, name, name, 20, 10, name)
                .row(Kind.DECISION, Result.FAILED, 1, 2, 0, name, name, 30, 0, "")
                .row(Kind.WAIT, Result.BEGUN, 2, 1, 0, name + "2", "signal:" + name, 40, 0, "")
                .job(2, name + "2", "WAITING", 1, 0, 40, "signal:" + name);

        check(TimelineSvg.of(story.timeline(1_000), Links.WITHIN_PAGE));
        check(Svg.of(story.graph(1_000), "graph"));
    }

    private static void check(String picture) throws Exception {
        Document document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(picture)));
        NodeList all = document.getElementsByTagName("*");
        List<Element> elements = IntStream.range(0, all.getLength())
                .mapToObj(i -> (Element) all.item(i))
                .toList();
        assertThat(elements)
                .extracting(Element::getTagName)
                .isSubsetOf(
                        "div",
                        "p",
                        "section",
                        "h3",
                        "ol",
                        "li",
                        "a",
                        "span",
                        "svg",
                        "g",
                        "rect",
                        "line",
                        "text",
                        "title",
                        "desc",
                        "path",
                        "polyline");
        for (Element element : elements) {
            for (int i = 0; i < element.getAttributes().getLength(); i++) {
                String attribute = element.getAttributes().item(i).getNodeName();
                assertThat(attribute).doesNotStartWith("on").isNotEqualTo("style");
                if (attribute.equals("href")) {
                    assertThat(element.getAttribute("href")).startsWith("#step-");
                }
            }
        }
        assertThat(picture).doesNotContain("\u202E", "\u2066", "\u0000");
    }
}
