package dev.belay.dashboard.internal.pages;

import dev.belay.Cause;
import dev.belay.inspect.SagaSummary;
import java.time.Instant;

/** Says where an open saga stands, for operators. */
public final class Standing {
    private Standing() {}

    /** What becomes of its present step. */
    public static String words(SagaSummary.At at, Instant now) {
        return switch (at.state()) {
            case "CLAIMED" -> "runs now";
            case "PARKED" -> "waits for an operator";
            case "HELD" -> "held by a pause";
            default -> at.awaits().map(Standing::awaits).orElseGet(() -> due(at, now));
        };
    }

    /** What it waits for; {@code awaits} as the engine names it. */
    public static String awaits(String awaits) {
        int colon = awaits.indexOf(':');
        String kind = colon < 0 ? awaits : awaits.substring(0, colon);
        String name = colon < 0 ? "" : awaits.substring(colon + 1);
        return switch (kind) {
            case "approval" -> "waits for an approval";
            case "signal" -> "waits for the signal " + name;
            case "child" -> "waits for a saga it started";
            case "lock" -> "waits for the lock " + name;
            case "limit", "rate" -> "waits for room under a limit";
            case "join" -> "waits for its branches";
            case "time" -> "waits for a time to come";
            default -> "waits for " + awaits;
        };
    }

    private static String due(SagaSummary.At at, Instant now) {
        if (at.runAt().isAfter(now)) {
            return (at.failures() > 0 ? "is tried again " : "is due ") + Words.relative(at.runAt(), now);
        }
        return "is about to run";
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

    /** How often it has failed; empty text if never. */
    public static String failures(SagaSummary.At at) {
        return at.failures() == 0 ? "" : Words.count(at.failures(), "attempt") + " failed";
    }
}
