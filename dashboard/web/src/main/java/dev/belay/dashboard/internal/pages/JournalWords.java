package dev.belay.dashboard.internal.pages;

import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import java.util.Optional;

/** What rows of the journal say, for operators. */
public final class JournalWords {
    private JournalWords() {}

    /** What happened. */
    public static String what(JournalEntry row) {
        return switch (row.kind()) {
            case ATTEMPT -> row.undoing() ? undo(row.outcome()) : attempt(row.outcome());
            case ACTIVITY -> called(row);
            case DECISION -> "Decided: " + name(row) + (row.outcome() == Result.ACCEPTED ? ", left as it is" : "");
            case END -> "The saga ended";
            case LATE -> "Came too late: its worker had lost the step by then";
            case BRANCH -> "Branch " + row.branch() + " began";
            case WAIT -> "Began to wait: it " + Waits.words(name(row));
            case STARTED -> "About to run, at most once";
            case MESSAGE ->
                name(row).startsWith("tool:")
                        ? "A call of a tool was " + (row.outcome() == Result.REJECTED ? "rejected" : "approved")
                        : "Arrived: " + Waits.name(name(row));
            case HELD -> "Effect held back until the pivot";
            case FORKED -> "Taken over from the saga it was forked from";
            case SAID ->
                CalledWords.of(row)
                                .map(CalledWords::role)
                                .map(role -> role.equals("parameters") ? "Parameters" : "Message of " + role)
                                .orElse("Message")
                        + " to a model, conversation " + name(row);
        };
    }

    private static String called(JournalEntry row) {
        Optional<CalledWords> called = CalledWords.of(row);
        if (called.isPresent() && called.get().isModel()) {
            CalledWords model = called.get();
            return "Model " + model.model() + ": " + call(row)
                    + (model.input() + model.output() > 0 ? ", " + model.tokens() : "");
        } else if (called.isPresent() && called.get().isTool()) {
            return "Tool " + called.get().tool() + ": " + call(row)
                    + (called.get().edited() ? ", with edited arguments" : "");
        }
        return "Call " + name(row) + ": " + call(row);
    }

    private static String name(JournalEntry row) {
        return row.activity().orElse(row.step());
    }

    private static String attempt(Result outcome) {
        return switch (outcome) {
            case BEGUN -> "Began";
            case SUCCEEDED -> "Succeeded";
            case FAILED -> "Failed, tried again";
            case GAVE_UP -> "Failed for good";
            case REJECTED -> "Rejected, without an effect";
            case LOST -> "Its worker died";
            case SKIPPED -> "Skipped by an operator";
            case NOTHING_TO_UNDO -> "Nothing to undo";
            case UNKNOWN -> "Nobody knows how it ended";
            case PASSED_BY -> "Passed by: its condition was not met";
            case ACCEPTED -> "Left as it is";
        };
    }

    private static String undo(Result outcome) {
        return switch (outcome) {
            case SUCCEEDED -> "Undone";
            case FAILED -> "Undo failed, tried again";
            case GAVE_UP -> "Undo failed for good";
            case LOST -> "Its worker died while undoing";
            default -> attempt(outcome);
        };
    }

    private static String call(JournalEntry row) {
        return switch (row.outcome()) {
            case BEGUN -> "begins";
            case SUCCEEDED -> "answered";
            case REJECTED -> "had no effect";
            case UNKNOWN -> "nobody knows how it ended";
            default -> attempt(row.outcome()).toLowerCase(java.util.Locale.ROOT);
        };
    }

    /** Whether it is something that went wrong. */
    public static boolean isBad(JournalEntry row) {
        return row.kind() == Kind.LATE
                || switch (row.outcome()) {
                    case FAILED, GAVE_UP, REJECTED, LOST, UNKNOWN -> row.kind() != Kind.DECISION;
                    default -> false;
                };
    }

    /** Its icon, see {@code part/icon}. */
    public static String icon(JournalEntry row) {
        if (isBad(row)) {
            return row.undoing() ? "undo-alert" : "alert";
        }
        return switch (row.kind()) {
            case DECISION -> "hand";
            case WAIT, HELD -> "clock";
            case MESSAGE, SAID -> "next";
            case FORKED, BRANCH -> "fork";
            case STARTED -> "play";
            default -> row.undoing() ? "undo" : row.outcome() == Result.BEGUN ? "play" : "check";
        };
    }

    /** How it is coloured. */
    public static String tone(JournalEntry row) {
        return isBad(row) ? "bad" : row.undoing() ? "undo" : row.kind() == Kind.ATTEMPT ? "ok" : "wait";
    }
}
