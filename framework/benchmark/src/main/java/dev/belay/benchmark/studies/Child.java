package dev.belay.benchmark.studies;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another JVM, with the class path of this one, that is spoken to line by line. It ends when its input does. */
final class Child implements AutoCloseable {
    private final Process process;
    private final BufferedReader hears;
    private final PrintWriter says;

    private Child(Process process) {
        this.process = process;
        this.hears = process.inputReader(StandardCharsets.UTF_8);
        this.says = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    }

    /** Runs {@code main} on the Java of this process. */
    static Child start(Class<?> main, String... arguments) throws IOException {
        return start(Path.of(System.getProperty("java.home")), List.of(), main, arguments);
    }

    /** Runs {@code main} on another Java, with options for its virtual machine. */
    static Child start(Path javaHome, List<String> options, Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(javaHome.resolve("bin").resolve("java").toString());
        command.addAll(options);
        command.add("-Dlogback.configurationFile=benchmark-logback.xml");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return new Child(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** The next line that the child prints. */
    String hear() throws IOException {
        String line = hears.readLine();
        if (line == null) {
            throw new IllegalStateException("A process of the benchmark ended before its time; it says why above.");
        }
        return line;
    }

    void say(String line) {
        says.println(line);
    }

    /** What the child answers. */
    String ask(String line) throws IOException {
        say(line);
        return hear();
    }

    /** The processor time it has had, as far as the operating system tells. */
    double cpuSeconds() {
        return process.info().totalCpuDuration().map(time -> time.toMillis()).orElse(0L) / 1000.0;
    }

    /** Reads, within the child, what it is told. */
    static BufferedReader ears() {
        return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        says.close();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
