package dev.belay.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(240)
class DemoTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"built-in", "jobrunr"})
    void aKilledReviewGoesOnWhereItWasAndItsClaimsHold(String runtime) throws Exception {
        var json = folder.resolve("figures.json");

        var demo = demo(texts(400).toString(), "--once", "--json", json.toString(), "--runtime", runtime);

        assertThat(demo.waitFor(180, TimeUnit.SECONDS)).isTrue();
        assertThat(demo.exitValue()).as(output()).isZero();
        assertThat(output())
                .contains("runtime " + runtime)
                .contains("ok      All 100 steps")
                .doesNotContain("FAILED  ");
        var figures = JsonMapper.shared().readTree(json.toFile());
        assertThat(number(figures, "stepsRecorded")).isEqualTo(100);
        assertThat(number(figures, "stepsRecordedTwice")).isZero();
        assertThat(number(figures, "killedAtStep")).isEqualTo(47);
        assertThat(number(figures, "resumedAtStep")).isEqualTo(47);
        assertThat(figures.get("takeoverSeconds").doubleValue()).isBetween(0.1, 30.0);
        assertThat(number(figures, "modelCallsServed")).isEqualTo(101);
        assertThat(number(figures, "statelessModelCallsServed")).isEqualTo(147);
        assertThat(number(figures, "statelessModelTokensServed")).isGreaterThan(number(figures, "modelTokensServed"));
        assertThat(figures.get("reportMatchesUndisturbedRun").booleanValue()).isTrue();
        assertThat(figures.get("compensationOrder").valueStream().map(JsonNode::stringValue))
                .containsExactly("reserve-hotel", "reserve-flight");
        assertThat(figures.get("retriedSagaState").stringValue()).isEqualTo("COMPLETED");
        assertThat(number(figures.get("killedAfterRecord"), "resumedAtStep")).isEqualTo(48);
        assertThat(number(figures.get("killedAfterRecord"), "modelCallsServed")).isEqualTo(100);
    }

    @Test
    void aFolderWithTooLittleTextIsRefusedInWords() throws Exception {
        var demo = demo(texts(3).toString(), "--once");

        assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(demo.exitValue()).isEqualTo(2);
        assertThat(output()).contains("has too little text for 100 passages");
    }

    @Test
    void aRuntimeThatThereIsNotIsRefusedInWords() throws Exception {
        var demo = demo(texts(3).toString(), "--once", "--runtime", "quartz");

        assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(demo.exitValue()).isEqualTo(2);
        assertThat(output()).contains("There is no runtime \"quartz\". Use built-in or jobrunr.");
    }

    private Path texts(int lines) throws IOException {
        var texts = Files.createDirectories(folder.resolve("texts"));
        var text = IntStream.range(0, lines)
                .mapToObj(n -> "Line " + n + " says something of its own.")
                .toList();
        Files.write(texts.resolve("text.txt"), text);
        return texts;
    }

    private Process demo(String... args) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Demo.class.getName(),
                "--data",
                folder.resolve("data").toString()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output.txt").toFile())
                .start();
    }

    private String output() throws IOException {
        return Files.readString(folder.resolve("output.txt"));
    }

    private static long number(JsonNode figures, String name) {
        return figures.get(name).longValue();
    }
}
