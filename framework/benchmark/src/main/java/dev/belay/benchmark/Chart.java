package dev.belay.benchmark;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * The figures of a run as bars in an SVG: a group for each workload, with a scale of its own. It paints its own background, follows the
 * reader's choice of light or dark, and says the figures in words to those who cannot see it.
 */
final class Chart {
    private static final String BELAY = "belay";
    private static final int WIDTH = 840;
    private static final int MARGIN = 24;
    private static final int BARS_FROM = 150;
    private static final int BARS_WIDTH = 430;
    private static final int ROW = 24;
    private static final int BAR = 16;
    private static final int GROUP_HEAD = 30;
    private static final int GROUP_GAP = 20;
    private static final int TITLE = 64;
    private static final int LEGEND = 40;

    private static final String STYLE = """
            svg { color-scheme: light dark; font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
            .page { fill: #ffffff; stroke: #d1d9e0 }
            text { fill: #1f2328 }
            .title { font-size: 17px; font-weight: 600 }
            .group { font-size: 14px; font-weight: 600 }
            .note { fill: #59636e }
            .ours-name { font-weight: 600 }
            .ours { fill: #0969da }
            .limit { fill: #eff2f5; stroke: #818b98; stroke-dasharray: 3 2 }
            .peer { fill: #818b98 }
            @media (prefers-color-scheme: dark) {
              .page { fill: #0d1117; stroke: #3d444d }
              text { fill: #f0f6fc }
              .note { fill: #9198a1 }
              .ours { fill: #4493f8 }
              .limit { fill: #212830; stroke: #9198a1 }
              .peer { fill: #656c76 }
            }
            """;

    /**
     * @param length compared with the others of its group
     * @param words the figure, for readers
     */
    private record Bar(String system, double length, String words) {}

    private record Group(String name, String measure, List<Bar> bars) {
        double longest() {
            return bars.stream().mapToDouble(Bar::length).max().orElse(1);
        }
    }

    private final List<Group> groups = new ArrayList<>();
    private final String note;

    private Chart(Figures figures, String note) {
        this.note = note;
        for (Workload workload : Workload.values()) {
            if (!figures.of(workload).isEmpty()) {
                groups.add(rates(workload, figures));
            }
        }
        figures.latencies().stream()
                .map(Latency::workload)
                .distinct()
                .forEach(workload -> groups.add(latencies(workload, figures)));
    }

    /**
     * Writes the chart.
     *
     * @param note where and when the figures were measured; may be empty
     */
    static void write(Figures figures, String note, Path file) throws IOException {
        try (Writer writer = Files.newBufferedWriter(file)) {
            XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(writer);
            new Chart(figures, note).write(xml);
            xml.close();
            writer.write("\n");
        } catch (XMLStreamException e) {
            throw new IOException("\"" + file + "\" could not be written.", e);
        }
    }

    private static Group rates(Workload workload, Figures figures) {
        List<Bar> bars = figures.of(workload).stream()
                .map(m -> new Bar(
                        m.system(),
                        m.stepsPerSecond(),
                        rate(m) + figures.belayTo(m).map(Chart::percent).orElse("")))
                .toList();
        return new Group(workload.label(), workload.unit() + " a second, " + workload.words(), bars);
    }

    private static String rate(Measured m) {
        String perSecond = number("%,.0f", m.stepsPerSecond());
        return m.workload().equals(Workload.ONE_SAGA.label())
                ? perSecond + " (" + number("%.2f", m.msPerStep()) + " ms)"
                : perSecond;
    }

    private static String percent(double belayTo) {
        double percent = 100 / belayTo;
        return number(percent < 10 ? ", %.1f %%" : ", %.0f %%", percent);
    }

    private static Group latencies(String workload, Figures figures) {
        List<Bar> bars = figures.latencies().stream()
                .filter(each -> each.workload().equals(workload))
                .map(l -> new Bar(
                        l.system(), l.p99Ms(), number("%.1f ms", l.p99Ms()) + number(" (median %.1f ms)", l.p50Ms())))
                .toList();
        return new Group(workload, "from start to running, 99 of 100 starts within; shorter is faster", bars);
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private void write(XMLStreamWriter xml) throws XMLStreamException {
        int height = TITLE + LEGEND;
        for (Group group : groups) {
            height += GROUP_HEAD + ROW * group.bars.size() + GROUP_GAP;
        }
        xml.writeStartElement("svg");
        xml.writeDefaultNamespace("http://www.w3.org/2000/svg");
        attributes(xml, "viewBox", "0 0 " + WIDTH + " " + height, "width", WIDTH, "height", height);
        attributes(xml, "role", "img", "aria-labelledby", "title what");
        text(xml, "title", "Belay's speed beside other systems", "id", "title");
        text(xml, "desc", inWords(), "id", "what");
        text(xml, "style", "\n" + STYLE);
        empty(xml, "rect", "class", "page", "x", 0.5, "y", 0.5, "width", WIDTH - 1, "height", height - 1, "rx", 8);
        text(xml, "text", "Belay beside other systems", "class", "title", "x", MARGIN, "y", 34);
        text(xml, "text", note, "class", "note", "x", MARGIN, "y", 54);
        int y = TITLE + 12;
        for (Group group : groups) {
            y = write(xml, group, y);
        }
        legend(xml, y + 2);
        xml.writeEndElement();
    }

    private int write(XMLStreamWriter xml, Group group, int top) throws XMLStreamException {
        double scale = BARS_WIDTH / group.longest();
        int y = top + GROUP_HEAD;
        xml.writeCharacters("\n");
        xml.writeStartElement("text");
        attributes(xml, "x", MARGIN, "y", top + 18);
        text(xml, "tspan", group.name, "class", "group");
        text(xml, "tspan", group.measure, "class", "note", "dx", 8);
        xml.writeEndElement();
        for (Bar bar : group.bars) {
            int middle = y + BAR / 2;
            double length = Math.max(1.5, bar.length * scale);
            text(
                    xml,
                    "text",
                    bar.system,
                    "class",
                    bar.system.equals(BELAY) ? "ours-name" : "name",
                    "x",
                    BARS_FROM - 10,
                    "y",
                    middle,
                    "text-anchor",
                    "end",
                    "dominant-baseline",
                    "central");
            empty(
                    xml,
                    "rect",
                    "class",
                    kind(bar.system),
                    "x",
                    BARS_FROM,
                    "y",
                    y,
                    "width",
                    number("%.1f", length),
                    "height",
                    BAR,
                    "rx",
                    2);
            text(
                    xml,
                    "text",
                    bar.words,
                    "class",
                    bar.system.equals(BELAY) ? "ours-name" : "name",
                    "x",
                    number("%.1f", BARS_FROM + length + 8),
                    "y",
                    middle,
                    "dominant-baseline",
                    "central");
            y += ROW;
        }
        return y + GROUP_GAP;
    }

    private static String kind(String system) {
        return switch (system) {
            case "belay", "belay-jobrunr" -> "ours";
            case "ceiling", "pgbench" -> "limit";
            default -> "peer";
        };
    }

    private void legend(XMLStreamWriter xml, int y) throws XMLStreamException {
        int x = MARGIN;
        // A letter is about 7 wide.
        for (String[] entry : new String[][] {
            {"ours", "Belay"}, {"peer", "other systems"}, {"limit", "the bare database, deciding nothing"}
        }) {
            empty(xml, "rect", "class", entry[0], "x", x, "y", y, "width", 12, "height", 12, "rx", 2);
            text(xml, "text", entry[1], "class", "note", "x", x + 18, "y", y + 6, "dominant-baseline", "central");
            x += 40 + 7 * entry[1].length();
        }
        text(
                xml,
                "text",
                "longer is faster; 100 % is belay in the same run",
                "class",
                "note",
                "x",
                WIDTH - MARGIN,
                "y",
                y + 6,
                "text-anchor",
                "end",
                "dominant-baseline",
                "central");
    }

    private String inWords() {
        StringBuilder words = new StringBuilder();
        for (Group group : groups) {
            words.append(group.name).append(", ").append(group.measure).append(": ");
            words.append(String.join(
                    "; ",
                    group.bars.stream().map(bar -> bar.system + " " + bar.words).toList()));
            words.append(". ");
        }
        return words.append(note).toString();
    }

    private static void text(XMLStreamWriter xml, String element, String text, Object... attributes)
            throws XMLStreamException {
        if (!element.equals("tspan")) {
            xml.writeCharacters("\n");
        }
        xml.writeStartElement(element);
        attributes(xml, attributes);
        xml.writeCharacters(text);
        xml.writeEndElement();
    }

    private static void empty(XMLStreamWriter xml, String element, Object... attributes) throws XMLStreamException {
        xml.writeCharacters("\n");
        xml.writeEmptyElement(element);
        attributes(xml, attributes);
    }

    private static void attributes(XMLStreamWriter xml, Object... pairs) throws XMLStreamException {
        for (int i = 0; i < pairs.length; i += 2) {
            xml.writeAttribute(pairs[i].toString(), pairs[i + 1].toString());
        }
    }
}
