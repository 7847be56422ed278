package dev.belay.dashboard.internal.pages;

import dev.belay.Cause;
import dev.belay.inspect.SagaSummary;
import java.time.Instant;

/** What becomes of the step a saga stands at, where the step itself is named beside it. */
public final class StandsAt {
    private StandsAt() {}

    /** What becomes of it. */
    public static String words(SagaSummary.At at, Instant now) {
        String words = switch (at.state()) {
            case "CLAIMED" -> "runs now";
            case "PARKED" -> "waits for an operator";
            case "HELD" -> "held by a pause";
            default -> at.awaits().map(Waits::words).orElseGet(() -> due(at, now));
        };
        return at.branches() > 1 ? words + ", in one of " + at.branches() + " branches" : words;
    }

    private static String due(SagaSummary.At at, Instant now) {
        if (at.runAt().isAfter(now)) {
            return (at.failures() > 0 ? "is tried again " : "is due ") + Words.relative(at.runAt(), now);
        }
        return "is about to run";
    }

    /** How often it has failed. */
    public static String failures(SagaSummary.At at) {
        return Words.count(at.failures(), "attempt") + " failed";
    }

    /** Why a saga was turned. */
    public static String cause(Cause cause) {
        return switch (cause) {
            case STEP_FAILED -> "a step failed";
            case CANCELLED -> "it was cancelled";
            case TIMED_OUT -> "its time was over";
            case PARENT_ABORTED -> "the saga that started it is undone";
            case OPERATOR -> "an operator decided so";
        };
    }
}
