package dev.belay.benchmark.studies;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/** What a flight recording says about where processor time, memory and waiting went. */
final class Flight {
    private static final String OURS = "dev.belay.";
    private static final String BENCHMARK = "dev.belay.benchmark.";

    private final Tally running = new Tally();
    private final Tally ours = new Tally();
    private final Tally nearest = new Tally();
    private final Tally threads = new Tally();
    private final Tally classes = new Tally();
    private final Tally allocating = new Tally();
    private final Tally waiting = new Tally();
    private double pausesMs;

    private Flight() {}

    /** Reads the events that began within the spans. */
    static Flight read(Path file, List<Profile.Span> spans) throws IOException {
        Flight flight = new Flight();
        try (RecordingFile recording = new RecordingFile(file)) {
            while (recording.hasMoreEvents()) {
                RecordedEvent event = recording.readEvent();
                if (spans.stream().anyMatch(span -> span.contains(event.getStartTime()))) {
                    flight.add(event);
                }
            }
        }
        return flight;
    }

    private void add(RecordedEvent event) {
        switch (event.getEventType().getName()) {
            case "jdk.ExecutionSample" -> executed(event);
            case "jdk.ObjectAllocationSample" -> {
                classes.add(event.getClass("objectClass").getName(), event.getLong("weight"));
                allocating.add(nearest(event), event.getLong("weight"));
            }
            case "jdk.SocketRead" -> waited("read", event);
            case "jdk.SocketWrite" -> waited("write", event);
            case "jdk.ThreadPark" -> waited("park", event);
            case "jdk.JavaMonitorEnter" -> waited("lock", event);
            case "jdk.JavaMonitorWait" -> waited("wait", event);
            case "jdk.GarbageCollection" ->
                pausesMs += event.getDuration("sumOfPauses").toNanos() / 1e6;
            default -> {}
        }
    }

    private void executed(RecordedEvent event) {
        List<String> frames = frames(event);
        if (frames.isEmpty()) {
            return;
        }
        running.add(frames.get(0), 1);
        Set<String> once = new LinkedHashSet<>(frames);
        once.removeIf(frame -> !frame.startsWith(OURS));
        once.forEach(frame -> ours.add(frame, 1));
        nearest.add(nearest(event), 1);
        threads.add(threadGroup(event.getThread("sampledThread")), 1);
    }

    private void waited(String how, RecordedEvent event) {
        String where = "%-5s %-24s %s".formatted(how, threadGroup(event.getThread()), nearest(event));
        waiting.add(where, event.getDuration().toNanos() / 1e6);
    }

    /** The innermost method of Belay on the stack, else the innermost that is not the JDK's, else the outermost. */
    private static String nearest(RecordedEvent event) {
        List<String> frames = frames(event);
        return first(frames, OURS)
                .or(() -> frames.stream().filter(frame -> !isJdk(frame)).findFirst())
                .or(() -> frames.stream().reduce((inner, outer) -> outer))
                .orElse("(no stack)");
    }

    private static Optional<String> first(List<String> frames, String prefix) {
        return frames.stream().filter(frame -> frame.startsWith(prefix)).findFirst();
    }

    private static boolean isJdk(String frame) {
        return frame.startsWith("java.") || frame.startsWith("jdk.") || frame.startsWith("sun.");
    }

    private static List<String> frames(RecordedEvent event) {
        RecordedStackTrace stack = event.getStackTrace();
        if (stack == null) {
            return List.of();
        }
        return stack.getFrames().stream()
                .filter(RecordedFrame::isJavaFrame)
                .map(frame -> name(frame.getMethod()))
                .toList();
    }

    private static String name(RecordedMethod method) {
        return method.getType().getName().replaceAll("\\$\\$Lambda.*", "\\$\\$Lambda") + "." + method.getName();
    }

    private static String threadGroup(RecordedThread thread) {
        if (thread == null || thread.getJavaName() == null) {
            return "(a thread of the JVM)";
        }
        return thread.getJavaName().replaceAll("[0-9]+", "#");
    }

    /** The tables, line by line. */
    List<String> tables(int top, double units) {
        List<String> lines = new ArrayList<>();
        double samples = running.total();
        lines.add(String.format(Locale.ROOT, "%nProcessor: %,.0f samples of threads running Java code", samples));
        table(lines, "by thread", threads, top, samples, "");
        table(lines, "by the method on top of the stack", running, top, samples, "");
        table(lines, "by method of ours, with all that it calls", ours, top, samples, "");
        table(lines, "by the innermost method of ours, with the libraries it calls", nearest, top, samples, "");
        lines.add(String.format(
                Locale.ROOT,
                "%nMemory: %,.0f bytes allocated each; %.0f ms of pauses to collect them",
                classes.total() / units,
                pausesMs));
        table(lines, "by class", classes, top, units, "B");
        table(lines, "by the innermost method of ours", allocating, top, units, "B");
        lines.add(String.format(Locale.ROOT, "%nWaiting, of 0.1 ms and more: how, thread, innermost method of ours"));
        lines.add("%12s %9s %9s".formatted("ms in all", "times", "ms each"));
        waiting.top(top)
                .forEach(entry -> lines.add(String.format(
                        Locale.ROOT,
                        "%,12.0f %,9d %9.2f  %s",
                        entry.weight(),
                        entry.times(),
                        entry.weight() / entry.times(),
                        entry.name())));
        return lines;
    }

    private static void table(List<String> lines, String title, Tally tally, int top, double whole, String unit) {
        lines.add(title);
        for (Tally.Entry entry : tally.top(top)) {
            String figure = unit.isEmpty()
                    ? String.format(Locale.ROOT, "%7.1f %%", 100 * entry.weight() / whole)
                    : String.format(Locale.ROOT, "%,9.0f %s", entry.weight() / whole, unit);
            lines.add(figure + "  " + entry.name() + (entry.name().startsWith(BENCHMARK) ? " (benchmark)" : ""));
        }
    }
}
