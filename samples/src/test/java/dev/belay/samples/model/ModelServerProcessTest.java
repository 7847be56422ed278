package dev.belay.samples.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ModelServerProcessTest {

    @TempDir
    Path folder;

    @Test
    void killedWorkersCallIsServedAndBilledAndItsRepetitionHasTheSameKey() throws Exception {
        var ledger = folder.resolve("ledger.jsonl");
        try (var server = ModelServerProcess.start(ledger, Duration.ofMillis(5))) {
            var control = ModelServerControl.at(server.uri());
            control.hold("durable", 3);

            var worker = startCaller(server.uri());
            var held = control.awaitHeld("durable", Duration.ofSeconds(30)).orElseThrow();
            worker.destroyForcibly().waitFor();
            control.release("durable");
            assertThat(held.key()).isEqualTo("passage-3");
            assertThat(control.totals("durable").callsServed()).isEqualTo(3);
            assertThat(control.totals("durable").callsUndelivered()).isEqualTo(1);

            ModelClient.at(server.uri())
                    .withLabel("durable")
                    .chat("reviewer-1", List.of(Message.user("passage 3")), "passage-3");
            assertThat(control.totals("durable").callsServed()).isEqualTo(4);
            assertThat(control.totals("durable").repeatedKeys()).containsExactly("passage-3");
            var calls = control.calls("durable");
            assertThat(calls.get(2).promptSha256()).isEqualTo(calls.get(3).promptSha256());
            assertThat(calls.get(2).delivered()).isFalse();
        }
    }

    @Test
    void aKillOfTheServerLosesNoLineOfTheLedger() throws Exception {
        var ledger = folder.resolve("ledger.jsonl");
        var server = ModelServerProcess.start(ledger, Duration.ZERO);
        ModelClient.at(server.uri()).chat("reviewer-1", List.of(Message.user("text")), "key");
        var process = ProcessHandle.of(server.pid()).orElseThrow();
        process.destroyForcibly();
        process.onExit().get(10, TimeUnit.SECONDS);

        assertThat(Files.readAllLines(ledger)).hasSize(2);
        try (var next = ModelServerProcess.start(ledger, Duration.ZERO)) {
            assertThat(ModelServerControl.at(next.uri()).totals().callsServed()).isEqualTo(1);
        }
    }

    @Test
    void optionsThatMakeNoSenseAreRefusedInWords() {
        assertThatThrownBy(() -> ServerOptions.parse("--port", "0")).hasMessageContaining("--ledger is missing");
        assertThatThrownBy(() -> ServerOptions.parse("--ledger", "f", "--port", "x"))
                .hasMessageContaining("got \"x\"");
        assertThatThrownBy(() -> ServerOptions.parse("--ledger")).hasMessageContaining("needs a value");
        assertThatThrownBy(() -> ServerOptions.parse("--color")).hasMessageContaining("Unknown option \"--color\"");
    }

    private static Process startCaller(URI server) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Caller.class.getName(),
                        server.toString())
                .inheritIO()
                .start();
    }

    /** Makes one call after the other, as a worker does; a process of its own, to be killed. */
    static final class Caller {
        public static void main(String... args) {
            var client = ModelClient.at(URI.create(args[0])).withLabel("durable");
            for (var number = 1; number <= 10; number++) {
                client.chat("reviewer-1", List.of(Message.user("passage " + number)), "passage-" + number);
            }
        }
    }
}
