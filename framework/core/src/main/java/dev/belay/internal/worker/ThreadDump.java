package dev.belay.internal.worker;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the threads of this process do, as text: those that run steps first, with the saga they run. */
final class ThreadDump {
    private static final int MOST_BYTES = 200_000;

    private ThreadDump() {}

    static String of(Collection<SagaRun> runs) {
        StringBuilder text = new StringBuilder();
        Set<Thread> told = new LinkedHashSet<>();
        for (SagaRun run : List.copyOf(runs)) {
            Optional<Thread> thread = run.threadInUserCode();
            if (thread.isPresent() && told.add(thread.get())) {
                text.append("Step \"")
                        .append(run.job().step())
                        .append("\" of saga ")
                        .append(run.job().sagaId())
                        .append(", run by\n");
                // A virtual thread is in no list of all threads, so it is asked itself.
                tell(text, thread.get(), thread.get().getStackTrace());
            }
        }
        Thread.getAllStackTraces().entrySet().stream()
                .filter(entry -> !told.contains(entry.getKey()))
                .sorted(Comparator.comparing((Map.Entry<Thread, StackTraceElement[]> entry) ->
                        entry.getKey().getName()))
                .forEach(entry -> tell(text, entry.getKey(), entry.getValue()));
        return cut(text.toString().replace('\0', '?'));
    }

    private static void tell(StringBuilder text, Thread thread, StackTraceElement[] stack) {
        if (text.length() > MOST_BYTES) {
            return;
        }
        text.append('"')
                .append(thread.getName())
                .append("\" ")
                .append(thread.getState())
                .append('\n');
        for (StackTraceElement frame : stack) {
            text.append("    at ").append(frame).append('\n');
        }
        text.append('\n');
    }

    private static String cut(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= MOST_BYTES
                ? text
                // A character that is cut in two becomes a replacement character of three bytes.
                : new String(bytes, 0, MOST_BYTES - 3, StandardCharsets.UTF_8);
    }
}
