package dev.belay.samples.model;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The model server's command line. */
record ServerOptions(int port, Path ledger, Duration latency, boolean untilStdinCloses) {

    private static final String USAGE =
            "Usage: ModelServer --ledger FILE [--port N] [--latency-ms N] [--until-stdin-closes]";

    static ServerOptions parse(String... args) {
        var port = 0;
        Path ledger = null;
        var latency = Duration.ZERO;
        var untilStdinCloses = false;
        for (var i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--port" -> port = number(args[i], value(args, ++i), 65_535);
                case "--ledger" -> ledger = Path.of(value(args, ++i));
                case "--latency-ms" -> latency = Duration.ofMillis(number(args[i], value(args, ++i), 600_000));
                case "--until-stdin-closes" -> untilStdinCloses = true;
                default -> throw new IllegalArgumentException("Unknown option \"" + args[i] + "\". " + USAGE);
            }
        }
        return new ServerOptions(port, given(ledger), latency, untilStdinCloses);
    }

    private static Path given(@Nullable Path ledger) {
        if (ledger == null) {
            throw new IllegalArgumentException("--ledger is missing. " + USAGE);
        }
        return ledger;
    }

    private static String value(String[] args, int position) {
        if (position >= args.length) {
            throw new IllegalArgumentException("\"" + args[position - 1] + "\" needs a value. " + USAGE);
        }
        return args[position];
    }

    private static int number(String option, String text, int largest) {
        if (text.matches("\\d{1,9}") && Integer.parseInt(text) <= largest) {
            return Integer.parseInt(text);
        }
        throw new IllegalArgumentException(
                option + " must be a number from 0 to " + largest + ", got \"" + text + "\". " + USAGE);
    }
}
