package dev.belay.benchmark;

import static dev.belay.benchmark.PromisesTest.rate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ChartTest {
    private static final Figures FIGURES = new Figures(
            List.of(rate("many-sagas", "belay", 1_000), rate("many-sagas", "slow & <old>", 10)),
            List.of(new Latency("idle", "belay", 200, 1.5, 4)));

    @TempDir
    private Path folder;

    @Test
    void barsAreAsLongAsTheRates() throws Exception {
        List<Element> bars = elements(chart(), "rect").stream()
                .filter(rect -> !rect.getAttribute("x").equals("0.5"))
                .toList();

        double ours = Double.parseDouble(bars.get(0).getAttribute("width"));
        double other = Double.parseDouble(bars.get(1).getAttribute("width"));
        assertThat(ours / other).isBetween(95.0, 105.0);
    }

    @Test
    void saysTheFiguresInWords() throws Exception {
        String words = elements(chart(), "desc").get(0).getTextContent();

        assertThat(words)
                .contains("belay 1,000, 100 %", "slow & <old> 10, 1.0 %", "4.0 ms (median 1.5 ms)", "a small machine");
    }

    @Test
    void figuresComeBackFromTheirFile() {
        Path file = folder.resolve("figures.json");

        FIGURES.write(file);

        assertThat(Figures.read(file)).isEqualTo(FIGURES);
    }

    @Test
    void aFileOfSomethingElseIsRefusedInWords() throws Exception {
        Path file = Files.writeString(folder.resolve("other.json"), "{}");

        assertThatThrownBy(() -> Figures.read(file)).hasMessageContaining("is not a list of figures");
    }

    private Document chart() throws Exception {
        Path file = folder.resolve("chart.svg");
        Chart.write(FIGURES, "a small machine", file);
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
    }

    private static List<Element> elements(Document document, String name) {
        var found = document.getElementsByTagName(name);
        return IntStream.range(0, found.getLength())
                .mapToObj(i -> (Element) found.item(i))
                .toList();
    }
}
