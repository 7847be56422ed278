package dev.belay.dashboard.internal.picture;

import dev.belay.SagaView;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A timeline in a sentence or two, for whoever does not see it. */
final class Summary {
    private static final int MOST_OPEN = 3;

    private record At(int branch, int seq, boolean undoing) {}

    private Summary() {}

    static String of(SagaView view, Histories histories) {
        long done = count(histories, false);
        long undone = count(histories, true);
        Set<At> jobs = view.jobs().stream()
                .map(job -> new At(job.branch(), job.seq(), job.undoing()))
                .collect(Collectors.toSet());
        List<String> parts = new ArrayList<>();
        parts.add(Words.count(done, "step", "steps") + " done");
        List<History> open = histories.all().stream()
                .filter(history -> jobs.contains(
                        new At(history.place().branch(), history.place().seq(), history.undoing())))
                .filter(history -> !history.state().isDone())
                .sorted((one, other) ->
                        Boolean.compare(other.state().isBad(), one.state().isBad()))
                .toList();
        String now = open.stream().limit(MOST_OPEN).map(Summary::said).collect(Collectors.joining(", "));
        if (!now.isEmpty()) {
            parts.add(now
                    + (open.size() > MOST_OPEN
                            ? " and " + Words.number(open.size() - MOST_OPEN) + " more are open"
                            : ""));
        }
        String text = String.join(", ", parts);
        if (undone > 0) {
            text += "; " + Words.number(undone) + " undone";
        }
        return text + ". " + state(view);
    }

    private static String state(SagaView view) {
        String paused = view.paused() ? " It is paused." : "";
        return switch (view.state()) {
                    case RUNNING -> "The saga is running.";
                    case SUSPENDED -> "The saga waits for an operator.";
                    case COMPENSATING -> "The saga is being undone.";
                    case COMPLETED -> "The saga completed.";
                    case COMPENSATED -> "The saga was undone.";
                    case COMPENSATION_FAILED -> "The saga could not be undone and waits for an operator.";
                    case RESOLVED -> "An operator closed the saga.";
                }
                + paused;
    }

    private static long count(Histories histories, boolean undoing) {
        return histories.all().stream()
                .filter(history -> history.undoing() == undoing)
                .filter(history -> history.state().isDone())
                .count();
    }

    private static String said(History history) {
        String name = history.undoing() ? history.named() : "step " + history.named();
        String failed = history.failures() == 0 ? "" : " failed " + Words.times(history.failures()) + " and";
        return name
                + failed
                + switch (history.state()) {
                    case NEEDS_YOU -> " needs you";
                    case RUNNING -> " is running";
                    case READY -> " waits for a worker";
                    case HELD -> " is held";
                    case BACKOFF -> " waits for its retry";
                    default ->
                        " "
                                + history.spans().stream()
                                        .filter(span -> span.open() && span.isMain())
                                        .map(Span::words)
                                        .reduce((one, other) -> other)
                                        .orElse(history.state().words());
                };
    }
}
