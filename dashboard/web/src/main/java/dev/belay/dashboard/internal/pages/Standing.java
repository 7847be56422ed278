package dev.belay.dashboard.internal.pages;

import dev.belay.inspect.SagaSummary;
import java.time.Duration;
import java.time.Instant;

/** Where a saga stands, in words for a list. */
public final class Standing {
    private static final int LONGEST_MESSAGE = 140;
    private static final Instant NEVER = Instant.parse("2200-01-01T00:00:00Z");

    private Standing() {}

    /** The words for a saga. */
    public static String of(SagaSummary saga, Instant now) {
        if (saga.state().needsOperator() && saga.failure().isPresent()) {
            SagaSummary.FailureBrief failure = saga.failure().get();
            return failure.step() + ": " + Words.simpleType(failure.type())
                    + (failure.message().isEmpty() ? "" : ", " + Words.cut(failure.message(), LONGEST_MESSAGE));
        }
        return saga.at()
                .map(at -> of(at, now))
                .orElseGet(() -> saga.failure()
                        .map(failure -> "after " + failure.step() + " failed: "
                                + Words.cut(
                                        failure.message().isEmpty()
                                                ? Words.simpleType(failure.type())
                                                : failure.message(),
                                        LONGEST_MESSAGE))
                        .orElseGet(() -> saga.endedAt()
                                .map(end -> "took " + Words.length(Duration.between(saga.startedAt(), end)))
                                .orElse("")));
    }

    private static String of(SagaSummary.At at, Instant now) {
        String step = at.undoing() ? "the undo of " + at.step() : at.step();
        String branches = at.branches() > 1 ? " (" + at.branches() + " branches)" : "";
        return switch (at.state()) {
            case "READY" -> step + " is ready to run" + branches;
            case "CLAIMED" -> step + " runs" + (at.attempt() > 1 ? ", attempt " + at.attempt() : "") + branches;
            case "HELD" -> step + " is held by a pause" + branches;
            case "PARKED" -> step + " needs somebody" + branches;
            default ->
                at.awaits().map(awaits -> step + " " + Waits.words(awaits)).orElse(step + waits(at, now)) + branches;
        };
    }

    private static String waits(SagaSummary.At at, Instant now) {
        boolean retry = at.failures() > 0;
        if (!at.runAt().isAfter(now)) {
            return retry ? " is tried again now" : " is due";
        }
        String when = at.runAt().isAfter(NEVER) ? "" : " " + Words.relative(at.runAt(), now);
        return retry ? " is tried again" + when + ", after " + Words.count(at.failures(), "failure") : " is due" + when;
    }
}
