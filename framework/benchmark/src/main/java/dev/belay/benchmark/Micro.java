package dev.belay.benchmark;

import java.util.concurrent.Callable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The hot pieces by themselves, measured by JMH. */
@Command(
        name = "micro",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Measures the hot pieces by themselves: the codec, a lane. With the bytes that each call allocates.")
final class Micro implements Callable<Integer> {
    @Parameters(
            arity = "0..1",
            paramLabel = "REGEX",
            defaultValue = ".*",
            description = "Only what it is found in, for instance Codec.")
    private String regex = ".*";

    @Option(names = "--forks", defaultValue = "1", description = "Processes of each (${DEFAULT-VALUE}).")
    private int forks;

    @Option(
            names = "--warm-up",
            defaultValue = "4",
            description = "Iterations of a second that do not count (${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--iterations",
            defaultValue = "4",
            description = "Iterations of a second that count (${DEFAULT-VALUE}).")
    private int iterations;

    @Override
    public Integer call() throws RunnerException {
        var results = new Runner(new OptionsBuilder()
                        .include(regex)
                        .forks(forks)
                        .warmupIterations(warmUp)
                        .warmupTime(TimeValue.seconds(1))
                        .measurementIterations(iterations)
                        .measurementTime(TimeValue.seconds(1))
                        .addProfiler(GCProfiler.class)
                        .shouldFailOnError(true)
                        .jvmArgsAppend("-Dlogback.configurationFile=benchmark-logback.xml")
                        .build())
                .run();
        return results.isEmpty() ? 1 : 0;
    }
}
